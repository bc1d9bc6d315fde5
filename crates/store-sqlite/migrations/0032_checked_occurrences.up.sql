-- Up to when the occurrences of a shard's members were looked through: each whose date was over then has its end
-- (docs/decisions/0043). A shard without a row was never looked at.
CREATE TABLE checked_occurrences (
  shard INTEGER PRIMARY KEY CHECK (shard BETWEEN 0 AND 63),
  checked_to INTEGER NOT NULL
);
