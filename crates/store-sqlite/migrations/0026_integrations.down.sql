DROP TABLE api_keys;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_endpoints;
