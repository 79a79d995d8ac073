"""Raw orders of a book as plain Python tuples, for the second opinion.

Written by `read` from the columns of a `Book`; read by `convex` and `brute`. Nothing is
aggregated, nothing is imported from `walras.coupling`. A quantity is in MW, a price in
currency per MWh, a side +1 (supply) or -1 (demand); indices are rows of the book.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.book import Book


@dataclass(frozen=True)
class Piece:
    """A curve step over one or several cells."""

    side: int
    cells: tuple[int, ...]
    start: float
    end: float
    quantity: float


@dataclass(frozen=True)
class Link:
    """A line in one of its periods: one exchange for every cell at both ends.

    One with a loss or a tariff is two links, each one way: `way` is +1 along the line and -1
    against it, 0 on other lines. `arrives` is the share that arrives, `tariff` the price of sending.
    """

    from_cells: tuple[int, ...]
    to_cells: tuple[int, ...]
    forward: float
    backward: float
    arrives: float = 1.0
    tariff: float = 0.0
    period: int = -1
    way: int = 0


@dataclass(frozen=True)
class Mesh:
    """A flow-based domain in one of its periods: (cell, part of the cell's length) exchanges, branches over them."""

    exchanges: tuple[tuple[int, float], ...]
    branches: tuple[tuple[tuple[float, ...], float], ...]  # (MW on the branch for each MW of each exchange, RAM)


@dataclass(frozen=True)
class Outside:
    """A border in one cell. A fixed export buys at the upper limit, a fixed import sells at the lower one."""

    cell: int
    price: float
    exports: float
    imports: float


@dataclass(frozen=True)
class Block:
    """A block: price, least ratio, (cell, MW) legs, exclusive group (-1 none), parents."""

    side: int
    price: float
    least: float
    legs: tuple[tuple[int, float], ...]
    group: int
    parents: tuple[int, ...]


@dataclass(frozen=True)
class Flexible:
    """A flexible order: the cells that it covers for each start it may choose."""

    side: int
    price: float
    quantity: float
    choices: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Scalable:
    """A scalable complex order; `steps` are (row, cell, price, MW), rising step number.

    `inputs` of a conversion: for each cell that it sells in, (cell, MWh bought for each MWh sold).
    """

    side: int
    fixed_term: float
    up: float | None
    down: float | None
    stop_cells: tuple[int, ...]
    cells: tuple[int, ...]
    steps: tuple[tuple[int, int, float, float], ...]
    minimums: tuple[tuple[int, float], ...]
    inputs: dict[int, tuple[tuple[int, float], ...]]


@dataclass(frozen=True)
class Storage:
    """A storage order over the cells of its grid; powers in MW, levels in MWh."""

    cells: tuple[int, ...]
    charge: float
    discharge: float
    spread: float
    fixed_term: float
    capacity: float
    start: float
    end: float
    charge_efficiency: float
    discharge_efficiency: float
    hourly_loss: float


@dataclass(frozen=True)
class Market:
    """All of an auction, raw."""

    hours: tuple[float, ...]
    price_min: tuple[float, ...]
    price_max: tuple[float, ...]
    pieces: tuple[Piece, ...]
    links: tuple[Link, ...]
    meshes: tuple[Mesh, ...]
    outsides: tuple[Outside, ...]
    blocks: tuple[Block, ...]
    flexibles: tuple[Flexible, ...]
    scalables: tuple[Scalable, ...]
    storages: tuple[Storage, ...] = ()


def read(book: Book) -> Market:
    """Return the raw market of a book."""
    cells = book.cells
    return Market(
        hours=tuple(float(h) for h in cells.hours),
        price_min=tuple(float(p) for p in cells.price_min),
        price_max=tuple(float(p) for p in cells.price_max),
        pieces=_pieces(book),
        links=_links(book),
        meshes=_meshes(book),
        outsides=_outsides(book),
        blocks=_blocks(book),
        flexibles=_flexibles(book),
        scalables=_scalables(book),
        storages=_storages(book),
    )


def _price(book: Book, ticks: int, grid: int) -> float:
    return book.cells.grids[grid].price_tick.value(int(ticks))


def _megawatts(book: Book, ticks: int, grid: int) -> float:
    return book.cells.grids[grid].quantity_tick.value(int(ticks))


def _span(first: int, count: int) -> tuple[int, ...]:
    return tuple(range(int(first), int(first) + int(count)))


def _pieces(book: Book) -> tuple[Piece, ...]:
    c = book.curves
    out = []
    for k in range(c.step_count):
        o = int(c.step_order[k])
        g = int(c.grid[o])
        prices = (_price(book, c.price_start[k], g), _price(book, c.price_end[k], g))
        cells = _span(c.step_cell[k], c.step_cells[k])
        out.append(Piece(int(c.side[o]), cells, *prices, _megawatts(book, c.quantity[k], g)))
    return tuple(out)


def _links(book: Book) -> tuple[Link, ...]:
    n = book.lines
    out = []
    for p, line in enumerate(n.period_line.tolist()):
        ends = _span(n.from_cell[p], n.from_cells[p]), _span(n.to_cell[p], n.to_cells[p])
        most = float(n.capacity_forward[p]), float(n.capacity_backward[p])
        tariff = float(n.tariff[line]) if len(n.tariff) else 0.0
        lost = (float(n.loss_forward[line]), float(n.loss_backward[line])) if len(n.loss_forward) else (0.0, 0.0)
        if max(tariff, *lost) == 0.0:
            out.append(Link(*ends, *most, period=p))
            continue
        out.append(Link(*ends, most[0], 0.0, 1.0 - lost[0], tariff, p, 1))
        out.append(Link(*ends[::-1], most[1], 0.0, 1.0 - lost[1], tariff, p, -1))
    return tuple(out)


def sent(market: Market, exchange: np.ndarray) -> np.ndarray:
    """Return what is sent over each link at exchanges of line periods."""
    return np.array([exchange[k.period] if k.way == 0 else max(0.0, k.way * exchange[k.period]) for k in market.links])


def _meshes(book: Book) -> tuple[Mesh, ...]:
    d, hours = book.domains, book.cells.hours
    out = []
    for r, domain in enumerate(d.period_domain):
        mine = np.flatnonzero(d.exchange_period == r)
        length = float(d.minutes[domain]) / 60.0
        exchanges = tuple((int(d.exchange_cell[x]), length / float(hours[d.exchange_cell[x]])) for x in mine)
        branches = []
        for k in np.flatnonzero(d.row_period == r):
            shares = dict.fromkeys(mine.tolist(), 0.0)
            for e in np.flatnonzero(d.entry_row == k):
                shares[int(d.entry_exchange[e])] = float(d.ptdf[e])
            branches.append((tuple(shares.values()), float(d.ram[k])))
        out.append(Mesh(exchanges, tuple(branches)))
    return tuple(out)


def _outsides(book: Book) -> tuple[Outside, ...]:
    b, cells = book.borders, book.cells
    out = []
    for q in range(len(b.period_border)):
        cell = int(b.period_cell[q])
        if b.is_fixed[b.period_border[q]]:
            e = float(b.exchange[q])
            limit = cells.price_max[cell] if e > 0 else cells.price_min[cell]
            out.append(Outside(cell, float(limit), max(e, 0.0), max(-e, 0.0)))
        else:
            out.append(Outside(cell, float(b.price[q]), float(b.capacity_export[q]), float(b.capacity_import[q])))
    return tuple(out)


def _blocks(book: Book) -> tuple[Block, ...]:
    b = book.blocks
    out = []
    for o in range(b.count):
        g = int(b.grid[o])
        legs = tuple(
            (int(b.leg_cell[i]), _megawatts(book, b.leg_quantity[i], g)) for i in np.flatnonzero(b.leg_order == o)
        )
        parents = tuple(int(p) for p in b.link_parent[b.link_child == o])
        price = _price(book, b.price[o], g)
        out.append(Block(int(b.side[o]), price, float(b.min_acceptance_ratio[o]), legs, int(b.group[o]), parents))
    return tuple(out)


def _flexibles(book: Book) -> tuple[Flexible, ...]:
    f = book.flexibles
    out = []
    for o in range(f.count):
        g = int(f.grid[o])
        choices = tuple(_span(f.first_cell[o] + s, f.cells[o]) for s in range(int(f.choices[o])))
        out.append(Flexible(int(f.side[o]), _price(book, f.price[o], g), _megawatts(book, f.quantity[o], g), choices))
    return tuple(out)


def _scalables(book: Book) -> tuple[Scalable, ...]:
    s = book.scalables
    first = book.cells.first
    out = []
    for o in range(s.count):
        g = int(s.grid[o])
        rows = sorted(np.flatnonzero(s.step_order == o), key=lambda k: (s.step_cell[k], s.step_number[k]))
        steps = tuple(
            (int(k), int(s.step_cell[k]), _price(book, s.price[k], g), _megawatts(book, s.quantity[k], g)) for k in rows
        )
        minimums = tuple(
            (int(s.minimum_cell[m]), _megawatts(book, s.minimum_quantity[m], g))
            for m in np.flatnonzero(s.minimum_order == o)
        )
        ramp = [None if t < 0 else _megawatts(book, t, g) for t in (s.gradient_up[o], s.gradient_down[o])]
        cells = tuple(range(int(first[g]), int(first[g + 1])))
        stop = cells[: int(s.stop_cells[o])]
        inputs = {c: _inputs(book, o, c) for c in {step[1] for step in steps}}
        out.append(Scalable(int(s.side[o]), float(s.fixed_term[o]), *ramp, stop, cells, steps, minimums, inputs))
    return tuple(out)


def _storages(book: Book) -> tuple[Storage, ...]:
    s, first = book.storages, book.cells.first
    out = []
    for o in range(s.count):
        g = int(s.grid[o])
        levels = (s.fixed_term, s.capacity, s.start, s.end, s.charge_efficiency, s.discharge_efficiency, s.hourly_loss)
        powers = [_megawatts(book, t, g) for t in (s.charge[o], s.discharge[o])]
        cells = tuple(range(int(first[g]), int(first[g + 1])))
        out.append(Storage(cells, *powers, _price(book, s.spread[o], g), *(float(v[o]) for v in levels)))
    return tuple(out)


def _inputs(book: Book, order: int, cell: int) -> tuple[tuple[int, float], ...]:
    """Return what a conversion buys for each MWh it sells in a cell: minute by minute, from whatever cell holds it."""
    conversions, cells = book.scalables.conversions, book.cells
    mine = np.flatnonzero(conversions.order == order)
    if not len(mine):
        return ()
    v = int(mine[0])
    grid, first = cells.grids[int(conversions.grid[v])], int(cells.first[conversions.grid[v]])
    start, length = int(cells.start[cell]), int(cells.minutes[cell])
    out: dict[int, float] = {}
    for minute in range(start, start + length):
        share = 1.0 if grid.start <= minute < grid.end else float(conversions.outside_share[v])
        nearest = min(max(minute, grid.start), grid.end - 1)
        if share:
            at = first + (nearest - grid.start) // grid.mtu_minutes
            out[at] = out.get(at, 0.0) + share / length / float(conversions.efficiency[v])
    return tuple(out.items())
