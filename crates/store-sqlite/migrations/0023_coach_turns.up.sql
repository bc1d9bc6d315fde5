-- Bursts of members that a language model was asked about, by their first message (docs/decisions/0029). `until` is set while
-- it is being asked: nobody else asks meanwhile. `decision` is what is about to be done and said, and goes when it is.
CREATE TABLE coach_turns (
  message_id BLOB PRIMARY KEY NOT NULL,
  user_id BLOB NOT NULL,
  channel TEXT NOT NULL,
  on_date TEXT NOT NULL,                 -- their local date: it counts against the budget of that day
  asked INTEGER NOT NULL,                -- how often; the last one is the one that counts
  began_at INTEGER NOT NULL,
  until INTEGER,
  decision TEXT,
  outcome TEXT,
  prompt TEXT,
  model TEXT,
  tokens_in INTEGER,
  tokens_out INTEGER,
  millis INTEGER,
  answer_id BLOB
) WITHOUT ROWID;
CREATE INDEX coach_turns_of ON coach_turns (user_id, on_date);
CREATE INDEX coach_turns_open ON coach_turns (user_id, channel) WHERE until IS NOT NULL;
CREATE INDEX coach_turns_answer ON coach_turns (answer_id) WHERE answer_id IS NOT NULL;
