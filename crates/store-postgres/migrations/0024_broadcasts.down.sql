DROP INDEX messages_heard_of;
DROP TABLE broadcast_members;
DROP TABLE broadcasts;
DROP TABLE segments;
