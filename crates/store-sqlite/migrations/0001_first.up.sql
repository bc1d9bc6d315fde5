-- The tables of the plan with its names and columns, and what the engine needs beside them.
-- Ids are 16 bytes, instants whole microseconds since 1970, words as `domain` spells them.
-- Nothing here is random-ordered on the hot path: STACK.md section 0 has the measurements.

CREATE TABLE instance (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch INTEGER NOT NULL DEFAULT 0,
  switches_version INTEGER NOT NULL DEFAULT 0
);
INSERT INTO instance (id) VALUES (1);

CREATE TABLE users (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  phone_number TEXT UNIQUE,          -- NULL once erased
  name TEXT NOT NULL,
  email TEXT,
  country TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  erased_at INTEGER
) WITHOUT ROWID;
CREATE INDEX users_email ON users (email) WHERE email IS NOT NULL;

CREATE TABLE user_profiles (
  user_id BLOB PRIMARY KEY NOT NULL REFERENCES users (id),
  preferred_messaging_provider TEXT DEFAULT 'twilio',   -- NULL: no preference
  whatsapp_opt_in INTEGER NOT NULL DEFAULT 0,           -- mirror of `consents`
  whatsapp_opt_in_date INTEGER,                         -- mirror of `consents`
  whatsapp_number TEXT,
  time_zone TEXT NOT NULL DEFAULT 'UTC',
  locale TEXT NOT NULL DEFAULT 'en',
  preferred_send_hour INTEGER NOT NULL DEFAULT 8 CHECK (preferred_send_hour BETWEEN 0 AND 23),
  programme TEXT NOT NULL DEFAULT 'default'
) WITHOUT ROWID;
CREATE INDEX user_profiles_whatsapp_number ON user_profiles (whatsapp_number) WHERE whatsapp_number IS NOT NULL;
CREATE INDEX user_profiles_whatsapp_opt_in_idx ON user_profiles (whatsapp_opt_in) WHERE whatsapp_opt_in = 1;
CREATE INDEX user_profiles_due ON user_profiles (time_zone, user_id, preferred_send_hour);

-- Rows are never deleted, so that `seq` (the row's own number) is never reused.
-- The plan's index on `provider` is left out: it costs every insert and answers no question of ours.
CREATE TABLE messages (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL CHECK (length(id) = 16),
  client_id BLOB NOT NULL REFERENCES users (id),
  direction TEXT NOT NULL CHECK (direction IN ('inbound', 'outbound')),
  delivery_status TEXT NOT NULL DEFAULT 'pending',
  kind TEXT,
  queue_name TEXT,
  channel TEXT,                      -- the channel wished for
  channel_used TEXT,                 -- the channel of the last settled attempt; inbound: where it came in
  phone_from TEXT,
  phone_to TEXT,
  provider TEXT NOT NULL DEFAULT 'twilio',
  provider_message_id TEXT,
  delivery_error TEXT,
  error_code INTEGER,
  segments INTEGER,
  delivery_attempts INTEGER NOT NULL DEFAULT 0,
  last_delivery_attempt_at INTEGER,
  created_at INTEGER NOT NULL,
  reason TEXT,                       -- why its place ended, as a code
  possible_repeat INTEGER NOT NULL DEFAULT 0,
  critical INTEGER NOT NULL DEFAULT 0,
  attempts_max INTEGER NOT NULL DEFAULT 3,
  not_before INTEGER,
  expires_at INTEGER,
  in_reply_to BLOB,
  knocks_for BLOB,
  occasion TEXT,
  unanswered INTEGER,                -- inbound: 1 while somebody must answer it
  answered_at INTEGER,
  account TEXT,
  button TEXT,
  template TEXT,
  variables TEXT,
  media TEXT,
  metadata TEXT NOT NULL DEFAULT '{}',
  content TEXT NOT NULL
);
CREATE UNIQUE INDEX messages_id ON messages (id);
CREATE INDEX messages_client ON messages (client_id);      -- with the row's number: (client_id, seq)
CREATE UNIQUE INDEX messages_inbound ON messages (provider, account, provider_message_id) WHERE direction = 'inbound';
CREATE INDEX messages_last_inbound ON messages (channel_used, created_at) WHERE direction = 'inbound';
CREATE INDEX messages_unanswered ON messages (unanswered) WHERE unanswered = 1;
CREATE INDEX messages_in_reply_to ON messages (in_reply_to) WHERE in_reply_to IS NOT NULL;
CREATE INDEX messages_knocks_for ON messages (knocks_for) WHERE knocks_for IS NOT NULL;

-- A place leaves when it is over: its history is in messages, attempts, receipts and decisions.
CREATE TABLE message_queues (
  sequence_number INTEGER PRIMARY KEY,   -- equals messages.seq
  message_id BLOB NOT NULL REFERENCES messages (id),
  id BLOB GENERATED ALWAYS AS (message_id) VIRTUAL,
  client_id BLOB NOT NULL REFERENCES users (id),
  lane INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  status TEXT NOT NULL DEFAULT 'waiting'
    CHECK (status IN ('waiting', 'held', 'begun', 'unconfirmed', 'awaiting_receipt')),
  due INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,   -- begun so far
  retry_count INTEGER NOT NULL DEFAULT 0,
  max_retries INTEGER NOT NULL DEFAULT 3,
  epoch INTEGER NOT NULL DEFAULT 0,
  cancel_requested INTEGER NOT NULL DEFAULT 0,
  possible_repeat INTEGER NOT NULL DEFAULT 0,
  released_by_reply INTEGER NOT NULL DEFAULT 0,
  held_why TEXT,
  error_message TEXT,
  created_at INTEGER NOT NULL,
  sent_at INTEGER,
  delivered_at INTEGER,
  queue_name TEXT NOT NULL
);

-- The number of an attempt's row is messages.seq * 256 + the attempt's number.
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  status TEXT NOT NULL DEFAULT 'pending',
  channel TEXT NOT NULL,
  provider TEXT NOT NULL,
  sender TEXT NOT NULL,
  address TEXT NOT NULL,
  template TEXT,
  segments INTEGER,
  begun_at INTEGER NOT NULL,
  settled_at INTEGER,
  provider_message_id TEXT,
  error_code INTEGER,
  error TEXT,
  conflict INTEGER NOT NULL DEFAULT 0,
  decision TEXT NOT NULL
);

-- The number of a receipt's row is attempts.id * 256 + its place among that attempt's receipts.
CREATE TABLE receipts (
  id INTEGER PRIMARY KEY,
  word TEXT NOT NULL,
  status TEXT,
  error_code INTEGER,
  received_at INTEGER NOT NULL
);

CREATE TABLE decisions (
  id INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  decision TEXT NOT NULL
);
CREATE INDEX decisions_seq ON decisions (seq);

CREATE TABLE parked_receipts (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL,
  provider_message_id TEXT NOT NULL,
  word TEXT NOT NULL,
  status TEXT,
  error_code INTEGER,
  error_class TEXT,
  error TEXT,
  opted_out TEXT,                    -- the purpose a person opted out of, by the provider's word
  opted_out_source TEXT,
  received_at INTEGER NOT NULL
);
CREATE INDEX parked_receipts_provider_id ON parked_receipts (provider_message_id);

CREATE TABLE consents (
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  purpose TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('unknown', 'opted_in', 'opted_out')),
  version INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  source TEXT NOT NULL,
  wording TEXT,
  PRIMARY KEY (channel, address, purpose)
) WITHOUT ROWID;

CREATE TABLE consent_ledger (
  id INTEGER PRIMARY KEY,
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  purpose TEXT NOT NULL,
  event TEXT NOT NULL,
  own_act INTEGER NOT NULL,
  state TEXT NOT NULL,
  version INTEGER NOT NULL,
  source TEXT NOT NULL,
  wording TEXT,
  actor TEXT NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX consent_ledger_address ON consent_ledger (address);

CREATE TABLE session_windows (
  address TEXT NOT NULL,
  sender TEXT NOT NULL,
  ends_at INTEGER NOT NULL,
  PRIMARY KEY (address, sender)
) WITHOUT ROWID;

CREATE TABLE unreachable_addresses (
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (channel, address)
) WITHOUT ROWID;

-- Keyed hashes of opted-out addresses of erased members.
CREATE TABLE erased_addresses (
  hash BLOB PRIMARY KEY NOT NULL,
  erased_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE idempotency_keys (
  id INTEGER PRIMARY KEY,
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  answer BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (scope, key)
);

CREATE TABLE occasions (
  client_id BLOB NOT NULL,
  occasion TEXT NOT NULL,
  message_id BLOB NOT NULL,
  PRIMARY KEY (client_id, occasion)
) WITHOUT ROWID;

-- Rows are never deleted, so that a number is never given twice; AUTOINCREMENT would keep a second
-- table for the same promise, at each insert.
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  client_id BLOB,
  message_id BLOB,
  detail TEXT NOT NULL
);

CREATE TABLE switches (
  scope TEXT PRIMARY KEY NOT NULL,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  since INTEGER NOT NULL
) WITHOUT ROWID;

-- Inbound messages of numbers that are no member's: messages.client_id must name a member.
CREATE TABLE stranger_messages (
  id BLOB PRIMARY KEY NOT NULL,
  provider TEXT NOT NULL,
  account TEXT NOT NULL,
  provider_message_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  sender TEXT NOT NULL,
  button TEXT,
  media TEXT,
  metadata TEXT NOT NULL,
  content TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  answered_at INTEGER,
  UNIQUE (provider, account, provider_message_id)
) WITHOUT ROWID;
CREATE INDEX stranger_messages_address ON stranger_messages (address);
CREATE INDEX stranger_messages_last ON stranger_messages (channel, received_at);

-- Counts kept in the transactions that change them, so that asking costs nothing.
CREATE TABLE counters (
  topic TEXT NOT NULL,
  word TEXT NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (topic, word)
) WITHOUT ROWID;
