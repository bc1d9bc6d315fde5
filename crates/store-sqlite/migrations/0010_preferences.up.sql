-- The channel a member prefers for a topic, as a word of ours; NULL goes by their preferred channel.
ALTER TABLE user_profiles ADD COLUMN daily_workouts TEXT;
ALTER TABLE user_profiles ADD COLUMN weekly_checkins TEXT;
ALTER TABLE user_profiles ADD COLUMN chat_responses TEXT;
ALTER TABLE user_profiles ADD COLUMN system_notifications TEXT;
-- The group of a rollout they are in.
ALTER TABLE user_profiles ADD COLUMN cohort TEXT;
-- The time before `at`: once may be a mistake, twice within a month is an answer.
ALTER TABLE unreachable_addresses ADD COLUMN earlier_at INTEGER;
