-- Words that are older than they are kept for are taken out of their message.
ALTER TABLE messages ADD COLUMN redacted_at timestamptz;
-- Up to which number the messages of a kind were looked at.
CREATE TABLE redactions (
  what text PRIMARY KEY NOT NULL,
  seq bigint NOT NULL
);
-- Those that still had something to do then: they are looked at again.
CREATE TABLE redactions_put_off (
  what text NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (what, seq)
);
