-- Free entry points (facts/whatsapp.md 1.2): until when an answer to somebody who came by an advertisement opens one, and
-- until when one that was opened lasts.
ALTER TABLE session_windows ADD COLUMN entry_until INTEGER;
ALTER TABLE session_windows ADD COLUMN free_until INTEGER;
