"""One MTU whose capacity fell: who gives way, and by how much, until everything fits or nothing more can."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from walras.capacity.layers import LAYERS
from walras.capacity.ledger import Entries, Ledger

Place = tuple[int, int]
"""A direction and the number of a line or cross-section."""


@dataclass(frozen=True)
class Fall:
    """One holder in one MTU that lost capacity: kW before and after."""

    holder: str
    start: int
    before_kw: int
    after_kw: int


@dataclass
class _Row:
    """One holding: of a holder on one hop, layer, direction and line."""

    holder: str
    hop: int
    layer: int
    direction: int
    line: int
    kw: int
    firm_kw: int

    @property
    def loose(self) -> int:
        return self.kw - self.firm_kw


class Moment:
    """Holdings that begin with one MTU, which `fit` lowers; the ledger itself stays as it is."""

    def __init__(self, ledger: Ledger, start: int, held: Entries) -> None:
        self.ledger, self.start = ledger, start
        elements = ledger.elements
        first = elements.offset[:-1] + (start - elements.begin) // elements.minutes
        inside = (elements.begin <= start) & (start < elements.end) & ((start - elements.begin) % elements.minutes == 0)
        self.free: dict[Place, int] = {
            (d, int(e)): int(ledger.free[d, first[e]])
            for d in (0, 1) for e in inside.nonzero()[0]
        }  # fmt: skip
        names = ("holder", "hop", "layer", "direction", "line", "kw", "firm_kw")
        self.rows = [_Row(*row) for row in held.select(names).iter_rows()]
        self.was = [(row.kw, row.firm_kw) for row in self.rows]
        self.of: defaultdict[str, list[_Row]] = defaultdict(list)
        self.at: defaultdict[Place, list[_Row]] = defaultdict(list)
        for row in self.rows:
            self.of[row.holder].append(row)
            self.at[row.direction, row.line].append(row)
        self.lost: dict[str, tuple[int, int]] = {}

    def fit(self) -> None:
        """Cut until no line or cross-section has less than nothing free, or what has cannot give way."""
        is_changed = True
        while is_changed:
            is_changed = False
            for place in sorted(self.free):
                while self.free[place] < 0 and self._cut_at(place):
                    is_changed = True

    def made(self) -> list[tuple[object, ...]]:
        """Return the entries that say what was cut."""
        return [
            (r.holder, r.hop, r.layer, r.direction, r.line, self.start, r.kw - kw, r.firm_kw - firm)
            for r, (kw, firm) in zip(self.rows, self.was, strict=True) if (r.kw, r.firm_kw) != (kw, firm)
        ]  # fmt: skip

    def falls(self) -> list[Fall]:
        """Return who lost how much."""
        return [Fall(name, self.start, before, after) for name, (before, after) in self.lost.items()]

    def _cut_at(self, place: Place) -> bool:
        """Let the first layer give way that can, and return whether one could."""
        d, e = place
        places = [(1 - d if is_reversed else d, line) for line, is_reversed in self.ledger.elements.lines_of(e)]
        for layer in map(LAYERS.index, self.ledger.rules.curtailed_first):
            loose: defaultdict[str, int] = defaultdict(int)
            for row in (r for p in places for r in self.at[p] if r.layer == layer and r.loose > 0):
                loose[row.holder] += row.loose
            if loose:
                names = sorted(loose)
                parts = shares([loose[n] for n in names], min(-self.free[place], sum(loose.values())))
                for name, less in zip(names, parts, strict=True):
                    if less:
                        self._cut_path(name, less, layer, set(places))
                return True
        return False

    def _cut_path(self, name: str, less: int, layer: int, places: set[Place]) -> None:
        """Take so much from one holder here, and lower its whole path with it.

        A path may pass here twice (a line, and the cross-section of it): each hop gives its part.
        """
        here = [r for r in self.of[name] if (r.direction, r.line) in places and r.loose > 0]
        hops = sorted({r.hop for r in here})
        before = sum(r.kw for r in self.of[name] if r.hop == hops[0])
        each = -(-less // len(hops))
        after = max(before - each, 0)
        for hop in hops:
            left = each
            for row in sorted((r for r in here if r.hop == hop), key=lambda r: (r.layer != layer, -r.line)):
                cut = min(left, row.loose)
                self._lower(row, row.kw - cut)
                left -= cut
        room: defaultdict[int, int] = defaultdict(lambda: after)
        for row in self.of[name]:
            stays = min(row.kw, room[row.hop])
            self._lower(row, stays)
            room[row.hop] -= stays
        self.lost[name] = (self.lost.get(name, (before, after))[0], after)

    def _lower(self, row: _Row, to_kw: int) -> None:
        """Lower one holding, and say what is free with it."""
        firm = min(row.firm_kw, to_kw)
        less, less_firm = row.kw - to_kw, row.firm_kw - firm
        row.kw, row.firm_kw = to_kw, firm
        sections = self.ledger.elements.sections_of[row.line]
        for e, is_reversed in ((row.line, False), *sections):
            d = 1 - row.direction if is_reversed else row.direction
            self.free[d, e] += less
            if self.ledger.rules.netting:
                self.free[1 - d, e] -= less_firm


def shares(parts: Sequence[int], total: int) -> list[int]:
    """Return a total split in proportion to parts, in whole numbers by largest remainder, never above a part.

    >>> shares([50, 30, 20], 33)
    [16, 10, 7]
    """
    whole = [p * total // sum(parts) for p in parts]
    rests = sorted(range(len(parts)), key=lambda i: (-(parts[i] * total % sum(parts)), i))
    for i in rests[: total - sum(whole)]:
        whole[i] += 1
    return whole
