-- What became of a template at its provider, change by change (docs/decisions/0038). `templates` says how it stands now.
CREATE TABLE template_changes (
  provider_template_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- `status` or `category`.
  what TEXT NOT NULL,
  name TEXT NOT NULL,
  language TEXT NOT NULL,
  edition TEXT NOT NULL,
  was TEXT NOT NULL,
  became TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (provider_template_id, at, what)
) WITHOUT ROWID;
CREATE INDEX template_changes_of ON template_changes (name, at);
-- How many follow a programme, and who.
CREATE INDEX user_profiles_programme ON user_profiles (programme, user_id);
