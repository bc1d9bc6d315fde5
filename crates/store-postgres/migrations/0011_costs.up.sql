-- As what an attempt is counted among the costs: millionths of the currency's unit. No currency where it is not
-- counted (it was refused, or begun before there were counters), an empty one where nobody could estimate.
ALTER TABLE attempts ADD COLUMN estimate_amount bigint;
ALTER TABLE attempts ADD COLUMN estimate_currency text;

-- What messages cost so far, kept in the transactions that change it (store::costs), by the UTC day on which attempts
-- were begun: days since 1 January 1970. An empty currency is of attempts whose cost nobody could estimate.
CREATE TABLE costs (
  node bigint NOT NULL,               -- as in counters: nodes do not wait for each other
  day bigint NOT NULL,
  channel text NOT NULL,
  currency text NOT NULL,
  estimated bigint NOT NULL,
  awaiting bigint NOT NULL,
  awaiting_attempts bigint NOT NULL,
  charged bigint NOT NULL,
  charged_attempts bigint NOT NULL,
  PRIMARY KEY (day, channel, currency, node)
) WITH (fillfactor = 20);
