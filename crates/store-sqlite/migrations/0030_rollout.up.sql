-- Whom WhatsApp is on for, once somebody has changed it in the running service (docs/decisions/0039): one row, or none while
-- the settings hold. `cohorts`: separated by commas.
CREATE TABLE rollout (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  percent INTEGER NOT NULL CHECK (percent BETWEEN 0 AND 100),
  cohorts TEXT NOT NULL,
  actor TEXT NOT NULL,
  since INTEGER NOT NULL
);
-- The last event that was removed from the outbox, and when it happened: the newest row counts.
CREATE TABLE pruned_events (
  event_id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL
);
