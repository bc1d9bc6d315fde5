DROP TABLE homes;
ALTER TABLE instance DROP COLUMN events_from;
ALTER TABLE instance DROP COLUMN guard;
