-- Programmes of coaches, by version; `files` is JSON, a text for each language. A version without
-- `published_at` is a draft; `change` grows with each of them. Those that are shipped stand in the binary.
CREATE TABLE programme_versions (
  slug TEXT NOT NULL,
  version INTEGER NOT NULL,
  files TEXT NOT NULL,
  saved_by TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  published_at INTEGER,
  change INTEGER NOT NULL,
  PRIMARY KEY (slug, version)
) WITHOUT ROWID;
-- Who follows what, and since which local date. The one without an end is in force.
CREATE TABLE enrolments (
  user_id BLOB NOT NULL,
  began_at INTEGER NOT NULL,
  programme TEXT NOT NULL,
  started_on TEXT NOT NULL,
  ended_at INTEGER,
  PRIMARY KEY (user_id, began_at)
) WITHOUT ROWID;
-- Holidays, by local date; `until_date` is the day they go on.
CREATE TABLE pauses (
  user_id BLOB NOT NULL,
  from_date TEXT NOT NULL,
  until_date TEXT,
  PRIMARY KEY (user_id, from_date)
) WITHOUT ROWID;
-- Occurrences that ended without a message, and why (G26); those with one are in `occasions`.
CREATE TABLE occurrences (
  user_id BLOB NOT NULL,
  occasion TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  why TEXT NOT NULL,
  noted_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, occasion)
) WITHOUT ROWID;
CREATE INDEX occurrences_by_age ON occurrences (noted_at);
