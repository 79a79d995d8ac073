"""What the orders of one member look like before they meet others: power over time, curves over the price, boxes.

Read by the check of a file and by the query of a member's own offer; nothing here knows what
others send. Zones and carriers by name, times as texts in UTC, MW, prices per MWh in the
market's currency. Names of orders are the member's own, without its code.

Axes: c cells, l legs, as in `results.raw`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.book.spans import time_text
from walras.oversight.offers import Offers, no_volumes, offers_at
from walras.results.publication.curves import points_of, spans_of
from walras.results.raw import Raw
from walras.vocabulary import Side

Shown = dict[str, Any]
MOST_BOXES = 300
"""Boxes of one zone and carrier; a drawing of more says nothing."""


@dataclass(frozen=True)
class Outline:
    """A book with the orders of one member alone."""

    book: Book

    @cached_property
    def raw(self) -> Raw:
        """The orders as floats."""
        return Raw(self.book)

    @cached_property
    def _times(self) -> tuple[list[int], list[int]]:
        """Start and length of each cell in minutes."""
        return self.book.cells.start.tolist(), self.book.cells.minutes.tolist()

    @cached_property
    def _offers(self) -> Offers:
        return offers_at(self.raw, no_volumes(self.raw))

    def places(self) -> list[tuple[str, str]]:
        """Return the zones and carriers that the orders are in, in the order of the market."""
        cells = self.book.cells
        grids = np.unique(cells.grid[self._offers.cell]).tolist()
        return [(cells.zones[cells.grids[g].zone].name, cells.grids[g].carrier) for g in grids]

    def power(self) -> list[Shown]:
        """Return the most that can be accepted in each MTU alone, on either side, where there is any.

        Of an exclusive group its largest block counts, of a flexible order its quantity wherever it may lie.
        """
        offers = self._offers
        rows: dict[int, Shown] = {}
        for cell, is_supply, mw in zip(
            offers.cell.tolist(), offers.is_supply.tolist(), offers.offered.tolist(), strict=True
        ):
            row = rows.setdefault(cell, self._cell(cell) | {"supply_mw": 0.0, "demand_mw": 0.0})
            row["supply_mw" if is_supply else "demand_mw"] = mw
        return [rows[c] for c in sorted(rows)]

    def curves(self, zone: str, carrier: str) -> list[Shown]:
        """Return the curves of a zone and carrier: of each MTU and side its points (MW, price), from the best price on.

        A product of several MTUs has a curve of its own.
        """
        spans = spans_of(self.raw)
        points = points_of(self.raw, spans)
        inside = np.isin(spans.cell, self._cells(zone, carrier))
        first = np.searchsorted(points.curve, np.arange(spans.count + 1)).tolist()
        out = []
        for n in np.flatnonzero(inside).tolist():
            own = slice(first[n], first[n + 1])
            levels = zip(points.inside[own], points.upto[own], points.price[own], strict=True)
            line = [(float(mw), float(price)) for low, high, price in levels for mw in (low, high)]
            cell = int(spans.cell[n])
            minutes = self._times[1][cell] * int(spans.cells[n])
            said = {"minutes": minutes, "side": Side(int(spans.sign[n])).word, "points": line}
            out.append(self._cell(cell) | said)
        return out

    def boxes(self, zone: str, carrier: str) -> list[Shown]:
        """Return orders that are whole as boxes over time: name, family, side, price, and spans of one power each."""
        cells = self._cells(zone, carrier)
        return [box for box, _ in zip(self._boxes(cells), range(MOST_BOXES), strict=False)]

    def _boxes(self, cells: IntArray) -> Iterator[Shown]:
        raw, book = self.raw, self.book
        blocks, flexibles, scalables = book.blocks, book.flexibles, book.scalables
        price = book.cells.prices(blocks.price, blocks.grid)
        for o, spans in self._spans(raw.blocks.order, raw.blocks.cell, raw.blocks.quantity, cells):
            group = int(blocks.group[o])
            yield self._box(blocks.name[o], "block", int(blocks.side[o]), float(price[o]), spans) | {
                "group": "" if group < 0 else _bare(blocks.group_name[group])
            }
        price = book.cells.prices(flexibles.price, flexibles.grid)
        quantity = book.cells.quantities(flexibles.quantity, flexibles.grid)
        for o in np.flatnonzero(np.isin(flexibles.first_cell, cells)).tolist():
            last = int(flexibles.first_cell[o] + flexibles.choices[o] + flexibles.cells[o] - 2)
            spans = [(*self._span(int(flexibles.first_cell[o]), last), float(quantity[o]))]
            yield self._box(flexibles.name[o], "flexible", int(flexibles.side[o]), float(price[o]), spans)
        steps = raw.scalables
        for o, spans in self._spans(steps.order, steps.cell, steps.quantity, cells):
            yield self._box(scalables.name[o], "scalable", int(scalables.side[o]), None, spans)

    def _box(
        self, name: str, family: str, side: int, price: float | None, spans: list[tuple[str, str, float]]
    ) -> Shown:
        said = {"order": _bare(name), "family": family, "side": Side(side).word, "price_per_mwh": price}
        return said | {"spans": [list(s) for s in spans], "group": ""}

    def _spans(
        self, order: IntArray, cell: IntArray, quantity: FloatArray, cells: IntArray
    ) -> Iterator[tuple[int, list[tuple[str, str, float]]]]:
        """Yield each order with its power in consecutive cells, equal ones as one span; steps of a cell are added."""
        mine = np.flatnonzero(np.isin(cell, cells))
        if not len(mine):
            return
        key = np.stack([order[mine], cell[mine]])
        kept, row = np.unique(key, axis=1, return_inverse=True)
        power = np.bincount(row.ravel(), weights=quantity[mine])
        is_new = np.ones(kept.shape[1], dtype=bool)
        is_new[1:] = (np.diff(kept[0]) != 0) | (np.diff(kept[1]) != 1) | (np.diff(power) != 0)
        begin = np.flatnonzero(is_new)
        end = np.append(begin[1:], kept.shape[1]) - 1
        found: dict[int, list[tuple[str, str, float]]] = {}
        for a, b in zip(begin.tolist(), end.tolist(), strict=True):
            span = (*self._span(int(kept[1, a]), int(kept[1, b])), float(power[a]))
            found.setdefault(int(kept[0, a]), []).append(span)
        yield from found.items()

    def _span(self, first: int, last: int) -> tuple[str, str]:
        start, minutes = self._times
        return time_text(start[first]), time_text(start[last] + minutes[last])

    def _cells(self, zone: str, carrier: str) -> IntArray:
        cells = self.book.cells
        grids = [
            g for g, grid in enumerate(cells.grids) if (cells.zones[grid.zone].name, grid.carrier) == (zone, carrier)
        ]
        found: IntArray = np.flatnonzero(np.isin(cells.grid, grids))
        return found

    def _cell(self, c: int) -> Shown:
        cells = self.book.cells
        grid, (start, minutes) = cells.grids[cells.grid[c]], self._times
        return {
            "zone": cells.zones[grid.zone].name, "carrier": grid.carrier,
            "mtu_start": time_text(start[c]), "minutes": minutes[c],
        }  # fmt: skip


def _bare(name: str) -> str:
    """Return the name that the member gave an order: that of the book without the member's code."""
    return name.partition(".")[2] or name
