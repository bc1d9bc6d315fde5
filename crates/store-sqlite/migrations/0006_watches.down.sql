DROP TABLE delivery_watches;
