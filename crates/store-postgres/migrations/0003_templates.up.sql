-- Templates as the provider has them: one row for each wording that was submitted, or whose id a
-- setting names. Their words are files of the service; a wording that has gone from them is kept here,
-- because it may be the one that is approved.
CREATE TABLE templates (
  provider_template_id text PRIMARY KEY NOT NULL,
  name text NOT NULL,
  language text NOT NULL,
  -- A fingerprint of the wording; empty where only the id is known.
  edition text NOT NULL,
  -- The provider's words: one that is not known counts as not to be sent (GUARANTEES 2.8).
  status text NOT NULL,
  category text NOT NULL,
  category_asked text NOT NULL,
  reason text NOT NULL,
  body text NOT NULL,
  -- Names with spaces between them.
  variables text NOT NULL,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL
);
