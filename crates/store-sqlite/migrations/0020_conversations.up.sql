-- Who answers a member, and what waits for whom (docs/decisions/0027).
-- `answer_from`: the coach's rules look at it from then on, when what belongs together has been heard.
-- `left_to`: why it waits for a person, as a code; the rules do not look at it again.
-- `answer_id`: the reply it got; `answered_by`: the person who answered or dismissed it, none for the rules.
ALTER TABLE messages ADD COLUMN answer_from INTEGER;
ALTER TABLE messages ADD COLUMN left_to TEXT;
ALTER TABLE messages ADD COLUMN answer_id BLOB;
ALTER TABLE messages ADD COLUMN answered_by TEXT;
CREATE INDEX messages_to_answer ON messages (coalesce(answer_from, created_at))
  WHERE unanswered = 1 AND left_to IS NULL;
CREATE INDEX messages_unanswered_of ON messages (client_id) WHERE unanswered = 1;
CREATE INDEX messages_left_of ON messages (client_id) WHERE left_to IS NOT NULL;
CREATE INDEX messages_heard ON messages (direction) WHERE direction = 'inbound';

-- Conversations that a person keeps; all others are the coach's rules'.
CREATE TABLE conversations (
  client_id BLOB NOT NULL REFERENCES users (id),
  keeper TEXT NOT NULL,
  kept_since INTEGER NOT NULL,
  kept_until INTEGER NOT NULL,
  PRIMARY KEY (client_id)
) WITHOUT ROWID;
CREATE INDEX conversations_until ON conversations (kept_until);
CREATE INDEX conversations_since ON conversations (kept_since, client_id);
