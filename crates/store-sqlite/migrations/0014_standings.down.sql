DROP TABLE sender_standings;
