ALTER TABLE message_queues ADD CONSTRAINT message_queues_status_check
  CHECK (status IN ('waiting', 'held', 'begun', 'unconfirmed', 'awaiting_receipt'));
ALTER TABLE messages ADD CONSTRAINT messages_direction_check
  CHECK (direction IN ('inbound', 'outbound'));
