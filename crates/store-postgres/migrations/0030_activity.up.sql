-- What happened in each hour (store::activity): hours since 1 January 1970, 0:00 UTC. Counted from this version on.
CREATE TABLE activity (
  node bigint NOT NULL,               -- as in counters: nodes do not wait for each other
  hour bigint NOT NULL,
  channel text NOT NULL,
  what text NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (hour, channel, what, node)
) WITH (fillfactor = 20);
