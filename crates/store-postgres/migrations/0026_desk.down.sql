DROP TABLE member_notes;
DROP TABLE dead_letters;
