-- A second factor of the team (docs/decisions/0036), and looking as a member (docs/decisions/0037).
-- `confirmed_at`: since when it is asked for; before, it is a draft. `last_step`: the last time step a code was accepted of; tries
-- are counted from `tries_from` on.
CREATE TABLE operator_factors (
  operator_id BLOB PRIMARY KEY NOT NULL CHECK (length(operator_id) = 16),
  secret TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  confirmed_at INTEGER,
  last_step INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  tries_from INTEGER NOT NULL
) WITHOUT ROWID;
-- Hashes of codes that stand in for the app, each once.
CREATE TABLE operator_recovery_codes (
  operator_id BLOB NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (operator_id, hash)
) WITHOUT ROWID;
-- Whoever typed the texted code and not yet the second. They stand apart from sessions, so that they open nothing.
CREATE TABLE operator_entries (
  key BLOB PRIMARY KEY NOT NULL CHECK (length(key) = 32),
  operator_id BLOB NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
-- Somebody of the team looks as a member, in the browser of one session.
CREATE TABLE operator_looks (
  key BLOB PRIMARY KEY NOT NULL CHECK (length(key) = 32),
  session_key BLOB NOT NULL CHECK (length(session_key) = 32),
  operator_id BLOB NOT NULL,
  user_id BLOB NOT NULL,
  opened_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX operator_looks_session ON operator_looks (session_key);
