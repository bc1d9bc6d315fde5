-- Up to when each provider's list of inbound messages was read to its end (docs/decisions/0047).
CREATE TABLE lists_read (
  channel TEXT NOT NULL,
  sender TEXT NOT NULL,
  read_to INTEGER NOT NULL,
  PRIMARY KEY (channel, sender)
) WITHOUT ROWID;
-- How often a home was confirmed where none was, and for how many of these all lists have been read: one row, or none while
-- that never happened. While they differ, nothing is sent.
CREATE TABLE homecomings (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  confirmed INTEGER NOT NULL,
  read INTEGER NOT NULL
);
