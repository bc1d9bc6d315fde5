-- Up to when each provider's list of inbound messages was read to its end (docs/decisions/0047). Nodes of the version before
-- go on beside it: they write neither, and read a list from the newest message that is here.
CREATE TABLE lists_read (
  channel text NOT NULL,
  sender text NOT NULL,
  read_to timestamptz NOT NULL,
  PRIMARY KEY (channel, sender)
);
-- How often a home was confirmed where none was, and for how many of these all lists have been read: one row, or none while
-- that never happened. While they differ, nothing is sent.
CREATE TABLE homecomings (
  id bigint PRIMARY KEY CHECK (id = 1),
  confirmed bigint NOT NULL,
  read bigint NOT NULL
);
