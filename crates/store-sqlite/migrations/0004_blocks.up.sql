-- What a message holds besides words, media and a template: choices, places, contacts, links, as
-- JSON (store::content). NULL for all others, which pay nothing for it.
ALTER TABLE messages ADD COLUMN blocks TEXT;
-- With the row's number: the newest of a member first.
CREATE INDEX messages_blocks ON messages (client_id) WHERE blocks IS NOT NULL;
