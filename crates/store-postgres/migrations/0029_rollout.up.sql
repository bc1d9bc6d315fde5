-- Whom WhatsApp is on for, once somebody has changed it in the running service (docs/decisions/0039): one row, or none while
-- the settings hold. `cohorts`: separated by commas.
CREATE TABLE rollout (
  id bigint PRIMARY KEY CHECK (id = 1),
  percent bigint NOT NULL CHECK (percent BETWEEN 0 AND 100),
  cohorts text NOT NULL,
  actor text NOT NULL,
  since timestamptz NOT NULL
);
-- The last event that was removed from the outbox, and when it happened: the newest row counts.
CREATE TABLE pruned_events (
  event_id bigint PRIMARY KEY,
  at timestamptz NOT NULL
);
