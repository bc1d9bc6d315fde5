-- Where the database is at home (docs/decisions/0011). One that stands here before its first start
-- with this migration is confirmed by that start.
ALTER TABLE instance ADD COLUMN guard TEXT NOT NULL DEFAULT 'new'
  CHECK (guard IN ('new', 'armed', 'copied', 'restored', 'copying'));
-- The key of the hashes of erased addresses, in a backup only: elsewhere it stands beside the file.
ALTER TABLE instance ADD COLUMN hash_key BLOB CHECK (length(hash_key) = 32);

-- Homes an operator, or the first start, has confirmed: prints under the key of the database.
CREATE TABLE homes (
  host BLOB NOT NULL,
  place BLOB NOT NULL,
  body BLOB NOT NULL,
  account BLOB NOT NULL,
  confirmed_at INTEGER NOT NULL,
  PRIMARY KEY (host, place, body, account)
) WITHOUT ROWID;
