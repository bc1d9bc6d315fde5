DROP TABLE former_addresses;
ALTER TABLE member_sessions DROP COLUMN used_at;
DROP INDEX login_codes_user;
ALTER TABLE login_codes DROP COLUMN user_id;
ALTER TABLE login_codes DROP COLUMN purpose;
ALTER TABLE login_codes DROP COLUMN channel;
