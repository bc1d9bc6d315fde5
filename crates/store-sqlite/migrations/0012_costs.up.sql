-- As what an attempt is counted among the costs: millionths of the currency's unit. No currency where it is not
-- counted (it was refused, or begun before there were counters), an empty one where nobody could estimate.
ALTER TABLE attempts ADD COLUMN estimate_amount INTEGER;
ALTER TABLE attempts ADD COLUMN estimate_currency TEXT;

-- What messages cost so far, kept in the transactions that change it (store::costs), by the UTC day on which attempts
-- were begun: days since 1 January 1970. An empty currency is of attempts whose cost nobody could estimate.
CREATE TABLE costs (
  day INTEGER NOT NULL,
  channel TEXT NOT NULL,
  currency TEXT NOT NULL,
  estimated INTEGER NOT NULL,
  awaiting INTEGER NOT NULL,
  awaiting_attempts INTEGER NOT NULL,
  charged INTEGER NOT NULL,
  charged_attempts INTEGER NOT NULL,
  PRIMARY KEY (day, channel, currency)
) WITHOUT ROWID;
