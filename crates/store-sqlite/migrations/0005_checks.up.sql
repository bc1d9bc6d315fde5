-- The same check in words SQLite does not build a table for, at every statement that writes a place
-- (an `IN` of three and more words does).
CREATE TABLE new_message_queues (
  sequence_number INTEGER PRIMARY KEY,   -- equals messages.seq
  message_id BLOB NOT NULL REFERENCES messages (id),
  id BLOB GENERATED ALWAYS AS (message_id) VIRTUAL,
  client_id BLOB NOT NULL REFERENCES users (id),
  lane INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  status TEXT NOT NULL DEFAULT 'waiting'
    CHECK (status = 'waiting' OR status = 'begun' OR status = 'awaiting_receipt'
      OR status = 'held' OR status = 'unconfirmed'),
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
INSERT INTO new_message_queues (sequence_number, message_id, client_id, lane, priority, status, due,
  attempts, retry_count, max_retries, epoch, cancel_requested, possible_repeat, released_by_reply, held_why,
  error_message, created_at, sent_at, delivered_at, queue_name)
SELECT sequence_number, message_id, client_id, lane, priority, status, due,
  attempts, retry_count, max_retries, epoch, cancel_requested, possible_repeat, released_by_reply, held_why,
  error_message, created_at, sent_at, delivered_at, queue_name
FROM message_queues;
DROP TABLE message_queues;
ALTER TABLE new_message_queues RENAME TO message_queues;
