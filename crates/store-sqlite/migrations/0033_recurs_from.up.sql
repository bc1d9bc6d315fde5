-- Since when what recurs is this home's (docs/decisions/0044): an occurrence that was due before is not made, as whoever served
-- this history then may have sent it. NULL: from its beginning.
ALTER TABLE instance ADD COLUMN recurs_from INTEGER;
