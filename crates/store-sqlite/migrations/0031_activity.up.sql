-- What happened in each hour (store::activity): hours since 1 January 1970, 0:00 UTC. Counted from this version on.
CREATE TABLE activity (
  hour INTEGER NOT NULL,
  channel TEXT NOT NULL,
  what TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (hour, channel, what)
) WITHOUT ROWID;
