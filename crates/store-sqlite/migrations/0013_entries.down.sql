ALTER TABLE session_windows DROP COLUMN free_until;
ALTER TABLE session_windows DROP COLUMN entry_until;
