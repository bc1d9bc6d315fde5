-- What providers charged for attempts. A row is there once an attempt was asked about or told of; the
-- estimate stands in the attempt's decision.
CREATE TABLE attempt_prices (
  id INTEGER PRIMARY KEY,               -- attempts.id
  amount INTEGER,                       -- millionths of the currency's unit; NULL while not told
  currency TEXT,
  told_at INTEGER,
  asked INTEGER NOT NULL,
  ask_at INTEGER                       -- when to ask again; NULL when that is over
);
CREATE INDEX attempt_prices_due ON attempt_prices (ask_at) WHERE ask_at IS NOT NULL;

-- The event up to which all attempts have been asked about at least once: the newest row counts. What was
-- sent before this migration is not asked about.
CREATE TABLE price_marks (
  event_id INTEGER PRIMARY KEY
);
INSERT INTO price_marks (event_id) SELECT max(id) FROM events HAVING max(id) IS NOT NULL;
