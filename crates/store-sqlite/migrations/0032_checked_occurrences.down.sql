DROP TABLE checked_occurrences;
