"""Orders at the door: documents and files to order tables, checked in batches, kept as payloads.

No database and no HTTP here. One canonical form, the order tables of the market folder
(docs/market-folder.md), so that every rule is written once, in `walras.book` and `walras.orders`.
"""
