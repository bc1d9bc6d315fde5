-- Where the database is at home (docs/decisions/0011). One that stands here before its first start
-- with this migration is confirmed by that start.
ALTER TABLE instance ADD COLUMN guard text NOT NULL DEFAULT 'new'
  CHECK (guard IN ('new', 'armed', 'copied', 'restored', 'copying'));
-- Added to the number of a transaction in the numbers of events: those that were copied from
-- another database must all be smaller.
ALTER TABLE instance ADD COLUMN events_from bigint NOT NULL DEFAULT 0;

-- Homes an operator, or the first start, has confirmed: prints under the key of the database.
CREATE TABLE homes (
  host bytea NOT NULL,
  place bytea NOT NULL,
  body bytea NOT NULL,
  account bytea NOT NULL,
  confirmed_at timestamptz NOT NULL,
  PRIMARY KEY (host, place, body, account)
);
