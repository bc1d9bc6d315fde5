-- The tables of the plan with its names and columns, and what the engine needs beside them.
-- Words are as `domain` spells them. Nothing here is random-ordered on the hot path, and no hot
-- column is indexed, so that updates stay in their page (HOT): STACK.md section 0.
-- The plan's foreign keys are left out: each costs a row lock on `users` per message, members'
-- rows are never deleted, and every operation looks at what it names.

CREATE TABLE instance (
  id bigint PRIMARY KEY CHECK (id = 1),
  switches_version integer NOT NULL DEFAULT 0,
  -- Of the hashes of erased addresses: 32 random bytes, the same for all nodes.
  hash_key bytea NOT NULL CHECK (length(hash_key) = 32)
);
INSERT INTO instance (id, hash_key)
SELECT 1, decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');

-- A node is fenced as a whole: whoever takes over its shards deletes its row first, and every
-- transaction of the node holds FOR KEY SHARE on it (docs/decisions/0009).
CREATE SEQUENCE epochs;
CREATE TABLE nodes (
  epoch bigint PRIMARY KEY,          -- never given twice: a node that was fenced comes back as another
  name text NOT NULL UNIQUE,         -- of one process at a time: its successor replaces it
  lease_until timestamptz NOT NULL,
  started_at timestamptz NOT NULL
) WITH (fillfactor = 20);
CREATE TABLE shards (
  shard integer PRIMARY KEY CHECK (shard BETWEEN 0 AND 63),
  owner bigint                       -- nodes.epoch; NULL, or of no node: free
) WITH (fillfactor = 20);
INSERT INTO shards (shard) SELECT generate_series(0, 63);

-- What an owner must know of what others wrote into its lanes. Taken out by the owner: no cursor,
-- so no gap can be passed over.
CREATE TABLE lane_notices (
  id bigint GENERATED ALWAYS AS IDENTITY,
  shard integer NOT NULL,
  what text NOT NULL,                -- 'waiting', 'occupied', 'freed'
  lane bigint NOT NULL,
  seq bigint NOT NULL,
  priority integer NOT NULL,
  due timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
CREATE INDEX lane_notices_shard ON lane_notices (shard, id);

CREATE TABLE users (
  id uuid PRIMARY KEY,
  phone_number text UNIQUE,          -- NULL once erased
  name text NOT NULL,
  email text,
  country text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  erased_at timestamptz
);
CREATE INDEX users_email ON users (email) WHERE email IS NOT NULL;

CREATE TABLE user_profiles (
  user_id uuid PRIMARY KEY NOT NULL,
  preferred_messaging_provider text DEFAULT 'twilio',   -- NULL: no preference
  whatsapp_opt_in boolean NOT NULL DEFAULT false,           -- mirror of `consents`
  whatsapp_opt_in_date timestamptz,                         -- mirror of `consents`
  whatsapp_number text,
  time_zone text NOT NULL DEFAULT 'UTC',
  locale text NOT NULL DEFAULT 'en',
  preferred_send_hour integer NOT NULL DEFAULT 8 CHECK (preferred_send_hour BETWEEN 0 AND 23),
  programme text NOT NULL DEFAULT 'default'
);
CREATE INDEX user_profiles_whatsapp_number ON user_profiles (whatsapp_number) WHERE whatsapp_number IS NOT NULL;
CREATE INDEX user_profiles_whatsapp_opt_in_idx ON user_profiles (whatsapp_opt_in) WHERE whatsapp_opt_in;
CREATE INDEX user_profiles_due ON user_profiles (time_zone, user_id, preferred_send_hour);

-- Rows are never deleted, so that `seq` is never reused.
-- The plan's index on `provider` is left out: it costs every insert and answers no question of ours.
CREATE SEQUENCE messages_seq;       -- CACHE 1: numbers grow in the order of commits of one lane
CREATE TABLE messages (
  seq bigint NOT NULL UNIQUE,
  id uuid PRIMARY KEY,
  client_id uuid NOT NULL,
  direction text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
  delivery_status text NOT NULL DEFAULT 'pending',
  kind text,
  queue_name text,
  channel text,                      -- the channel wished for
  channel_used text,                 -- the channel of the last settled attempt; inbound: where it came in
  phone_from text,
  phone_to text,
  provider text NOT NULL DEFAULT 'twilio',
  provider_message_id text,
  delivery_error text,
  error_code integer,
  segments integer,
  delivery_attempts integer NOT NULL DEFAULT 0,
  last_delivery_attempt_at timestamptz,
  created_at timestamptz NOT NULL,
  reason text,                       -- why its place ended, as a code
  possible_repeat boolean NOT NULL DEFAULT false,
  critical boolean NOT NULL DEFAULT false,
  attempts_max integer NOT NULL DEFAULT 3,
  not_before timestamptz,
  expires_at timestamptz,
  in_reply_to uuid,
  knocks_for uuid,
  occasion text,
  unanswered boolean,                -- inbound: 1 while somebody must answer it
  answered_at timestamptz,
  account text,
  button text,
  template text,
  variables text,
  media text,
  metadata jsonb NOT NULL DEFAULT '{}',
  content text NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX messages_client ON messages (client_id, seq);
CREATE INDEX messages_unanswered ON messages (seq) WHERE unanswered;
CREATE INDEX messages_in_reply_to ON messages (in_reply_to) WHERE in_reply_to IS NOT NULL;
CREATE INDEX messages_knocks_for ON messages (knocks_for) WHERE knocks_for IS NOT NULL;

-- An index on messages for these would take every outbound update out of its page.
CREATE TABLE inbound_keys (
  provider text NOT NULL,
  account text NOT NULL,
  provider_message_id text NOT NULL,
  channel text NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (provider_message_id, account, provider)
);
CREATE INDEX inbound_keys_last ON inbound_keys (channel, received_at);

-- A place leaves when it is over: its history is in messages, attempts, receipts and decisions.
CREATE TABLE message_queues (
  sequence_number bigint PRIMARY KEY,   -- equals messages.seq
  message_id uuid NOT NULL,
  id uuid NOT NULL,                   -- equals message_id
  shard integer NOT NULL,
  client_id uuid NOT NULL,
  lane bigint NOT NULL,
  priority integer NOT NULL,
  status text NOT NULL DEFAULT 'waiting'
    CHECK (status IN ('waiting', 'held', 'begun', 'unconfirmed', 'awaiting_receipt')),
  due timestamptz,
  attempts integer NOT NULL DEFAULT 0,   -- begun so far
  retry_count integer NOT NULL DEFAULT 0,
  max_retries integer NOT NULL DEFAULT 3,
  epoch bigint NOT NULL DEFAULT 0,
  cancel_requested boolean NOT NULL DEFAULT false,
  possible_repeat boolean NOT NULL DEFAULT false,
  released_by_reply boolean NOT NULL DEFAULT false,
  held_why text,
  error_message text,
  created_at timestamptz NOT NULL,
  sent_at timestamptz,
  delivered_at timestamptz,
  queue_name text NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- The number of an attempt's row is messages.seq * 256 + the attempt's number.
CREATE TABLE attempts (
  id bigint PRIMARY KEY,
  status text NOT NULL DEFAULT 'pending',
  channel text NOT NULL,
  provider text NOT NULL,
  sender text NOT NULL,
  address text NOT NULL,
  template text,
  segments integer,
  begun_at timestamptz NOT NULL,
  settled_at timestamptz,
  provider_message_id text,
  error_code integer,
  error text,
  conflict boolean NOT NULL DEFAULT false,
  decision text NOT NULL
) WITH (fillfactor = 50);

-- The number of a receipt's row is attempts.id * 256 + its place among that attempt's receipts.
CREATE TABLE receipts (
  id bigint PRIMARY KEY,
  word text NOT NULL,
  status text,
  error_code integer,
  received_at timestamptz NOT NULL
);

CREATE TABLE decisions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  seq bigint NOT NULL,
  at timestamptz NOT NULL,
  decision text NOT NULL
);
CREATE INDEX decisions_seq ON decisions (seq);

CREATE TABLE parked_receipts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  provider text NOT NULL,
  provider_message_id text NOT NULL,
  word text NOT NULL,
  status text,
  error_code integer,
  error_class text,
  error text,
  opted_out text,                    -- the purpose a person opted out of, by the provider's word
  opted_out_source text,
  received_at timestamptz NOT NULL
);
CREATE INDEX parked_receipts_provider_id ON parked_receipts (provider_message_id);

CREATE TABLE consents (
  channel text NOT NULL,
  address text NOT NULL,
  purpose text NOT NULL,
  state text NOT NULL CHECK (state IN ('unknown', 'opted_in', 'opted_out')),
  version integer NOT NULL,
  changed_at timestamptz NOT NULL,
  source text NOT NULL,
  wording text,
  PRIMARY KEY (channel, address, purpose)
);

CREATE TABLE consent_ledger (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel text NOT NULL,
  address text NOT NULL,
  purpose text NOT NULL,
  event text NOT NULL,
  own_act boolean NOT NULL,
  state text NOT NULL,
  version integer NOT NULL,
  source text NOT NULL,
  wording text,
  actor text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX consent_ledger_address ON consent_ledger (address);

CREATE TABLE session_windows (
  address text NOT NULL,
  sender text NOT NULL,
  ends_at timestamptz NOT NULL,
  PRIMARY KEY (address, sender)
);

CREATE TABLE unreachable_addresses (
  channel text NOT NULL,
  address text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (channel, address)
);

-- Keyed hashes of opted-out addresses of erased members.
CREATE TABLE erased_addresses (
  hash bytea PRIMARY KEY NOT NULL,
  erased_at timestamptz NOT NULL
);

CREATE TABLE idempotency_keys (
  scope text NOT NULL,
  key text NOT NULL,
  fingerprint bytea NOT NULL,
  answer bytea NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (scope, key)
);

CREATE TABLE occasions (
  client_id uuid NOT NULL,
  occasion text NOT NULL,
  message_id uuid NOT NULL,
  PRIMARY KEY (client_id, occasion)
);

-- The number is the transaction's (pg_current_xact_id) times 2^20 plus the row's place in it: a
-- reader that stays below pg_snapshot_xmin() can pass over no row that commits later.
CREATE TABLE events (
  id bigint PRIMARY KEY,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  client_id uuid,
  message_id uuid,
  detail text NOT NULL
);

CREATE TABLE switches (
  scope text PRIMARY KEY NOT NULL,
  reason text NOT NULL,
  actor text NOT NULL,
  since timestamptz NOT NULL
);

-- Inbound messages of numbers that are no member's: messages.client_id must name a member.
CREATE TABLE stranger_messages (
  id uuid PRIMARY KEY NOT NULL,
  provider text NOT NULL,
  account text NOT NULL,
  provider_message_id text NOT NULL,
  channel text NOT NULL,
  address text NOT NULL,
  sender text NOT NULL,
  button text,
  media text,
  metadata text NOT NULL,
  content text NOT NULL,
  received_at timestamptz NOT NULL,
  answered_at timestamptz,
  UNIQUE (provider, account, provider_message_id)
);
CREATE INDEX stranger_messages_address ON stranger_messages (address);
CREATE INDEX stranger_messages_last ON stranger_messages (channel, received_at);

-- Counts kept in the transactions that change them, so that asking costs nothing.
-- One row for each node that counts, so that nodes do not wait for each other; asked for as sums.
CREATE TABLE counters (
  node bigint NOT NULL,               -- nodes.epoch, or 0 for what was folded together
  topic text NOT NULL,
  word text NOT NULL,
  value bigint NOT NULL,
  PRIMARY KEY (topic, word, node)
) WITH (fillfactor = 20);
