-- What providers still keep of erased members, until they have deleted it too (G39). What we sent is named by its attempt,
-- whose id at the provider may still come to be known; what we received is named by that id, and its attempt is 0.
CREATE TABLE provider_copies (
  channel text NOT NULL,
  attempt bigint NOT NULL,
  provider_message_id text NOT NULL,
  erased_at timestamptz NOT NULL,
  asked integer NOT NULL DEFAULT 0,
  ask_at timestamptz NOT NULL,
  PRIMARY KEY (channel, attempt, provider_message_id)
);
CREATE INDEX provider_copies_due ON provider_copies (ask_at);
