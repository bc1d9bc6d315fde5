-- Programmes of coaches, by version; `files` is JSON, a text for each language. A version without
-- `published_at` is a draft; `change` grows with each of them. Those that are shipped stand in the binary.
CREATE TABLE programme_versions (
  slug text NOT NULL,
  version integer NOT NULL,
  files jsonb NOT NULL,
  saved_by text NOT NULL,
  saved_at timestamptz NOT NULL,
  published_at timestamptz,
  change bigint NOT NULL,
  PRIMARY KEY (slug, version)
);
-- Who follows what, and since which local date. The one without an end is in force.
CREATE TABLE enrolments (
  user_id uuid NOT NULL,
  began_at timestamptz NOT NULL,
  programme text NOT NULL,
  started_on text NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (user_id, began_at)
);
-- Holidays, by local date; `until_date` is the day they go on.
CREATE TABLE pauses (
  user_id uuid NOT NULL,
  from_date text NOT NULL,
  until_date text,
  PRIMARY KEY (user_id, from_date)
);
-- Occurrences that ended without a message, and why (G26); those with one are in `occasions`.
CREATE TABLE occurrences (
  user_id uuid NOT NULL,
  occasion text NOT NULL,
  due_at timestamptz NOT NULL,
  why text NOT NULL,
  noted_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, occasion)
);
CREATE INDEX occurrences_by_age ON occurrences (noted_at);
