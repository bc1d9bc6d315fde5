-- Audiences that were saved, and the same words to many (docs/decisions/0032). `filter` is JSON, canonical.
CREATE TABLE segments (
  id uuid PRIMARY KEY,
  name text NOT NULL UNIQUE,
  filter text NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  changed_at timestamptz NOT NULL
);
-- `content` to `media`: what is said, as in `messages`. `audience_after`: the last member that was taken into the
-- audience; `audience_at`: since when all are. `taken`: messages made and members passed over. `held_state`: what a pause
-- goes back to. `winds_up`: while what waits of a cancelled one is called back.
CREATE TABLE broadcasts (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  state text NOT NULL
    CHECK (state IN ('draft', 'scheduled', 'running', 'waiting', 'paused', 'finished', 'cancelled')),
  revision integer NOT NULL,
  content text NOT NULL,
  blocks text,
  template text,
  variables text,
  media text,
  channel text,
  filter text NOT NULL,
  schedule text NOT NULL,
  stages text NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  changed_at timestamptz NOT NULL,
  changed_by text NOT NULL,
  starts_at timestamptz,
  started_at timestamptz,
  audience_after uuid,
  audience_at timestamptz,
  audience bigint NOT NULL DEFAULT 0,
  taken bigint NOT NULL DEFAULT 0,
  stage integer NOT NULL DEFAULT 0,
  stage_at timestamptz,
  held_state text,
  why text,
  winds_up boolean NOT NULL DEFAULT false,
  ended_at timestamptz
);
CREATE INDEX broadcasts_active ON broadcasts (id)
  WHERE state IN ('scheduled', 'running', 'waiting') OR winds_up;
-- Who was meant when it started. One message for each, ever: `seq` is its number; `why` is the reason there is none.
-- `position` is a stable hash, so that each stage is a random sample.
CREATE TABLE broadcast_members (
  broadcast_id uuid NOT NULL,
  user_id uuid NOT NULL,
  position bigint NOT NULL,
  stage integer,
  seq bigint,
  why text,
  PRIMARY KEY (broadcast_id, user_id)
);
CREATE INDEX broadcast_members_order ON broadcast_members (broadcast_id, position);
CREATE INDEX broadcast_members_next ON broadcast_members (broadcast_id, position) WHERE stage IS NULL;
CREATE UNIQUE INDEX broadcast_members_message ON broadcast_members (seq) WHERE seq IS NOT NULL;
-- Who wrote since, for audiences and for replies.
CREATE INDEX messages_heard_of ON messages (client_id, created_at) WHERE direction = 'inbound';
