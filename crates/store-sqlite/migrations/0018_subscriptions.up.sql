-- Who pays, as whoever takes payments told it last (docs/decisions/0024). It is no consent, and moves none.
CREATE TABLE subscriptions (
  id TEXT NOT NULL,                      -- as it is called where payments are taken
  user_id BLOB NOT NULL REFERENCES users (id),
  customer TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('incomplete', 'trialing', 'active', 'past_due', 'ended')),
  period_start INTEGER NOT NULL,
  period_end INTEGER NOT NULL,
  cancels INTEGER NOT NULL,              -- it ends with its period
  made_at INTEGER NOT NULL,
  told_at INTEGER NOT NULL,              -- before it was asked for: the later answer is the truth
  reminded_for INTEGER,                  -- the period of whose end the member was reminded
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX subscriptions_of ON subscriptions (user_id);
CREATE INDEX subscriptions_ending ON subscriptions (period_end) WHERE state <> 'ended';

-- Each event once.
CREATE TABLE billing_events (
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  heard_at INTEGER NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX billing_events_heard ON billing_events (heard_at);

-- What has to be asked, until it is answered. Nobody's name is in it: it outlives an erased member.
CREATE TABLE billing_needs (
  task TEXT NOT NULL CHECK (task IN ('read', 'cancel')),
  subscription TEXT NOT NULL,
  turn INTEGER NOT NULL,                  -- grows when it is wanted again, so that an older answer does not end it
  wanted_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  asked INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (task, subscription)
) WITHOUT ROWID;
CREATE INDEX billing_needs_due ON billing_needs (due_at);

-- A page on which somebody may pay. The token and the turn are the key under which it is made, so that it is made once.
CREATE TABLE checkouts (
  user_id BLOB NOT NULL REFERENCES users (id),
  token TEXT NOT NULL UNIQUE,
  turn INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  url TEXT,
  url_until INTEGER,
  PRIMARY KEY (user_id)
) WITHOUT ROWID;
