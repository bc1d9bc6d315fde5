-- A second factor of the team (docs/decisions/0036), and looking as a member (docs/decisions/0037).
-- `confirmed_at`: since when it is asked for; before, it is a draft. `last_step`: the last time step a code was accepted of; tries
-- are counted from `tries_from` on.
CREATE TABLE operator_factors (
  operator_id uuid PRIMARY KEY,
  secret text NOT NULL,
  made_at timestamptz NOT NULL,
  confirmed_at timestamptz,
  last_step bigint NOT NULL,
  tries bigint NOT NULL,
  tries_from timestamptz NOT NULL
);
-- Hashes of codes that stand in for the app, each once.
CREATE TABLE operator_recovery_codes (
  operator_id uuid NOT NULL,
  hash bytea NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (operator_id, hash)
);
-- Whoever typed the texted code and not yet the second. They stand apart from sessions, so that they open nothing.
CREATE TABLE operator_entries (
  key bytea PRIMARY KEY CHECK (length(key) = 32),
  operator_id uuid NOT NULL,
  expires_at timestamptz NOT NULL
);
-- Somebody of the team looks as a member, in the browser of one session.
CREATE TABLE operator_looks (
  key bytea PRIMARY KEY CHECK (length(key) = 32),
  session_key bytea NOT NULL CHECK (length(session_key) = 32),
  operator_id uuid NOT NULL,
  user_id uuid NOT NULL,
  opened_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX operator_looks_session ON operator_looks (session_key);
