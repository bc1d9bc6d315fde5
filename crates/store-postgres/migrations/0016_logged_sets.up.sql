-- Sets that members logged by text: `weight` in hundredths of its unit, `exercise` empty where they did not say.
CREATE TABLE logged_sets (
  user_id uuid NOT NULL,
  message_id uuid NOT NULL,
  position integer NOT NULL,
  done_on text NOT NULL,
  exercise text NOT NULL,
  sets integer NOT NULL,
  reps integer,
  seconds integer,
  weight integer,
  unit text,
  logged_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, message_id, position)
);
