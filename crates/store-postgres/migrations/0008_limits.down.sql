DROP TABLE reached_people;
DROP TABLE slowdowns;
