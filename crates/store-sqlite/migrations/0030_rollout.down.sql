DROP TABLE pruned_events;
DROP TABLE rollout;
