DROP TABLE price_marks;
DROP TABLE attempt_prices;
