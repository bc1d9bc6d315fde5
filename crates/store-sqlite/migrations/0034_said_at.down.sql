ALTER TABLE consent_ledger DROP COLUMN said_at;
