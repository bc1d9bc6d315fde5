DROP TABLE conversations;
DROP INDEX messages_heard;
DROP INDEX messages_left_of;
DROP INDEX messages_unanswered_of;
DROP INDEX messages_to_answer;
ALTER TABLE messages DROP COLUMN answered_by;
ALTER TABLE messages DROP COLUMN answer_id;
ALTER TABLE messages DROP COLUMN left_to;
ALTER TABLE messages DROP COLUMN answer_from;
