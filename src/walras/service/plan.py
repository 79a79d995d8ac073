"""The plan of a run: what of the book at the gate is cleared, and how much of it together.

Stored with each run, so that anybody who has the book repeats the run. The book itself never
changes: its digest at the gate stays, and the plan says what was cut off or left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

from walras.service.canonical import canonical

COUPLED, RERUN, PARTIAL, LOCAL, NONE, CANCEL = "coupled", "rerun", "partial_decoupling", "local", "none", "cancel"
AS_HELD, UNLIMITED = "as_held", "unlimited"
"""Networks of a plan: with the capacities that the session has, or without any limit."""

RUNGS = (COUPLED, RERUN, PARTIAL, LOCAL, NONE, CANCEL)
"""The ladder, from the auction that everybody expects down to none; the first four are plans of a run."""


@dataclass(frozen=True, order=True)
class LeftOut:
    """One order that stood in the book at the gate and takes no part."""

    member: str
    order: str
    version: int

    @property
    def name(self) -> str:
        """Return its name in the book.

        >>> LeftOut("M-0001", "b7", 2).name
        'M-0001.b7'
        """
        return f"{self.member}.{self.order}"


@dataclass(frozen=True)
class Plan:
    """What a run clears.

    Attributes:
        rung: Of the ladder: `coupled`, `rerun`, `partial_decoupling` or `local`.
        cut_off: Zones that clear alone, sorted; on the rung `local` every zone of the market.
        excluded: Orders that are left out, sorted; a plan names all of them, also those that go with another.
        network: `as_held`, or `unlimited` for the first pass of an auction that asks for a corridor; that is no result.

    Example:
        >>> plan = Plan("partial_decoupling", ("C",))
        >>> plan.text()
        '{"cut_off":["C"],"excluded":[],"rung":"partial_decoupling"}'
        >>> Plan.read(plan.text()) == plan
        True
    """

    rung: str = COUPLED
    cut_off: tuple[str, ...] = ()
    excluded: tuple[LeftOut, ...] = ()
    network: str = AS_HELD

    def __post_init__(self) -> None:
        assert self.rung in RUNGS[:4], f"{self.rung} is no plan of a run"
        assert bool(self.cut_off) == (self.rung in {PARTIAL, LOCAL}), "zones are cut off on the rungs that do so"
        assert self.network == AS_HELD or (self.network, self.rung) == (UNLIMITED, COUPLED), "a first pass is coupled"
        assert list(self.cut_off) == sorted(set(self.cut_off))
        assert list(self.excluded) == sorted(set(self.excluded))

    def text(self) -> str:
        """Return it as the store has it."""
        left_out = [{"member": o.member, "order": o.order, "version": o.version} for o in self.excluded]
        said: dict[str, Any] = {"rung": self.rung, "cut_off": list(self.cut_off), "excluded": left_out}
        return canonical(said if self.network == AS_HELD else said | {"network": self.network})

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the plan that `text` wrote; an empty object is the usual one."""
        said: dict[str, Any] = json.loads(text)
        left_out = tuple(LeftOut(**o) for o in said.get("excluded", ()))
        return cls(said.get("rung", COUPLED), tuple(said.get("cut_off", ())), left_out, said.get("network", AS_HELD))

    def at(self, rung: str, cut_off: Iterable[str] = ()) -> Plan:
        """Return this plan on another rung; what is excluded stays so, and a fallback clears what is held."""
        network = self.network if rung == COUPLED else AS_HELD
        return replace(self, rung=rung, cut_off=tuple(sorted(set(cut_off))), network=network)

    def as_held(self) -> Plan:
        """Return this plan as that of the second pass."""
        return replace(self, network=AS_HELD)

    def without(self, orders: Iterable[LeftOut]) -> Plan:
        """Return this plan with more orders left out."""
        return replace(self, excluded=tuple(sorted({*self.excluded, *orders})))

    def with_again(self, orders: Iterable[LeftOut]) -> Plan:
        """Return this plan with orders back in."""
        return replace(self, excluded=tuple(sorted(set(self.excluded) - set(orders))))

    def of_member(self, member: str) -> frozenset[str]:
        """Return the bare names of a member's orders that are left out."""
        return frozenset(o.order for o in self.excluded if o.member == member)
