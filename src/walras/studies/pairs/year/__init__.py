"""A pair of states lives day after day: auctions, supply contracts, settlement of everything, in the order of time.

::

    morning ─▶ observed ─▶ documents that are due ─▶ nominations ─▶ noon: offers ─▶ auction ─▶ allocations
                                  │                                                    │
                                  └───────────────▶ one ledger ◀──── settled ◀─────────┘

Read in this order: `living` (all that there is on a day, and its clock), `observing`, `nominating`, `outlook` and
`flexing` (what flexibility is offered at), `auctioning`, `invoicing`, `booking`, `measuring` (rows of a day), `live`
(the conductor), `checking` (what has to hold in the end), `summing` (tables of the year), `writing` and `page`.
Nothing here reads what is published later than the moment it is used. docs/pair-folder.md describes the tables.
"""

from walras.studies.pairs.year.live import Year, live_year
from walras.studies.pairs.year.writing import write_year

__all__ = ["Year", "live_year", "write_year"]
