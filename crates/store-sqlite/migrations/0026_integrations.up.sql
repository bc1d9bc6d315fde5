-- Endpoints that events are told to, what each was told, and keys of the API (docs/decisions/0033).
-- `position`: every event up to it was delivered, put aside or not wanted.
CREATE TABLE webhook_endpoints (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  events TEXT NOT NULL,
  secret TEXT NOT NULL,
  previous_secret TEXT,
  previous_until INTEGER,
  stopped TEXT,
  stopped_at INTEGER,
  made_at INTEGER NOT NULL,
  made_by TEXT NOT NULL,
  position INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER,
  failing_since INTEGER
) WITHOUT ROWID;
CREATE TABLE webhook_deliveries (
  endpoint_id BLOB NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
  event_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  code INTEGER,
  why TEXT NOT NULL,
  took_ms INTEGER NOT NULL,
  answer_bytes INTEGER NOT NULL,
  tried_at INTEGER,
  next_at INTEGER,
  PRIMARY KEY (endpoint_id, event_id)
) WITHOUT ROWID;
CREATE INDEX webhook_deliveries_state ON webhook_deliveries (endpoint_id, state, event_id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_at) WHERE state = 'retrying';
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (tried_at) WHERE state IN ('delivered', 'failed');
-- `digest` is the SHA-256 of the key.
CREATE TABLE api_keys (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  made_at INTEGER NOT NULL,
  made_by TEXT NOT NULL,
  used_at INTEGER,
  expires_at INTEGER,
  revoked_at INTEGER
) WITHOUT ROWID;
CREATE UNIQUE INDEX api_keys_name ON api_keys (name) WHERE revoked_at IS NULL;
