-- Messages to members that caps on their kind count (docs/decisions/0026). Filled while a cap is set; what ended badly
-- since is told by the message itself.
CREATE TABLE counted_sends (
  user_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  message_id BLOB NOT NULL,
  root_id BLOB NOT NULL,                 -- the first message of its chain
  counted_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, kind, message_id)
) WITHOUT ROWID;
CREATE INDEX counted_sends_at ON counted_sends (counted_at);
