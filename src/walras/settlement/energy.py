"""What everybody bought and sold, as items of the ledger: an entry a cell, then borders, tariffs and losses.

An entry of a cell holds all that members, lines, borders and domains bought and sold in it, and the
rounding that is left over. Signs: positive = receives.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from walras.book.book import Book
from walras.book.cells import IntArray
from walras.results.raw import line_ends, spread
from walras.results.results import Results
from walras.settlement.congestion import outside_minor, tariff_minor
from walras.settlement.items import Item, balanced, cell_name
from walras.settlement.ledger import Posting
from walras.settlement.money import Units
from walras.settlement.positions import Injections

ROUNDING = "rounding/market"


def cell_items(book: Book, kinds: list[Injections], money: list[IntArray]) -> Iterator[Item]:
    """Yield an item a cell in which anything was traded."""
    accounts = np.concatenate([np.array([f"{k.kind}/{p}" for p in k.party], dtype=object)[k.who] for k in kinds])
    cell = np.concatenate([k.cell for k in kinds])
    amount = np.concatenate(money)
    order = np.argsort(cell, kind="stable")
    order = order[amount[order] != 0]
    edges = np.searchsorted(cell[order], np.arange(book.cells.count + 1))
    for c in range(book.cells.count):
        rows = order[edges[c] : edges[c + 1]]
        if not rows.size:
            continue
        postings = [Posting(str(accounts[r]), book.currency, int(amount[r])) for r in rows]
        yield Item("energy", balanced(cell_name(book, c), postings, ROUNDING, book.currency))


def border_items(book: Book, results: Results, units: Units) -> Iterator[Item]:
    """Yield how every border passes its trade on to the neighbour."""
    outside = outside_minor(book, results, units)
    for b, name in enumerate(book.borders.name):
        paid = int(outside[book.borders.period_border == b].sum())
        if paid:
            postings = [Posting(f"neighbour/{name}", book.currency, -paid)]
            text = f"border {name}: trade with the neighbour"
            yield Item("trade", balanced(text, postings, f"border/{name}", book.currency))


def tariff_items(book: Book, results: Results, units: Units) -> Iterator[Item]:
    """Yield the tariff income of every line, set apart from what scarce capacity earns it."""
    paid = tariff_minor(book, results, units)
    for line, name in enumerate(book.lines.name):
        amount = int(paid[book.lines.period_line == line].sum())
        if amount:
            postings = [Posting(f"tariff/{name}", book.currency, amount)]
            text = f"line {name}: tariff for what was sent"
            yield Item("tariff", balanced(text, postings, f"line/{name}", book.currency))


def loss_items(book: Book, results: Results, units: Units) -> Iterator[Item]:
    """Yield what lost energy cost each line, set apart: what was sent and not received, at the sending end's price.

    What is left on the line is congestion income alone: received x (price there - price at the sending end).
    """
    cost = loss_minor(book, results, units)
    for line, name in enumerate(book.lines.name):
        amount = int(cost[book.lines.period_line == line].sum())
        if amount:
            postings = [Posting(f"loss/{name}", book.currency, -amount)]
            text = f"line {name}: cost of losses"
            yield Item("loss", balanced(text, postings, f"line/{name}", book.currency))


def loss_minor(book: Book, results: Results, units: Units) -> IntArray:
    """Return what lost energy costs in each line period in minor units, rounded once a cell of the sending end."""
    lines, cells = book.lines, book.cells
    price = units.prices(results.price)
    leaving, arriving = (units.quantities(power, "scheduled_exchanges") for power in line_ends(results.published))
    lost, is_forward = leaving - arriving, leaving + arriving > 0
    out = np.zeros(len(lines.period_line), dtype=np.int64)
    ends = ((lines.from_cell, lines.from_cells, is_forward), (lines.to_cell, lines.to_cells, ~is_forward))
    for first, count, is_sending in ends:
        whole, cell = spread(first, count)
        cost = units.minor(price[cell], np.where(is_sending, lost, 0)[whole], cells.minutes[cell])
        np.add.at(out, whole, cost)
    return out
