-- Codes that prove whose phone it is (G34). `id` is that of nobody: a row of `users` that is erased from its first
-- moment and owns the message. What is secret stands here as a hash.
CREATE TABLE login_codes (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  message_id BLOB NOT NULL,
  address TEXT NOT NULL,
  country TEXT NOT NULL,
  network TEXT NOT NULL,
  locale TEXT NOT NULL,
  browser BLOB NOT NULL,
  salt BLOB NOT NULL,
  hash BLOB NOT NULL,
  opened_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  ended_at INTEGER,                    -- used, followed by a newer one, or over
  ended_why TEXT
) WITHOUT ROWID;
CREATE INDEX login_codes_address ON login_codes (address, opened_at);
CREATE INDEX login_codes_browser ON login_codes (browser);
CREATE INDEX login_codes_opened ON login_codes (opened_at);
CREATE INDEX login_codes_message ON login_codes (message_id);
-- Who is logged in (G35); `key` is the hash of what the browser keeps.
CREATE TABLE member_sessions (
  key BLOB PRIMARY KEY NOT NULL CHECK (length(key) = 32),
  user_id BLOB NOT NULL,
  opened_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX member_sessions_user ON member_sessions (user_id);
CREATE INDEX member_sessions_end ON member_sessions (expires_at);
