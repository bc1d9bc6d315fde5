DROP TABLE homes;
ALTER TABLE instance DROP COLUMN hash_key;
ALTER TABLE instance DROP COLUMN guard;
