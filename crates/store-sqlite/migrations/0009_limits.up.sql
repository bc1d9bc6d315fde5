-- What providers told to slow down; a row says how it was told last. Words of `limited`: policy::slowing.
CREATE TABLE slowdowns (
  limited TEXT NOT NULL,
  channel TEXT NOT NULL,
  address TEXT NOT NULL,               -- '' where it is about nobody in particular
  until INTEGER NOT NULL,
  code INTEGER,
  times INTEGER NOT NULL,
  told_at INTEGER NOT NULL,
  PRIMARY KEY (limited, channel, address)
) WITHOUT ROWID;
CREATE INDEX slowdowns_told_at ON slowdowns (told_at);

-- Whom we wrote to outside a session window, and when last: their number over a moving day is limited
-- (facts/whatsapp.md 1.7). Filled while such a limit is set.
CREATE TABLE reached_people (
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  reached_at INTEGER NOT NULL,
  PRIMARY KEY (channel, address)
) WITHOUT ROWID;
CREATE INDEX reached_people_at ON reached_people (reached_at);
