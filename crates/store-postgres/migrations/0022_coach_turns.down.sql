DROP TABLE coach_turns;
