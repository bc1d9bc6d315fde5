-- How our own numbers stand at their provider: words of ours. Asked for every few minutes; a change moves the version of the
-- switches, so that what was decided before it is decided again.
CREATE TABLE sender_standings (
  channel TEXT NOT NULL,
  sender TEXT NOT NULL,
  status TEXT NOT NULL,
  quality TEXT NOT NULL,
  people INTEGER,                      -- how many people a day it may reach outside a window; NULL without a limit
  reason TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (channel, sender)
) WITHOUT ROWID;
