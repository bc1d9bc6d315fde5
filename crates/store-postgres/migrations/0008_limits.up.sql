-- What providers told to slow down; a row says how it was told last. Words of `limited`: policy::slowing.
CREATE TABLE slowdowns (
  limited text NOT NULL,
  channel text NOT NULL,
  address text NOT NULL,               -- '' where it is about nobody in particular
  until timestamptz NOT NULL,
  code bigint,
  times integer NOT NULL,
  told_at timestamptz NOT NULL,
  PRIMARY KEY (limited, channel, address)
);
CREATE INDEX slowdowns_told_at ON slowdowns (told_at);

-- Whom we wrote to outside a session window, and when last: their number over a moving day is limited
-- (facts/whatsapp.md 1.7). Filled while such a limit is set.
CREATE TABLE reached_people (
  channel text NOT NULL,
  address text NOT NULL,
  reached_at timestamptz NOT NULL,
  PRIMARY KEY (channel, address)
);
CREATE INDEX reached_people_at ON reached_people (reached_at);
