-- What providers still keep of erased members, until they have deleted it too (G39). What we sent is named by its attempt,
-- whose id at the provider may still come to be known; what we received is named by that id, and its attempt is 0.
CREATE TABLE provider_copies (
  channel TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  provider_message_id TEXT NOT NULL,
  erased_at INTEGER NOT NULL,
  asked INTEGER NOT NULL DEFAULT 0,
  ask_at INTEGER NOT NULL,
  PRIMARY KEY (channel, attempt, provider_message_id)
) WITHOUT ROWID;
CREATE INDEX provider_copies_due ON provider_copies (ask_at);
