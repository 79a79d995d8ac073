"""Which order makes the engine fail? Found on copies of the book, with few clears.

::

    members ─▶ families ─▶ orders          each time the smallest set that still fails
                             └─▶ without them the rest must clear: else once more

One step looks for the shortest beginning of a list that fails, keeps its last item, and goes
on with the items before it until what was kept fails alone: about log2(n) trials for each
culprit, and the same ones each time. What makes a trial fail is the caller's matter, so a
trial may run in this process or in one that may die (`trial.Isolated`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from walras.errors import HuntSpent
from walras.service.gate import Held
from walras.service.intake import payload

Key = tuple[str, str]
"""Member and bare name of an order."""
T = TypeVar("T")

MOST_TRIALS = 100
MOST_ROUNDS = 4
"""Culprits that do harm each on their own are found one after the other, so many times."""


@dataclass(frozen=True)
class Found:
    """What a hunt found.

    Attributes:
        culprits: Orders with their zone: `member`, `order`, `zone`; the smallest set that was found.
        said: The outcome in words.
        trials: How many copies were cleared.
    """

    culprits: tuple[dict[str, Any], ...]
    said: str
    trials: int


@dataclass
class Hunt:
    """One search.

    Attributes:
        held: All that was sent, without what the plan leaves out.
        fails: Clears a copy and returns why it fails, None if it does not.
        tell: Hears before each trial how many there were, and what is tried.
    """

    held: Held
    fails: Callable[[Held], str | None]
    tell: Callable[[int, str], None] = lambda _trials, _doing: None
    trials: int = 0
    _kin: dict[Key, str] = field(default_factory=dict)
    _zone: dict[Key, str] = field(default_factory=dict)
    _decoded: list[tuple[str, payload.Orders]] = field(default_factory=list)
    _known: dict[frozenset[Key], str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for member, content, names in self.held.sent:
            orders = payload.decode(content)
            self._decoded.append((member, orders))
            kin, zones = payload.kin(orders), payload.zones_of(orders)
            for name in sorted(names):
                self._kin[member, name] = kin[name] or name
                self._zone[member, name] = zones[name]

    def found(self) -> Found:
        """Search to the end."""
        culprits: list[Key] = []
        try:
            said = self._search(culprits)
        except HuntSpent:
            said = f"the search ended after {self.trials} trials"
        named = [{"member": m, "order": o, "zone": self._zone[m, o]} for m, o in sorted(culprits)]
        return Found(tuple(named), said, self.trials)

    def _search(self, culprits: list[Key]) -> str:
        everything = sorted(self._kin)
        if self._fails(everything, "the whole book") is None:
            return "the failure did not come back on a copy of the book"
        if self._fails([], "no order at all") is not None:
            return "the market fails without any order"
        rest: Collection[Key] = everything
        for _ in range(MOST_ROUNDS):
            culprits += self._smallest_set(rest)
            gone = self._joined(culprits, payload.with_children)
            rest = [key for key in everything if key not in gone]
            if self._fails(rest, "all but the culprits") is None:
                return "without these orders the rest clears"
        return "the rest fails without these orders as well"

    def _smallest_set(self, keys: Collection[Key]) -> list[Key]:
        """Return a smallest set of orders that fails, by members first, then by families, then by orders."""
        members = self._smallest(
            sorted({m for m, _ in keys}), lambda chosen: [k for k in keys if k[0] in chosen], "members"
        )
        mine = [k for k in keys if k[0] in members]
        families = self._smallest(
            sorted({(m, self._kin[m, n]) for m, n in mine}),
            lambda chosen: [k for k in mine if (k[0], self._kin[k]) in chosen],
            "families",
        )
        own = [k for k in mine if (k[0], self._kin[k]) in families]
        own.sort(key=lambda key: (len(self._joined([key], payload.with_parents)), key))  # a parent before its children
        return self._smallest(own, lambda chosen: sorted(self._joined(chosen, payload.with_parents)), "orders")

    def _smallest(self, items: Sequence[T], keys: Callable[[Collection[T]], Collection[Key]], word: str) -> list[T]:
        """Return a smallest set of items whose orders fail; all of them do, and none of them do not."""
        kept: list[T] = []
        before = list(items)
        while len(items) > 1 and (not kept or self._fails(keys(kept), f"{len(kept)} {word}") is None):
            passes, fails = 0, len(before)
            while fails - passes > 1:
                middle = (passes + fails) // 2
                is_broken = self._fails(keys([*kept, *before[:middle]]), f"{len(kept) + middle} {word}") is not None
                passes, fails = (passes, middle) if is_broken else (middle, fails)
            kept.append(before[fails - 1])
            before = before[: fails - 1]
        return kept or list(items)

    def _joined(self, keys: Collection[Key], closure: Callable[..., frozenset[str]]) -> set[Key]:
        """Return orders with those that they need, or that need them."""
        out = set(keys)
        for member, orders in self._decoded:
            own = {name for m, name in keys if m == member}
            out |= {(member, name) for name in closure(orders, own) if (member, name) in self._kin}
        return out

    def _fails(self, keys: Collection[Key], doing: str) -> str | None:
        chosen = frozenset(keys)
        if chosen not in self._known:
            if self.trials >= MOST_TRIALS:
                raise HuntSpent(f"{MOST_TRIALS} trials are used up")
            self.tell(self.trials, doing)
            self.trials += 1
            self._known[chosen] = self.fails(self.held.only(chosen))
        return self._known[chosen]
