DROP INDEX consent_ledger_stops;
DROP INDEX consents_doubt;
ALTER TABLE consents DROP COLUMN doubt_message;
ALTER TABLE consents DROP COLUMN doubt_why;
ALTER TABLE consents DROP COLUMN doubt_since;
ALTER TABLE consents DROP COLUMN asked_at;
ALTER TABLE consent_ledger DROP COLUMN evidence;
ALTER TABLE consent_ledger DROP COLUMN wording_version;
