"""Proofs by cases for tests: trees drawn at random, and what their leaves are worth by plain loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from walras.book.stores import stores_of
from walras.results.audit.inputs import gradient_shape
from walras.results.raw import Raw
from walras.results.results import Certificate
from walras.results.tree import BLOCK, FLEXIBLE, SCALABLE, STORAGE, Tree

INTS, FLOATS = np.zeros(0, dtype=np.int64), np.zeros(0)


def tree(cluster, nodes, prices=(), rents=(), witness=()):
    """Tree of nodes (cluster, parent, kind, order, start, accepted), prices (node, cell, price), and so on."""

    def columns(rows, count):
        return [np.array(c) for c in zip(*rows, strict=True)] if len(rows) else [INTS] * (count - 1) + [FLOATS]

    node = columns(nodes, 6) if len(nodes) else [INTS] * 6
    posted, rent, volume = columns(prices, 3), columns(rents, 4), columns(witness, 4)
    return Tree(
        np.array(cluster),
        *(c.astype(np.int64) for c in node),
        *(c.astype(np.int64) for c in posted[:2]),
        posted[2].astype(float),
        *(c.astype(np.int64) for c in rent[:3]),
        rent[3].astype(float),
        *(c.astype(np.int64) for c in volume[:3]),
        volume[3].astype(float),
    )


def root(cluster=0):
    return (cluster, -1, -1, -1, -1, 0)


def plain(book, price, **rents):
    """A certificate of prices; rents are zero unless given."""
    up, down = np.zeros(gradient_shape(book)), np.zeros(gradient_shape(book))
    none = Certificate(
        price, np.zeros(len(book.blocks.link_child)), np.zeros(len(book.blocks.group_name)), up, down,
        np.zeros(len(book.domains.ram)), store_value=np.zeros(stores_of(book.cells, book.storages).count),
    )  # fmt: skip
    return replace(none, **rents)


def decisions(book):
    """Every (kind, order, start) that a node can decide."""
    out = [(BLOCK, o, -1) for o in range(book.blocks.count)]
    f = book.flexibles
    out += [(FLEXIBLE, o, int(f.first_cell[o]) + i) for o in range(f.count) for i in range(int(f.choices[o]))]
    out += [(SCALABLE, o, -1) for o in range(book.scalables.count)]
    return out + [(STORAGE, o, -1) for o in range(book.storages.count)]


def joined(book, cluster):
    """Clusters in which the zones of every conversion are together, numbered from 0."""
    cluster, scalables = list(cluster), book.scalables
    for order, source in zip(scalables.conversions.order, scalables.conversions.grid, strict=True):
        mine, other = cluster[int(scalables.grid[order])], cluster[int(source)]
        cluster = [mine if c == other else c for c in cluster]
    return [sorted(set(cluster)).index(c) for c in cluster]


def random_tree(book, chance, cluster, price, splits=4, most_off=30.0):
    """A tree a cluster with a few splits; leaves post drawn prices near the given ones, and drawn rents."""
    nodes, leaves = [], []
    for number in sorted(set(cluster)):
        nodes.append(root(number))
        mine = [d for d in decisions(book) if cluster[_grid(book, d)] == number]
        ways = {len(nodes) - 1: []}
        for _ in range(splits):
            node = chance.choice(sorted(ways))
            left = [d for d in mine if d not in ways[node]]
            if not left:
                continue
            chosen = chance.choice(left)
            for accepted in (0, 1):
                nodes.append((number, node, *chosen, accepted))
                ways[len(nodes) - 1] = [*ways[node], chosen]
            del ways[node]
        leaves += [(node, number) for node in ways]
    prices, rents = [], []
    for node, number in leaves:
        prices += [
            (node, c, price[c] + chance.uniform(-most_off, most_off))
            for c in range(book.cells.count)
            if cluster[int(book.cells.grid[c])] == number and chance.random() < 0.7
        ]
        rents += [
            (node, kind, index, chance.uniform(0, most))
            for kind, index, most in _rows(book, cluster, number)
            if chance.random() < 0.5
        ]
    return tree(cluster, nodes, prices, rents)


def _rows(book, cluster, number):
    """Rows of one cluster: kind, index, and a plausible greatest rent."""
    blocks, scalables, count = book.blocks, book.scalables, gradient_shape(book)[1]
    pairs = enumerate(zip(blocks.link_child, blocks.link_parent, strict=True))
    families = [(0, i, {int(child), int(parent)}) for i, (child, parent) in pairs]
    families += [(1, g, set(np.flatnonzero(blocks.group == g).tolist())) for g in range(len(blocks.group_name))]
    out = [(kind, i, 300) for kind, i, of in families if {cluster[int(blocks.grid[b])] for b in of} == {number}]
    for o in range(scalables.count):
        horizon = book.cells.grids[int(scalables.grid[o])].cell_count
        for kind, ticks in ((2, scalables.gradient_up[o]), (3, scalables.gradient_down[o])):
            if ticks >= 0 and cluster[int(scalables.grid[o])] == number:
                out += [(kind, o * count + t, 5) for t in range(horizon - 1)]
    stores = stores_of(book.cells, book.storages)
    return out + [(5, w, 40) for w, o in enumerate(stores.order) if cluster[int(book.storages.grid[o])] == number]


def _grid(book, decision):
    kind, order, _ = decision
    return int((book.blocks, book.flexibles, book.scalables, book.storages)[kind].grid[order])


def worth_by_loops(book, certificate, node):
    """The worth of one leaf, curves at its own prices included, order by order (eq. 8.11); no domains."""
    t, raw = certificate.tree, Raw(book)
    number = t.node_cluster[node]
    price, outer = certificate.price.copy(), certificate.price
    link, group = certificate.link_rent.copy(), certificate.group_rent.copy()
    up, down = certificate.gradient_up_rent.copy(), certificate.gradient_down_rent.copy()
    mine = t.price_node == node
    price[t.price_cell[mine]] = t.price[mine]
    value = certificate.store_value.copy()
    for column, kind in ((link, 0), (group, 1), (up.reshape(-1), 2), (down.reshape(-1), 3), (value, 5)):
        of = (t.rent_node == node) & (t.rent_kind == kind)
        column[t.rent_index[of]] = t.rent[of]
    decided = {}
    while t.node_parent[node] >= 0:
        decided[int(t.node_kind[node]), int(t.node_order[node]), int(t.node_start[node])] = int(t.node_accepted[node])
        node = t.node_parent[node]
    inside = lambda g: t.cluster[int(g)] == number  # noqa: E731
    total = _curves(raw, price, inside)
    blocks = book.blocks
    for o in range(blocks.count):
        if inside(blocks.grid[o]):
            legs = np.flatnonzero(raw.blocks.order == o)
            gain = sum(
                raw.blocks.sign[i] * (price[raw.blocks.cell[i]] - raw.blocks.price[i]) * raw.blocks.quantity[i]
                * raw.blocks.hours[i] for i in legs
            )  # fmt: skip
            gain += sum(link[i] for i in np.flatnonzero(blocks.link_parent == o))
            gain -= sum(link[i] for i in np.flatnonzero(blocks.link_child == o))
            gain -= group[blocks.group[o]] if blocks.group[o] >= 0 else 0
            options = {None: [0, gain], 0: [0], 1: [gain, blocks.min_acceptance_ratio[o] * gain]}
            total += max(options[decided.get((BLOCK, o, -1))])
    for g in range(len(group)):
        if all(inside(blocks.grid[b]) for b in np.flatnonzero(blocks.group == g)):
            total += group[g]
    total += _flexibles(book, price, inside, decided) + _scalables(raw, price, inside, decided, up, down)
    total += _storages(book, price, inside, decided, value)
    return total + _network(book, price, outer, inside)


def _curves(raw, price, inside):
    total, curves = 0.0, raw.curves
    for k in range(len(curves.cell)):
        if inside(curves.grid[k]):
            mean = price[curves.cell[k] : curves.cell[k] + curves.cells[k]].mean()
            gains = [curves.sign[k] * (mean - p) for p in (curves.price_start[k], curves.price_end[k])]
            if gains[0] == gains[1] or gains[1] >= 0:
                best = max(0, (gains[0] + gains[1]) / 2)
            else:
                best = 0 if gains[0] <= 0 else gains[0] ** 2 / (gains[0] - gains[1]) / 2
            total += best * curves.quantity[k] * curves.hours[k]
    return total


def _flexibles(book, price, inside, decided):
    total, f, cells = 0.0, book.flexibles, book.cells
    for o in range(f.count):
        if inside(f.grid[o]):
            own = cells.grids[int(f.grid[o])]
            p, q = own.price_tick.value(int(f.price[o])), own.quantity_tick.value(int(f.quantity[o]))
            gains, forced = [0.0], []
            for i in range(int(f.choices[o])):
                s = int(f.first_cell[o]) + i
                gain = sum(f.side[o] * q * (price[c] - p) * cells.hours[c] for c in range(s, s + int(f.cells[o])))
                state = decided.get((FLEXIBLE, o, s))
                if state == 1:
                    forced.append(gain)
                elif state is None:
                    gains.append(gain)
            total += max(forced or gains) if len(forced) < 2 else -np.inf
    return total


def _scalables(raw, price, inside, decided, up, down):
    book, steps, total = raw.book.scalables, raw.scalables, 0.0
    for o in range(book.count):
        if not inside(book.grid[o]):
            continue
        grid = raw.book.cells.grids[int(book.grid[o])]
        first = int(raw.book.cells.first[book.grid[o]])
        net = np.concatenate([[0.0], (up - down)[o], [0.0]])
        filled, stopped = -book.fixed_term[o], 0.0
        for ticks, rent in ((book.gradient_up[o], up[o]), (book.gradient_down[o], down[o])):
            filled += grid.quantity_tick.value(max(0, int(ticks))) * rent.sum()
        for t in range(grid.cell_count):
            here = np.flatnonzero((steps.order == o) & (steps.cell == first + t))
            gradient = net[t + 1] - net[t]
            least = sum(raw.minimum[(book.minimum_order == o) & (book.minimum_cell == first + t)])
            for k in sorted(here, key=lambda k: steps.sign[k] * steps.price[k]):
                bought = raw.inputs.step == k
                seen = price[first + t] - (raw.inputs.share[bought] * price[raw.inputs.cell[bought]]).sum()
                own = steps.sign[k] * (seen - steps.price[k]) * steps.hours[k]
                q = steps.quantity[k]
                filled += (own + gradient) * (q if own + gradient > 0 else min(q, max(0, least)))
                least -= q
                stopped += max(0, own) * q if raw.is_stop_step[k] else 0
        options = {None: [filled, stopped], 0: [stopped], 1: [filled]}
        total += max(options[decided.get((SCALABLE, o, -1))])
    return total


def _storages(book, price, inside, decided, value):
    total, s, cells = 0.0, book.storages, book.cells
    stores = stores_of(cells, s)
    for o in range(s.count):
        if not inside(s.grid[o]):
            continue
        tick, spread_tick = cells.grids[int(s.grid[o])].quantity_tick, cells.grids[int(s.grid[o])].price_tick
        mine = np.flatnonzero(stores.order == o).tolist()
        keep = [(1 - s.hourly_loss[o]) ** cells.hours[stores.cell[w]] for w in mine]
        gain = s.start[o] * keep[0] * value[mine[0]] - s.end[o] * value[mine[-1]] - s.fixed_term[o]
        for t, w in enumerate(mine):
            h, p = cells.hours[stores.cell[w]], price[stores.cell[w]]
            own = p - spread_tick.value(int(s.spread[o])) - value[w] / s.discharge_efficiency[o]
            gain += tick.value(int(s.charge[o])) * h * max(0, s.charge_efficiency[o] * value[w] - p)
            gain += tick.value(int(s.discharge[o])) * h * max(0, own)
            last = w == mine[-1]
            after = 0 if last else keep[t + 1] * value[w + 1]
            gain += (s.capacity[o] - (s.end[o] if last else 0)) * max(0, after - value[w])
        total += max({None: [0, gain], 0: [0], 1: [gain]}[decided.get((STORAGE, o, -1))])
    return total


def _network(book, price, outer, inside):
    total, lines, hours = 0.0, book.lines, book.cells.hours
    for p in range(len(lines.period_line)):
        line = lines.period_line[p]
        ends = [inside(lines.from_grid[line]), inside(lines.to_grid[line])]
        if any(ends):
            weight = 1 if all(ends) else 2
            worth = []
            for is_in, first, count in zip(
                ends, (lines.from_cell[p], lines.to_cell[p]), (lines.from_cells[p], lines.to_cells[p]), strict=True
            ):
                run = slice(first, first + count)
                seen = outer[run] + weight * (price[run] - outer[run]) if is_in else outer[run]
                worth.append(float(np.sum(seen * hours[run])))
            lost = [column[line] if len(column) else 0.0 for column in (lines.loss_forward, lines.loss_backward)]
            tariff = (lines.tariff[line] if len(lines.tariff) else 0.0) * lines.minutes[line] / 60
            there = (1 - lost[0]) * worth[1] - worth[0] - tariff
            back = (1 - lost[1]) * worth[0] - worth[1] - tariff
            total += max(0, lines.capacity_forward[p] * there, lines.capacity_backward[p] * back) / weight
    borders, cells = book.borders, book.cells
    for q, c in enumerate(borders.period_cell):
        if inside(cells.grid[c]):
            if borders.is_fixed[borders.period_border[q]]:
                e = borders.exchange[q]
                limit = cells.price_max[c] if e > 0 else cells.price_min[c]
                total += max(0, (limit - price[c]) * e) * hours[c]
            else:
                outside = np.clip(borders.price[q], cells.price_min[c], cells.price_max[c])
                gain = (outside - price[c]) * hours[c]
                total += max(0, gain) * (0 if borders.price[q] < cells.price_min[c] else borders.capacity_export[q])
                total += max(0, -gain) * (0 if borders.price[q] > cells.price_max[c] else borders.capacity_import[q])
    return total
