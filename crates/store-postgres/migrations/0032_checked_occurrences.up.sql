-- Up to when the occurrences of a shard's members were looked through: each whose date was over then has its end
-- (docs/decisions/0043). A shard without a row was never looked at. Nodes of the version before work beside it: they look
-- a week back whenever shards move, as before, and what stands here stays true.
CREATE TABLE checked_occurrences (
  shard integer PRIMARY KEY CHECK (shard BETWEEN 0 AND 63),
  checked_to timestamptz NOT NULL
) WITH (fillfactor = 20);
