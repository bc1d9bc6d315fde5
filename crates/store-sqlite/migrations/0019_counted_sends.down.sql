DROP TABLE counted_sends;
