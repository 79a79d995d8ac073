"""What one auction holds: cells, network, rules profile and orders as columns; and the market folder.

Read in this order: `cells` (the coordinates), `network`, `profile`, `book`; then `schema`
(the tables of a folder as data), `folder` (`read`, `write`), `tables` and `columns` (one
file to typed columns), `read_*` (one subject each), `findings` (how mistakes are
collected), `hashing` (`market_hash`). Stands on `walras.orders`; never imports the engine.
"""
