"""The rehearsal of one day of a pair: every command from the registration of its companies to the last payment.

Written for `examples/make_two_states.py`; what it returns is `script.json` (docs/rehearsal.md), tables of
facts and the terms of settlement. The other days of its month are allocated as nominated, so that the
month can be invoiced; the delivery day is what the auction makes of it.

In order of the day: `founding`, `contracting`, `trading` (with `flexing`), `paying`; `written` is what they
add to, `writing` puts it into files.
"""

from __future__ import annotations

from datetime import date

from walras.studies.pairs.pair import Pair
from walras.studies.pairs.script.contracting import contracted
from walras.studies.pairs.script.founding import founded
from walras.studies.pairs.script.paying import paid
from walras.studies.pairs.script.trading import auctioned, delivered
from walras.studies.pairs.script.writing import write_script
from walras.studies.pairs.script.written import Written
from walras.studies.pairs.supplies import Supplies

__all__ = ["Written", "script_of", "write_script"]


def script_of(pair: Pair, supplies: Supplies, market: str, day: date, seed: int = 0) -> Written:
    """Return the rehearsal of a day.

    Args:
        pair: Companies, network and currencies.
        supplies: Their contracts.
        market: Name of the market at the door.
        day: Delivery day.
        seed: Of weather and series.
    """
    w = Written(pair, market, day)
    founded(w, supplies)
    contracted(w, supplies, seed)
    auctioned(w, supplies, seed)
    delivered(w, supplies, seed)
    paid(w, supplies, seed)
    return w
