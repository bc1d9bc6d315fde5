-- Bursts of members that a language model was asked about, by their first message (docs/decisions/0029). `until` is set while
-- it is being asked: nobody else asks meanwhile. `decision` is what is about to be done and said, and goes when it is.
CREATE TABLE coach_turns (
  message_id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  channel text NOT NULL,
  on_date text NOT NULL,                 -- their local date: it counts against the budget of that day
  asked integer NOT NULL,                -- how often; the last one is the one that counts
  began_at timestamptz NOT NULL,
  until timestamptz,
  decision text,
  outcome text,
  prompt text,
  model text,
  tokens_in bigint,
  tokens_out bigint,
  millis bigint,
  answer_id uuid
);
CREATE INDEX coach_turns_of ON coach_turns (user_id, on_date);
CREATE INDEX coach_turns_open ON coach_turns (user_id, channel) WHERE until IS NOT NULL;
CREATE INDEX coach_turns_answer ON coach_turns (answer_id) WHERE answer_id IS NOT NULL;
