DROP TABLE checkouts;
DROP TABLE billing_needs;
DROP TABLE billing_events;
DROP TABLE subscriptions;
