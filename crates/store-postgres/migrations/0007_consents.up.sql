-- What the ledger could not say: which version of the wording was shown, and where the proof is.
ALTER TABLE consent_ledger ADD COLUMN wording_version text;
ALTER TABLE consent_ledger ADD COLUMN evidence text;
-- What is open about a consent: a confirmation that was asked for, a message that may mean stop. The
-- state stands beside it unchanged, so that an older program reads what it always read.
ALTER TABLE consents ADD COLUMN asked_at timestamptz;
ALTER TABLE consents ADD COLUMN doubt_since timestamptz;
ALTER TABLE consents ADD COLUMN doubt_why text;
ALTER TABLE consents ADD COLUMN doubt_message uuid;
CREATE INDEX consents_doubt ON consents (doubt_since) WHERE doubt_since IS NOT NULL;
-- The suppression list, in the order of its lines.
CREATE INDEX consent_ledger_stops ON consent_ledger (id) WHERE state = 'opted_out' AND purpose = 'all';
