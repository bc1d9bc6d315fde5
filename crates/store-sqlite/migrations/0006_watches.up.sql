-- Messages whose delivery is watched: a message that could go on by another channel is looked at again when
-- its patience is over (GUARANTEES 2.7). Written before the request is made, so that no crash forgets it.
CREATE TABLE delivery_watches (
  message_id BLOB PRIMARY KEY NOT NULL,
  due INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX delivery_watches_due ON delivery_watches (due);
