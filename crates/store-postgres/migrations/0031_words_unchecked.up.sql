-- A CHECK of words is parsed at each statement and looked through for each row that is written, also where an
-- update leaves the word alone: a fortieth of what the writing session takes. Both columns are only ever written
-- from types that have no other word (docs/decisions/0041). A database that was taken over may have them under
-- other names, or not at all.
ALTER TABLE messages DROP CONSTRAINT IF EXISTS messages_direction_check;
ALTER TABLE message_queues DROP CONSTRAINT IF EXISTS message_queues_status_check;
