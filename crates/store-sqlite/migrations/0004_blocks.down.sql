DROP INDEX messages_blocks;
ALTER TABLE messages DROP COLUMN blocks;
