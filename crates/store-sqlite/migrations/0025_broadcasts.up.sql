-- Audiences that were saved, and the same words to many (docs/decisions/0032). `filter` is JSON, canonical.
CREATE TABLE segments (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  name TEXT NOT NULL UNIQUE,
  filter TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) WITHOUT ROWID;
-- `content` to `media`: what is said, as in `messages`. `audience_after`: the last member that was taken into the
-- audience; `audience_at`: since when all are. `taken`: messages made and members passed over. `held_state`: what a pause
-- goes back to. `winds_up`: 1 while what waits of a cancelled one is called back.
CREATE TABLE broadcasts (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  name TEXT NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('draft', 'scheduled', 'running', 'waiting', 'paused', 'finished', 'cancelled')),
  revision INTEGER NOT NULL,
  content TEXT NOT NULL,
  blocks TEXT,
  template TEXT,
  variables TEXT,
  media TEXT,
  channel TEXT,
  filter TEXT NOT NULL,
  schedule TEXT NOT NULL,
  stages TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL,
  starts_at INTEGER,
  started_at INTEGER,
  audience_after BLOB,
  audience_at INTEGER,
  audience INTEGER NOT NULL DEFAULT 0,
  taken INTEGER NOT NULL DEFAULT 0,
  stage INTEGER NOT NULL DEFAULT 0,
  stage_at INTEGER,
  held_state TEXT,
  why TEXT,
  winds_up INTEGER NOT NULL DEFAULT 0,
  ended_at INTEGER
) WITHOUT ROWID;
CREATE INDEX broadcasts_active ON broadcasts (id)
  WHERE state IN ('scheduled', 'running', 'waiting') OR winds_up = 1;
-- Who was meant when it started. One message for each, ever: `seq` is its number; `why` is the reason there is none.
-- `position` is a stable hash, so that each stage is a random sample.
CREATE TABLE broadcast_members (
  broadcast_id BLOB NOT NULL REFERENCES broadcasts (id),
  user_id BLOB NOT NULL REFERENCES users (id),
  position INTEGER NOT NULL,
  stage INTEGER,
  seq INTEGER,
  why TEXT,
  PRIMARY KEY (broadcast_id, user_id)
) WITHOUT ROWID;
CREATE INDEX broadcast_members_order ON broadcast_members (broadcast_id, position);
CREATE INDEX broadcast_members_next ON broadcast_members (broadcast_id, position) WHERE stage IS NULL;
CREATE UNIQUE INDEX broadcast_members_message ON broadcast_members (seq) WHERE seq IS NOT NULL;
-- Who wrote since, for audiences and for replies.
CREATE INDEX messages_heard_of ON messages (client_id, created_at) WHERE direction = 'inbound';
