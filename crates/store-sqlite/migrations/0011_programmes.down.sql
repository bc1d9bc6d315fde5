DROP TABLE occurrences;
DROP TABLE pauses;
DROP TABLE enrolments;
DROP TABLE programme_versions;
