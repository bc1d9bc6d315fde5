DROP TABLE member_sessions;
DROP TABLE login_codes;
