-- What providers charged for attempts. A row is there once an attempt was asked about or told of; the
-- estimate stands in the attempt's decision.
CREATE TABLE attempt_prices (
  id bigint PRIMARY KEY,               -- attempts.id
  amount bigint,                       -- millionths of the currency's unit; NULL while not told
  currency text,
  told_at timestamptz,
  asked integer NOT NULL,
  ask_at timestamptz                       -- when to ask again; NULL when that is over
);
CREATE INDEX attempt_prices_due ON attempt_prices (ask_at) WHERE ask_at IS NOT NULL;

-- The event up to which all attempts have been asked about at least once: the newest row counts. What was
-- sent before this migration is not asked about.
CREATE TABLE price_marks (
  event_id bigint PRIMARY KEY
);
INSERT INTO price_marks (event_id) SELECT max(id) FROM events HAVING max(id) IS NOT NULL;
