DROP TABLE provider_copies;
