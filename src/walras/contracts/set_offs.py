"""Set-off: an invoice paid by what the seller owes the buyer for an asset, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from walras.contracts.agreement import Contract
from walras.contracts.calendar import begin_of
from walras.contracts.events import Draft
from walras.contracts.standing import Invoiced, Standing
from walras.errors import Mistake


def open_of(contract: Contract, month: Invoiced) -> int:
    """Return what the buyer was invoiced by the seller for a month and has not set off, in minor units."""
    return month.booked.get((contract.buyer, contract.seller), 0) - month.set_off


def check_set_off(standing: Standing, contract: Contract, draft: Draft) -> Iterator[Mistake]:
    """Yield why a set-off is refused."""
    month, due, amount = draft.body["month"], date.fromisoformat(draft.body["due"]), draft.body["amount"]
    where, course = f"set-off {contract.contract} {month}", standing.course(contract)
    parts = dict(contract.set_off.parts) if contract.set_off else {}
    if due not in parts:
        fix = f"Name one of {', '.join(map(str, parts)) or 'none: the contract has no set-off'}."
        yield Mistake(f"no part for an asset is due on {due}", where, "set_off_part", fix)
        return
    if begin_of(standing.agreement, due) > draft.at:
        yield Mistake(f"the part of {due} is not due yet", where, "set_off_due", "Set it off once it is due.")
    left = parts[due] - course.set_off.get(due, 0)
    invoiced = open_of(contract, course.months[month]) if month in course.months else 0
    most = min(left, invoiced)
    if not 0 < amount <= most:
        what = f"{left} minor units of the part and {invoiced} of the invoice are open"
        yield Mistake(what, where, "set_off_amount", f"Set off more than 0, and at most {max(most, 0)} minor units.")


def apply_set_off(standing: Standing, contract: Contract, draft: Draft) -> None:
    """Let a set-off count against its part and its invoice."""
    course, amount = standing.course(contract), draft.body["amount"]
    course.set_off[date.fromisoformat(draft.body["due"])] += amount
    course.months[draft.body["month"]].set_off += amount
