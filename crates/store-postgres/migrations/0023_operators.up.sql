-- The team that works in the console, and what it changed (docs/decisions/0031).
CREATE TABLE operators (
  id uuid PRIMARY KEY,
  phone text NOT NULL,
  name text NOT NULL,
  role text NOT NULL,
  made_at timestamptz NOT NULL,
  made_by text NOT NULL,
  removed_at timestamptz
);
CREATE UNIQUE INDEX operators_phone ON operators (phone) WHERE removed_at IS NULL;
-- `key` is the hash of what the browser keeps.
CREATE TABLE operator_sessions (
  key bytea PRIMARY KEY CHECK (length(key) = 32),
  operator_id uuid NOT NULL,
  opened_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX operator_sessions_of ON operator_sessions (operator_id);
CREATE INDEX operator_sessions_end ON operator_sessions (expires_at);
-- Who changed what. `user_id`: the member it concerns; when they are erased, `was` and `became` go.
CREATE TABLE audit_entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  operator_id uuid,
  actor text NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  user_id uuid,
  was text NOT NULL,
  became text NOT NULL
);
CREATE INDEX audit_entries_user ON audit_entries (user_id, id) WHERE user_id IS NOT NULL;
