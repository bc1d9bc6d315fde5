DROP INDEX user_profiles_programme;
DROP TABLE template_changes;
