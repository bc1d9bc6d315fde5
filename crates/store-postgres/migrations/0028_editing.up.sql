-- What became of a template at its provider, change by change (docs/decisions/0038). `templates` says how it stands now.
CREATE TABLE template_changes (
  provider_template_id text NOT NULL,
  at timestamptz NOT NULL,
  -- `status` or `category`.
  what text NOT NULL,
  name text NOT NULL,
  language text NOT NULL,
  edition text NOT NULL,
  was text NOT NULL,
  became text NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (provider_template_id, at, what)
);
CREATE INDEX template_changes_of ON template_changes (name, at);
-- How many follow a programme, and who.
CREATE INDEX user_profiles_programme ON user_profiles (programme, user_id);
