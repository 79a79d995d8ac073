"""Supply contracts: what was agreed, what happened, what is owed for it, and what reaches the auction.

::

    agreement.toml ─▶ Agreement ─┐
                                 ├─▶ Journal ─▶ Standing ─▶ documents (invoices, statements) ─▶ settlement
    rows ─▶ facts ───────────────┘                   └────▶ orders and reserved capacity ─────▶ the auction

`agreement` holds the nouns, `events` the records, `standing` where they have led; one file a fact
(`nominations`, `allocations`, `make_up` and so on) and one a document (`documents`, `year`, `deferrals`);
`offers` and `auction` meet the market, `flexibility`, `price_levels` and `opportunity` say what waiting is worth.
Every figure is an exact fraction until a line of an invoice rounds it. Stands on `capacity`.
"""

from walras.contracts.agreement import Agreement, Contract
from walras.contracts.agreement_file import agreement_of, read_agreement
from walras.contracts.events import Event, event_lines, events_of
from walras.contracts.journal import Journal
from walras.contracts.standing import Standing

__all__ = ["Agreement", "Contract", "Event", "Journal", "Standing", "agreement_of", "event_lines", "events_of",
           "read_agreement"]  # fmt: skip
