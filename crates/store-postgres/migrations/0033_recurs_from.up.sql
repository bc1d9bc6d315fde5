-- Since when what recurs is this home's (docs/decisions/0044): an occurrence that was due before is not made, as whoever served
-- this history then may have sent it. NULL: from its beginning. Nodes of the version before do not look at it.
ALTER TABLE instance ADD COLUMN recurs_from timestamptz;
-- Just taken over from another service, and never opened.
UPDATE instance SET recurs_from = clock_timestamp()
  WHERE guard = 'new' AND to_regclass('adopted_undo') IS NOT NULL;
