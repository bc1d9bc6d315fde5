DROP TABLE operator_looks;
DROP TABLE operator_entries;
DROP TABLE operator_recovery_codes;
DROP TABLE operator_factors;
