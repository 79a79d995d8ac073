"""A member's orders: the sessions that it may trade in, and of each the entry, the look, and what stands.

::

    mine ─▶ session: entry (sheets, paste, file) ─▶ check ─▶ look ─▶ send ─▶ receipt
                     standing (versions, taken back), receipts, default orders
"""
