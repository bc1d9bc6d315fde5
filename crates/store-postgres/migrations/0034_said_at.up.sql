-- When something about consent was said, where its provider tells and it was heard later (docs/decisions/0047): a START said
-- before the last stop changes nothing, however late it is heard. NULL: as `at`. Nodes of the version
-- before write none.
ALTER TABLE consent_ledger ADD COLUMN said_at timestamptz;
