-- Templates as the provider has them: one row for each wording that was submitted, or whose id a
-- setting names. Their words are files of the service; a wording that has gone from them is kept here,
-- because it may be the one that is approved.
CREATE TABLE templates (
  provider_template_id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  language TEXT NOT NULL,
  -- A fingerprint of the wording; empty where only the id is known.
  edition TEXT NOT NULL,
  -- The provider's words: one that is not known counts as not to be sent (GUARANTEES 2.8).
  status TEXT NOT NULL,
  category TEXT NOT NULL,
  category_asked TEXT NOT NULL,
  reason TEXT NOT NULL,
  body TEXT NOT NULL,
  -- Names with spaces between them.
  variables TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) WITHOUT ROWID;
