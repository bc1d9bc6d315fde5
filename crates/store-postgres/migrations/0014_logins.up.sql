-- Codes that prove whose phone it is (G34). `id` is that of nobody: a row of `users` that is erased from its first
-- moment and owns the message. What is secret stands here as a hash.
CREATE TABLE login_codes (
  id uuid PRIMARY KEY,
  message_id uuid NOT NULL,
  address text NOT NULL,
  country text NOT NULL,
  network text NOT NULL,
  locale text NOT NULL,
  browser bytea NOT NULL,
  salt bytea NOT NULL,
  hash bytea NOT NULL,
  opened_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  ended_at timestamptz,                    -- used, followed by a newer one, or over
  ended_why text
);
CREATE INDEX login_codes_address ON login_codes (address, opened_at);
CREATE INDEX login_codes_browser ON login_codes (browser);
CREATE INDEX login_codes_opened ON login_codes (opened_at);
CREATE INDEX login_codes_message ON login_codes (message_id);
-- Who is logged in (G35); `key` is the hash of what the browser keeps.
CREATE TABLE member_sessions (
  key bytea PRIMARY KEY CHECK (length(key) = 32),
  user_id uuid NOT NULL,
  opened_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX member_sessions_user ON member_sessions (user_id);
CREATE INDEX member_sessions_end ON member_sessions (expires_at);
