ALTER TABLE instance DROP COLUMN recurs_from;
