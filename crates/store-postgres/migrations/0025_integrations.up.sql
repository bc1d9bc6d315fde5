-- Endpoints that events are told to, what each was told, and keys of the API (docs/decisions/0033).
-- `position`: every event up to it was delivered, put aside or not wanted.
CREATE TABLE webhook_endpoints (
  id uuid PRIMARY KEY,
  url text NOT NULL,
  description text NOT NULL,
  events text NOT NULL,
  secret text NOT NULL,
  previous_secret text,
  previous_until timestamptz,
  stopped text,
  stopped_at timestamptz,
  made_at timestamptz NOT NULL,
  made_by text NOT NULL,
  position bigint NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  next_at timestamptz,
  failing_since timestamptz
);
CREATE TABLE webhook_deliveries (
  endpoint_id uuid NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
  event_id bigint NOT NULL,
  kind text NOT NULL,
  state text NOT NULL,
  attempts integer NOT NULL,
  code integer,
  why text NOT NULL,
  took_ms integer NOT NULL,
  answer_bytes integer NOT NULL,
  tried_at timestamptz,
  next_at timestamptz,
  PRIMARY KEY (endpoint_id, event_id)
);
CREATE INDEX webhook_deliveries_state ON webhook_deliveries (endpoint_id, state, event_id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_at) WHERE state = 'retrying';
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (tried_at) WHERE state IN ('delivered', 'failed');
-- `digest` is the SHA-256 of the key.
CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  scopes text NOT NULL,
  digest bytea NOT NULL CHECK (length(digest) = 32),
  made_at timestamptz NOT NULL,
  made_by text NOT NULL,
  used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz
);
CREATE UNIQUE INDEX api_keys_name ON api_keys (name) WHERE revoked_at IS NULL;
