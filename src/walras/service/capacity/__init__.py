"""Between the store and the capacity room: a market's elements, its ledger on some days, and what auctions get of it.

::

    network   elements of a definition on some days, their sides and standing capacities
    moments   when figures of a day are due
    state     the ledger as the store has it, under the market's lock; entries back into the store
    auctions  what a session holds from its gate on, and keeps once its result is final
    bilateral what a contract asks for: volumes, path, permits

Decisions are made in `walras.capacity`, on figures alone.
"""
