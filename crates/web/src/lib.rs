//! HTTP: the API, the providers' webhooks, health, cron.
