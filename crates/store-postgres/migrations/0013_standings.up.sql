-- How our own numbers stand at their provider: words of ours. Asked for every few minutes; a change moves the version of the
-- switches, so that what was decided before it is decided again.
CREATE TABLE sender_standings (
  channel text NOT NULL,
  sender text NOT NULL,
  status text NOT NULL,
  quality text NOT NULL,
  people bigint,                      -- how many people a day it may reach outside a window; NULL without a limit
  reason text NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (channel, sender)
);
