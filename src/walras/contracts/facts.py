"""Facts: how each kind is checked, and what it changes in the standing of its contract.

A check yields every mistake against the standing before the fact; its `apply` may be called when there
is none. Both read the body alone, as `drafting` wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from walras.contracts.agreement import Contract
from walras.contracts.allocations import apply_allocation, check_allocation
from walras.contracts.annual_changes import (
    apply_flexibility,
    apply_postponement,
    check_flexibility,
    check_postponement,
)
from walras.contracts.events import Draft
from walras.contracts.force_majeure import apply_force_majeure, check_force_majeure
from walras.contracts.make_up import apply_draw, check_draw
from walras.contracts.nominations import apply_nomination, check_nomination
from walras.contracts.set_offs import apply_set_off, check_set_off
from walras.contracts.standing import Standing
from walras.errors import Mistake

Check = Callable[[Standing, Contract, Draft], Iterator[Mistake]]
Apply = Callable[[Standing, Contract, Draft], None]

FACTS: dict[str, tuple[Check, Apply]] = {
    "nomination": (check_nomination, apply_nomination),
    "allocation": (check_allocation, apply_allocation),
    "force majeure notice": (check_force_majeure, apply_force_majeure),
    "make-up draw": (check_draw, apply_draw),
    "flexibility notice": (check_flexibility, apply_flexibility),
    "postponement": (check_postponement, apply_postponement),
    "set-off": (check_set_off, apply_set_off),
}
"""Kinds of facts that are about a contract; observations, which are about none, are in `observing`."""
