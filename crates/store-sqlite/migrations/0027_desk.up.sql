-- Messages that ended badly and may be tried again (docs/decisions/0034): one row while a message stands so. `left_at`: somebody
-- has seen it and leaves it as it is.
CREATE TABLE dead_letters (
  seq INTEGER PRIMARY KEY,
  status TEXT NOT NULL,
  ended_at INTEGER NOT NULL,
  left_at INTEGER
);
INSERT INTO dead_letters (seq, status, ended_at)
SELECT seq, delivery_status, coalesce(last_delivery_attempt_at, created_at) FROM messages
WHERE direction = 'outbound' AND kind IS NOT NULL
  AND delivery_status IN ('failed', 'undelivered', 'expired', 'suppressed');
CREATE INDEX dead_letters_ended ON dead_letters (ended_at) WHERE left_at IS NULL;
CREATE INDEX dead_letters_left ON dead_letters (left_at) WHERE left_at IS NOT NULL;
-- What the team notes about a member: never sent; the words of one that was deleted are gone.
CREATE TABLE member_notes (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  user_id BLOB NOT NULL,
  author TEXT NOT NULL,
  text TEXT NOT NULL,
  written_at INTEGER NOT NULL,
  deleted_at INTEGER
) WITHOUT ROWID;
CREATE INDEX member_notes_of ON member_notes (user_id, written_at);
