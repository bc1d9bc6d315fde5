-- Sets that members logged by text: `weight` in hundredths of its unit, `exercise` empty where they did not say.
CREATE TABLE logged_sets (
  user_id BLOB NOT NULL,
  message_id BLOB NOT NULL,
  position INTEGER NOT NULL,
  done_on TEXT NOT NULL,
  exercise TEXT NOT NULL,
  sets INTEGER NOT NULL,
  reps INTEGER,
  seconds INTEGER,
  weight INTEGER,
  unit TEXT,
  logged_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, message_id, position)
) WITHOUT ROWID;
