ALTER TABLE unreachable_addresses DROP COLUMN earlier_at;
ALTER TABLE user_profiles DROP COLUMN cohort;
ALTER TABLE user_profiles DROP COLUMN system_notifications;
ALTER TABLE user_profiles DROP COLUMN chat_responses;
ALTER TABLE user_profiles DROP COLUMN weekly_checkins;
ALTER TABLE user_profiles DROP COLUMN daily_workouts;
