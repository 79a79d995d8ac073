"""What participants say: one module an order type, as columns; and what is wrong with one order alone."""
