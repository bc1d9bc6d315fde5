-- Words that are older than they are kept for are taken out of their message.
ALTER TABLE messages ADD COLUMN redacted_at INTEGER;
-- Up to which number the messages of a kind were looked at.
CREATE TABLE redactions (
  what TEXT PRIMARY KEY NOT NULL,
  seq INTEGER NOT NULL
) WITHOUT ROWID;
-- Those that still had something to do then: they are looked at again.
CREATE TABLE redactions_put_off (
  what TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (what, seq)
) WITHOUT ROWID;
