DROP TABLE homecomings;
DROP TABLE lists_read;
