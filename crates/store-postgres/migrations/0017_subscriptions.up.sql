-- Who pays, as whoever takes payments told it last (docs/decisions/0024). It is no consent, and moves none.
CREATE TABLE subscriptions (
  id text NOT NULL,                      -- as it is called where payments are taken
  user_id uuid NOT NULL REFERENCES users (id),
  customer text NOT NULL,
  state text NOT NULL CHECK (state IN ('incomplete', 'trialing', 'active', 'past_due', 'ended')),
  period_start timestamptz NOT NULL,
  period_end timestamptz NOT NULL,
  cancels boolean NOT NULL,              -- it ends with its period
  made_at timestamptz NOT NULL,
  told_at timestamptz NOT NULL,              -- before it was asked for: the later answer is the truth
  reminded_for timestamptz,                  -- the period of whose end the member was reminded
  PRIMARY KEY (id)
);
CREATE INDEX subscriptions_of ON subscriptions (user_id);
CREATE INDEX subscriptions_ending ON subscriptions (period_end) WHERE state <> 'ended';

-- Each event once.
CREATE TABLE billing_events (
  id text NOT NULL,
  kind text NOT NULL,
  heard_at timestamptz NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX billing_events_heard ON billing_events (heard_at);

-- What has to be asked, until it is answered. Nobody's name is in it: it outlives an erased member.
CREATE TABLE billing_needs (
  task text NOT NULL CHECK (task IN ('read', 'cancel')),
  subscription text NOT NULL,
  turn bigint NOT NULL,                  -- grows when it is wanted again, so that an older answer does not end it
  wanted_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  asked bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (task, subscription)
);
CREATE INDEX billing_needs_due ON billing_needs (due_at);

-- A page on which somebody may pay. The token and the turn are the key under which it is made, so that it is made once.
CREATE TABLE checkouts (
  user_id uuid NOT NULL REFERENCES users (id),
  token text NOT NULL UNIQUE,
  turn bigint NOT NULL,
  opened_at timestamptz NOT NULL,
  url text,
  url_until timestamptz,
  PRIMARY KEY (user_id)
);
