-- A code may go by another channel than SMS, and prove another address of a member than the one they log in with.
ALTER TABLE login_codes ADD COLUMN channel text NOT NULL DEFAULT 'sms';
ALTER TABLE login_codes ADD COLUMN purpose text NOT NULL DEFAULT 'login';
ALTER TABLE login_codes ADD COLUMN user_id uuid;                 -- who asks for it, where it proves something of theirs
CREATE INDEX login_codes_user ON login_codes (user_id) WHERE user_id IS NOT NULL;
ALTER TABLE member_sessions ADD COLUMN used_at timestamptz;          -- to the hour or so
-- What was somebody's address until then: they may ask for it, and have it erased.
CREATE TABLE former_addresses (
  user_id uuid NOT NULL,
  channel text NOT NULL,
  address text NOT NULL,
  left_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, channel, address, left_at)
);
