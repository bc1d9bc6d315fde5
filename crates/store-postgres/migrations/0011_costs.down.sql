DROP TABLE costs;
ALTER TABLE attempts DROP COLUMN estimate_currency;
ALTER TABLE attempts DROP COLUMN estimate_amount;
