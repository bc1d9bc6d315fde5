-- The team that works in the console, and what it changed (docs/decisions/0031).
CREATE TABLE operators (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  phone TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  made_by TEXT NOT NULL,
  removed_at INTEGER
) WITHOUT ROWID;
CREATE UNIQUE INDEX operators_phone ON operators (phone) WHERE removed_at IS NULL;
-- `key` is the hash of what the browser keeps.
CREATE TABLE operator_sessions (
  key BLOB PRIMARY KEY NOT NULL CHECK (length(key) = 32),
  operator_id BLOB NOT NULL,
  opened_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX operator_sessions_of ON operator_sessions (operator_id);
CREATE INDEX operator_sessions_end ON operator_sessions (expires_at);
-- Who changed what. `user_id`: the member it concerns; when they are erased, `was` and `became` go.
CREATE TABLE audit_entries (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  operator_id BLOB,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id BLOB,
  was TEXT NOT NULL,
  became TEXT NOT NULL
);
CREATE INDEX audit_entries_user ON audit_entries (user_id, id) WHERE user_id IS NOT NULL;
