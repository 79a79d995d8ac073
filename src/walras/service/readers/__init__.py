"""One function a query: decide whose rows the caller sees, load them, show them.

SQL stands in `store`; what a refusal before the gate means is decided here, with the row in
hand. `ask` is the way in, in one reading transaction. Lists answer `items` and `next`, where
`next` is what the next page's `after` (of sessions: `before`) has to be, None at the end.
"""

from walras.service.readers import (
    attention,
    billing,
    capacity,
    collateral,
    companies,
    contracts,
    deviations,
    documents,
    duties,
    figures,
    health,
    markets,
    next_steps,
    nominations,
    operation,
    orders,
    oversight,
    own,
    record,
    sessions,
    settlement,
    sign_ins,
    supply,
    supply_course,
    timetable,
)
from walras.service.readers.registry import READERS, File, ask

__all__ = [
    "READERS",
    "File",
    "ask",
    "attention",
    "billing",
    "capacity",
    "collateral",
    "companies",
    "contracts",
    "deviations",
    "documents",
    "duties",
    "figures",
    "health",
    "markets",
    "next_steps",
    "nominations",
    "operation",
    "orders",
    "oversight",
    "own",
    "record",
    "sessions",
    "settlement",
    "sign_ins",
    "supply",
    "supply_course",
    "timetable",
]
