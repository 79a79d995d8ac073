"""Who may say what in the journal of a supply agreement: each kind of fact has its speaker.

====================  ====================================================================
nomination            the buyer; also make-up draw, flexibility notice, postponement
force majeure notice  either party
allocation            the system operator of a hop; the seller where there is no hop
observation           the market operator
set-off               either party
====================  ====================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from walras.contracts import Agreement, Contract
from walras.contracts.events import FACTS
from walras.errors import Mistake
from walras.formulas.periods import minute_text
from walras.service.roles import Actor, Role
from walras.settlement.accounts import name_of

OURS = ("at", "by")
"""Fields that the door writes itself."""
BUYER = ("nomination", "make-up draw", "flexibility notice", "postponement")
EITHER = ("force majeure notice", "set-off")


def speakers(contract: Contract, kind: str) -> tuple[str, ...]:
    """Return the codes of the companies that may say something of a kind about a contract.

    >>> from walras.contracts.examples import gas_agreement
    >>> speakers(gas_agreement().contracts[0], "allocation")
    ('XA-fields',)
    """
    seller, buyer = name_of(contract.seller), name_of(contract.buyer)
    if kind in BUYER:
        return (buyer,)
    if kind in EITHER:
        return (seller, buyer)
    return tuple(sorted({name_of(h.operator) for h in contract.hops})) or (seller,)


def said_by(
    actor: Actor, agreement: Agreement, rows: Sequence[Mapping[str, Any]], at: int
) -> tuple[list[dict[str, Any]], list[Mistake]]:
    """Return rows with time and speaker of the door, and every row that the caller may not say.

    Args:
        actor: Who says it.
        agreement: Which it is about.
        rows: As they came.
        at: Minute UTC of the door's clock.
    """
    found, mistakes = [], list[Mistake]()
    for number, row in enumerate(rows, 1):
        where, kind = f"row {number}", str(row.get("kind", "")).strip()
        given = sorted(set(row) & set(OURS))
        if given:
            fix = "Leave it out: the door writes the time, and who said it."
            mistakes.append(Mistake(f"{', '.join(given)} is not yours to say", where, "supply_row_field", fix))
        mistakes += _may(actor, agreement, kind, str(row.get("contract", "")).strip(), where)
        by = {} if kind == "observation" else {"by": actor.company}
        found.append({**row, "at": minute_text(at)} | by)
    return found, mistakes


def _may(actor: Actor, agreement: Agreement, kind: str, name: str, where: str) -> list[Mistake]:
    """Return why the caller may not say it; what is unknown is for the journal to refuse."""
    contract = agreement.contract(name)
    if kind not in FACTS or (contract is None and kind != "observation"):
        return []
    allowed = ("the market operator",) if contract is None or kind == "observation" else speakers(contract, kind)
    is_right = actor.role is Role.OPERATOR if kind == "observation" else actor.company in allowed
    if is_right:
        return []
    what = f"{actor.company} may not record this {kind}"
    return [Mistake(what, where, "supply_fact_by", f"Have it recorded by {' or '.join(allowed)}.")]
