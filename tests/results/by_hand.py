"""A small solver of tests: one linear relaxation of a whole market, taken as the outcome where it is integral.

Independent of the engine. Interpolated steps are cut into pieces of one quantity tick.
Where the relaxation is integral, its duals support it: a legal outcome with a proof.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from walras.book.stores import stores_of
from walras.results.audit.inputs import gradient_shape
from walras.results.raw import Raw, purchases, spread
from walras.results.results import Certificate, Results, Volumes
from walras.results.welfare import welfare_of
from walras.vocabulary import Status


class Program:
    """Collects columns and rows of `min cost x, equalities, x <= rows`."""

    def __init__(self, cells):
        self.cost, self.lower, self.upper = [], [], []
        self.equal, self.least, self.limits = [], [], []
        self.cells = cells

    def column(self, cost, lower, upper, cells=(), power=1.0):
        self.cost.append(cost)
        self.lower.append(lower)
        self.upper.append(upper)
        index = len(self.cost) - 1
        self.equal += [(int(c), index, power) for c in cells]
        return index

    def row(self, entries, limit):
        index = len(self.limits)
        self.limits.append(limit)
        self.least += [(index, column, value) for column, value in entries]
        return index

    def solve(self):
        def matrix(entries, height):
            r, c, v = zip(*entries, strict=True) if entries else ((), (), ())
            return coo_array((v, (r, c)), shape=(height, len(self.cost))).tocsc()

        answer = linprog(
            self.cost,
            A_eq=matrix(self.equal, self.cells),
            b_eq=np.zeros(self.cells),
            A_ub=matrix(self.least, len(self.limits)) if self.limits else None,
            b_ub=self.limits or None,
            bounds=list(zip(self.lower, self.upper, strict=True)),
            method="highs-ds",
        )
        assert answer.status == 0, answer.message
        return answer


def solve(book) -> Results:
    """The outcome of a book whose relaxation is integral; fails where it is not."""
    raw = Raw(book)
    program = Program(book.cells.count + len(book.domains.period_start) + stores_of(book.cells, book.storages).count)
    hours = book.cells.hours
    pieces = _pieces(raw, program)
    legs = raw.blocks
    ratios, links, groups = _blocks(raw, program)
    starts = []
    flexibles = book.flexibles
    order, first = spread(flexibles.first_cell, flexibles.choices)
    power = flexibles.side * book.cells.quantities(flexibles.quantity, flexibles.grid)
    own = book.cells.prices(flexibles.price, flexibles.grid)
    for o, s in zip(order.tolist(), first.tolist(), strict=True):
        cells = range(s, s + int(flexibles.cells[o]))
        cost = float(own[o] * power[o] * hours[s] * flexibles.cells[o])
        starts.append((o, s, program.column(cost, 0, 1, cells, float(power[o]))))
    for o in range(flexibles.count):
        program.row([(index, 1) for at, _, index in starts if at == o], 1)
    flags, steps, stops, gradients = _scalables(raw, program)
    stored = _storages(book, program)
    lines, borders = book.lines, book.borders
    flows = [
        program.column(0, -lines.capacity_backward[p], lines.capacity_forward[p]) for p in range(len(lines.period_line))
    ]
    for p, index in enumerate(flows):
        program.equal += [(int(lines.from_cell[p]) + i, index, -1) for i in range(int(lines.from_cells[p]))]
        program.equal += [(int(lines.to_cell[p]) + i, index, 1) for i in range(int(lines.to_cells[p]))]
    outside = [_border(raw, program, q) for q in range(len(borders.period_border))]
    mesh, rows = _domains(raw, program)
    answer = program.solve()
    x, dual = answer.x, -np.asarray(answer.ineqlin.marginals if program.limits else [])
    curve = np.zeros(book.curves.step_count)
    for k, index in pieces:
        curve[k] += x[index]
    start = np.full(flexibles.count, -1)
    for o, s, index in starts:
        assert min(abs(x[index]), abs(x[index] - 1)) < 1e-9, "a flexible order is fractional"
        if x[index] > 0.5:
            start[o] = s
    flag = np.rint(x[flags]).astype(np.int64) if flags else np.zeros(0, dtype=np.int64)
    assert not flags or np.abs(flag - x[flags]).max() < 1e-9, "a scalable order is fractional"
    ratio = np.round(x[ratios], 9) if ratios else np.zeros(0)
    assert ((ratio == 0) | (ratio >= book.blocks.min_acceptance_ratio - 1e-9)).all(), f"ratios {ratio}"
    accepted = np.array([x[i] + (x[j] if j is not None else 0) for i, j in zip(steps, stops, strict=True)])
    volumes = Volumes(
        curve=np.round(curve, 6),
        block_ratio=ratio,
        block_leg=np.round(ratio[legs.order] * legs.quantity, 6),
        flexible_start=start,
        scalable_accepted=flag,
        scalable=np.round(accepted, 6) if len(accepted) else np.zeros(0),
        exchange=np.round(x[flows], 6) if flows else np.zeros(0),
        border=np.round(x[outside], 6) if outside else np.zeros(0),
        domain=np.round(x[mesh], 6) if mesh else np.zeros(0),
        bought=np.round(purchases(raw, accepted), 6) if len(accepted) else np.zeros(0),
        storage_accepted=np.rint(x[stored.flags]).astype(np.int64) if stored.flags else np.zeros(0, dtype=np.int64),
        charge=np.round(x[stored.charge], 6) if stored.charge else np.zeros(0),
        discharge=np.round(x[stored.discharge], 6) if stored.discharge else np.zeros(0),
    )
    price = np.round(np.asarray(answer.eqlin.marginals)[: len(hours)] / hours, 9)
    up, down = np.zeros(gradient_shape(book)), np.zeros(gradient_shape(book))
    for kind, o, t, row in gradients:
        (up if kind > 0 else down)[o, t] = dual[row]
    rents = Certificate(
        price, *(dual[r] if r else np.zeros(0) for r in (links, groups)), up, down,
        dual[rows] if rows else np.zeros(0), store_value=np.asarray(answer.eqlin.marginals)[stored.cells],
    )  # fmt: skip
    on_tick = book.cells.prices(np.rint(price / raw.price_tick).astype(np.int64), book.cells.grid)
    return outcome(book, volumes, on_tick, rents)


def outcome(book, volumes, price, certificate=None) -> Results:
    """Results of volumes and prices said by hand; the bound is that of the certificate."""
    from walras.results.certificate import bound_of

    up = np.zeros(gradient_shape(book))
    links, groups = np.zeros(len(book.blocks.link_child)), np.zeros(len(book.blocks.group_name))
    values = np.zeros(stores_of(book.cells, book.storages).count)
    branches = np.zeros(len(book.domains.ram))
    certificate = certificate or Certificate(price, links, groups, up, up.copy(), branches, store_value=values)
    welfare, bound = welfare_of(book, volumes), bound_of(book, certificate)
    status = Status.OPTIMAL if bound - welfare <= 0.01 else Status.FEASIBLE
    return Results(status, price, price, price, price, volumes, None, certificate, welfare, bound)


@dataclass(frozen=True)
class Stored:
    """Program columns of storage orders, and the balance rows of their store MTUs."""

    flags: list[int]
    charge: list[int]
    discharge: list[int]
    cells: list[int]


def _storages(book, program):
    """Every store MTU is one more balance row, the last ones."""
    s, cells = book.storages, book.cells
    stores, first = stores_of(cells, s), cells.count + len(book.domains.period_start)
    flags = [program.column(float(s.fixed_term[o]), 0, 1) for o in range(s.count)]
    charge, discharge, level = [], [], []
    for w, o in enumerate(stores.order.tolist()):
        tick, price = cells.grids[int(s.grid[o])].quantity_tick, cells.grids[int(s.grid[o])].price_tick
        c, h = int(stores.cell[w]), float(stores.hours[w])
        held = float(s.end[o]) if stores.is_last[w] else 0.0
        sizes = tick.value(int(s.charge[o])), tick.value(int(s.discharge[o])), float(s.capacity[o]) - held
        charge.append(program.column(0, 0, sizes[0], [c], -1.0))
        discharge.append(program.column(price.value(int(s.spread[o])) * h, 0, sizes[1], [c], 1.0))
        level.append(program.column(0, 0, sizes[2], [first + w], -1.0))
        program.equal += [(first + w, charge[-1], h * float(s.charge_efficiency[o]))]
        program.equal += [
            (first + w, discharge[-1], -h / float(s.discharge_efficiency[o])),
            (first + w, flags[o], -held),
        ]
        if w == stores.first[o]:
            program.equal.append((first + w, flags[o], float(s.start[o] * stores.keep[w])))
        else:
            program.equal.append((first + w, level[-2], float(stores.keep[w])))
        for column, size in zip((charge[-1], discharge[-1], level[-1]), sizes, strict=True):
            program.row([(column, 1), (flags[o], -size)], 0)
    return Stored(flags, charge, discharge, list(range(first, first + stores.count)))


def _scalables(raw, program):
    book, steps = raw.book.scalables, raw.scalables
    columns, stops, gradients = [], [], []
    flags = [program.column(float(book.fixed_term[o]), 0, 1) for o in range(book.count)]
    for k in range(len(steps.order)):
        cost = float(steps.sign[k] * steps.price[k] * steps.hours[k])
        size, flag = float(steps.quantity[k]), flags[steps.order[k]]
        columns.append(program.column(cost, 0, size, [steps.cell[k]], float(steps.sign[k])))
        program.row([(columns[-1], 1), (flag, -size)], 0)
        for e in np.flatnonzero(raw.inputs.step == k).tolist():
            cell, taken = int(raw.inputs.cell[e]), raw.inputs.share[e] * steps.hours[k]
            program.equal.append((cell, columns[-1], -float(taken / raw.book.cells.hours[cell])))
        stop = None
        if raw.is_stop_step[k]:
            stop = program.column(cost, 0, size, [steps.cell[k]], float(steps.sign[k]))
            program.row([(stop, 1), (flag, size)], size)
        stops.append(stop)
    for o, cell, least in zip(book.minimum_order.tolist(), book.minimum_cell.tolist(), raw.minimum, strict=True):
        here = [(columns[k], -1) for k in np.flatnonzero((steps.order == o) & (steps.cell == cell))]
        program.row([*here, (flags[o], float(least))], 0)
    for o in range(book.count):
        grid = raw.book.cells.grids[book.grid[o]]
        first = int(raw.book.cells.first[book.grid[o]])
        for kind, ticks in ((1, int(book.gradient_up[o])), (-1, int(book.gradient_down[o]))):
            for t in range(grid.cell_count - 1 if ticks >= 0 else 0):
                later = [(columns[k], kind) for k in np.flatnonzero((steps.order == o) & (steps.cell == first + t + 1))]
                now = [(columns[k], -kind) for k in np.flatnonzero((steps.order == o) & (steps.cell == first + t))]
                row = program.row([*later, *now, (flags[o], -grid.quantity_tick.value(ticks))], 0)
                gradients.append((kind, o, t, row))
    return flags, columns, stops, gradients


def _blocks(raw, program):
    book = raw.book
    ratios = []
    legs = raw.blocks
    for o in range(book.blocks.count):
        mine = np.flatnonzero(legs.order == o)
        index = program.column(float(np.sum((legs.sign * legs.price * legs.quantity * legs.hours)[mine])), 0, 1)
        program.equal += [(int(legs.cell[i]), index, float(legs.sign[i] * legs.quantity[i])) for i in mine]
        ratios.append(index)
    pairs = zip(book.blocks.link_child.tolist(), book.blocks.link_parent.tolist(), strict=True)
    links = [program.row([(ratios[c], 1), (ratios[p], -1)], 0) for c, p in pairs]
    groups = [
        program.row([(ratios[o], 1) for o in np.flatnonzero(book.blocks.group == g)], 1)
        for g in range(len(book.blocks.group_name))
    ]
    return ratios, links, groups


def _pieces(raw, program):
    book = raw.book
    curves = raw.curves
    pieces = []
    for k in range(book.curves.step_count):
        cells = range(curves.cell[k], curves.cell[k] + curves.cells[k])
        count = (
            1
            if curves.price_start[k] == curves.price_end[k]
            else round(curves.quantity[k] / raw.quantity_tick[curves.cell[k]])
        )
        for n in range(count):
            share = (n + 0.5) / count
            price = curves.price_start[k] + (curves.price_end[k] - curves.price_start[k]) * share
            sign, size = curves.sign[k], curves.quantity[k] / count
            pieces.append((k, program.column(sign * price * curves.hours[k], 0, size, cells, sign)))
    return pieces


def _domains(raw, program):
    domains, cells = raw.book.domains, raw.book.cells.count
    columns = []
    for x in range(len(domains.exchange_cell)):
        columns.append(program.column(0, -np.inf, np.inf, [domains.exchange_cell[x]], -float(raw.exchange_share[x])))
        program.equal.append((cells + int(domains.exchange_period[x]), columns[-1], 1.0))
    rows = []
    for k in range(len(domains.ram)):
        mine = np.flatnonzero(domains.entry_row == k).tolist()
        entries = [(columns[domains.entry_exchange[e]], float(domains.ptdf[e])) for e in mine]
        rows.append(program.row(entries, float(domains.ram[k])))
    return columns, rows


def _border(raw, program, q):
    borders, cells = raw.book.borders, raw.book.cells
    cell = int(borders.period_cell[q])
    hours = cells.hours[cell]
    if borders.is_fixed[borders.period_border[q]]:
        wanted = borders.exchange[q]
        price = cells.price_max[cell] if wanted > 0 else cells.price_min[cell]
        low, high = min(wanted, 0), max(wanted, 0)
    else:
        price, low, high = borders.price[q], -borders.capacity_import[q], borders.capacity_export[q]
    return program.column(-price * hours, low, high, [cell], -1.0)
