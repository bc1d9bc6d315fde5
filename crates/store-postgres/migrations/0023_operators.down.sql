DROP TABLE audit_entries;
DROP TABLE operator_sessions;
DROP TABLE operators;
