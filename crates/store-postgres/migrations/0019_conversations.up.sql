-- Who answers a member, and what waits for whom (docs/decisions/0027).
-- `answer_from`: the coach's rules look at it from then on, when what belongs together has been heard.
-- `left_to`: why it waits for a person, as a code; the rules do not look at it again.
-- `answer_id`: the reply it got; `answered_by`: the person who answered or dismissed it, none for the rules.
ALTER TABLE messages ADD COLUMN answer_from timestamptz, ADD COLUMN left_to text,
  ADD COLUMN answer_id uuid, ADD COLUMN answered_by text;
CREATE INDEX messages_to_answer ON messages (coalesce(answer_from, created_at))
  WHERE unanswered AND left_to IS NULL;
CREATE INDEX messages_unanswered_of ON messages (client_id) WHERE unanswered;
CREATE INDEX messages_left_of ON messages (client_id) WHERE left_to IS NOT NULL;
CREATE INDEX messages_heard ON messages (seq) WHERE direction = 'inbound';

-- Conversations that a person keeps; all others are the coach's rules'.
CREATE TABLE conversations (
  client_id uuid NOT NULL REFERENCES users (id),
  keeper text NOT NULL,
  kept_since timestamptz NOT NULL,
  kept_until timestamptz NOT NULL,
  PRIMARY KEY (client_id)
);
CREATE INDEX conversations_until ON conversations (kept_until);
CREATE INDEX conversations_since ON conversations (kept_since, client_id);
