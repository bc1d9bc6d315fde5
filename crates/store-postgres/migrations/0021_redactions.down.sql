DROP TABLE redactions_put_off;
DROP TABLE redactions;
ALTER TABLE messages DROP COLUMN redacted_at;
