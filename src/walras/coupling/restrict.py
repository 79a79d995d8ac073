"""Smaller markets out of a market: some of its cells, some of its order columns.

Axes as in `market`: what stays is renumbered, and keeps its index in the book.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from walras.book.cells import BoolArray, IntArray
from walras.coupling.market import FlowBased, LinePeriods, Market
from walras.coupling.residual import CoarseSteps, Residual
from walras.coupling.runs import spread


def restricted(market: Market, inside: BoolArray) -> Market:
    """Return the part of a market whose cells are inside; lines and domain periods that cross the cut fall away.

    Orders that have a cell outside fall away, too.
    """
    local = np.cumsum(inside) - 1
    lines = market.lines
    line = _whole_runs(inside, lines.from_cell, lines.from_cells) & _whole_runs(inside, lines.to_cell, lines.to_cells)
    span = inside[market.residual.cell]
    market = with_columns(market, columns_inside(market, inside))
    orders, steps = market.orders, market.steps
    coarse = _restricted_coarse(market.coarse, span)
    domains = _restricted_domains(market.domains, inside, local)
    line_cells = np.maximum(lines.from_cells[line], lines.to_cells[line])
    joined = (line_cells > 1).any() or len(coarse.step) or orders.count or len(domains.ram)
    return replace(
        market,
        cell=market.cell[inside],
        span=market.span[span],
        zone=market.zone[inside],
        position=market.position[inside],
        hours=market.hours[inside],
        price_min=market.price_min[inside],
        price_max=market.price_max[inside],
        residual=_restricted_residual(market.residual, span, local),
        coarse=coarse,
        has_slack=bool(joined),
        lines=LinePeriods(
            lines.period[line],
            local[lines.from_cell[line]],
            lines.from_cells[line],
            local[lines.to_cell[line]],
            lines.to_cells[line],
            lines.lower[line],
            lines.upper[line],
            lines.capacity[line],
            lines.of[line],
            lines.sign[line],
            lines.received[line],
            lines.tariff[line],
        ),
        domains=domains,
        orders=replace(orders, entry_cell=local[orders.entry_cell]),
        steps=replace(
            steps,
            cell=local[steps.cell],
            min_cell=local[steps.min_cell],
            ramp_cell=local[steps.ramp_cell],
            input_cell=local[steps.input_cell],
        ),
    )


def _whole_runs(inside: BoolArray, cell: IntArray, cells: IntArray) -> BoolArray:
    """Return which runs of cells lie inside with all their cells; a closed line of several MTUs may not."""
    before = np.concatenate([[0], np.cumsum(inside)])
    out: BoolArray = before[cell + cells] - before[cell] == cells
    return out


def columns_inside(market: Market, inside: BoolArray) -> BoolArray:
    """Return which order columns have all their energy in the cells inside; shape (j,)."""
    orders, steps = market.orders, market.steps
    out = np.zeros(orders.count, dtype=bool)
    out[orders.entry_column[inside[orders.entry_cell]]] = True
    out[steps.column[inside[steps.cell]]] = True
    out[orders.entry_column[~inside[orders.entry_cell]]] = False
    out[steps.column[~inside[steps.cell]]] = False
    out[steps.column[steps.input_step[~inside[steps.input_cell]]]] = False
    return out


def with_columns(market: Market, keep: BoolArray) -> Market:
    """Return the market with only some order columns; links and groups must not cross the cut."""
    orders, steps = market.orders, market.steps
    column = np.cumsum(keep) - 1
    entry, link, member = keep[orders.entry_column], keep[orders.link_child], keep[orders.member_column]
    group_kept = np.zeros(len(orders.group), dtype=bool)
    group_kept[orders.member_group[member]] = True
    group = np.cumsum(group_kept) - 1
    step, low, ramp = keep[steps.column], keep[steps.min_column], keep[steps.ramp_column]
    input_step, input_cell, input_share = steps.chosen(np.flatnonzero(step))
    stores = steps.stores.chosen(np.flatnonzero(step), len(step))
    return replace(
        market,
        column=market.column[keep],
        orders=replace(
            orders,
            kind=orders.kind[keep],
            order=orders.order[keep],
            start=orders.start[keep],
            cost=orders.cost[keep],
            min_ratio=orders.min_ratio[keep],
            is_always=orders.is_always[keep],
            entry_column=column[orders.entry_column[entry]],
            entry_cell=orders.entry_cell[entry],
            entry_energy=orders.entry_energy[entry],
            link_child=column[orders.link_child[link]],
            link_parent=column[orders.link_parent[link]],
            link=orders.link[link],
            member_group=group[orders.member_group[member]],
            member_column=column[orders.member_column[member]],
            group=orders.group[group_kept],
        ),
        steps=replace(
            steps,
            step=steps.step[step],
            column=column[steps.column[step]],
            cell=steps.cell[step],
            side=steps.side[step],
            power=steps.power[step],
            price=steps.price[step],
            is_stop=steps.is_stop[step],
            min_column=column[steps.min_column[low]],
            min_cell=steps.min_cell[low],
            min_power=steps.min_power[low],
            ramp_column=column[steps.ramp_column[ramp]],
            ramp_cell=steps.ramp_cell[ramp],
            ramp_up=steps.ramp_up[ramp],
            ramp_down=steps.ramp_down[ramp],
            input_step=input_step,
            input_cell=input_cell,
            input_share=input_share,
            stores=replace(stores, column=column[stores.column]),
        ),
    )


def _restricted_domains(domains: FlowBased, inside: BoolArray, local: IntArray) -> FlowBased:
    keep = inside[domains.cell]
    period_kept = np.zeros(domains.periods, dtype=bool)
    period_kept[domains.period[keep]] = True
    period_kept[domains.period[~keep]] = False
    keep = keep & period_kept[domains.period]
    row = period_kept[domains.row_period]
    entry = row[domains.entry_row]
    period, exchange, number = (np.cumsum(which) - 1 for which in (period_kept, keep, row))
    return FlowBased(
        exchange=domains.exchange[keep],
        cell=local[domains.cell[keep]],
        period=period[domains.period[keep]],
        hours=domains.hours[keep],
        periods=int(period_kept.sum()),
        row=domains.row[row],
        row_period=period[domains.row_period[row]],
        ram=domains.ram[row],
        entry_row=number[domains.entry_row[entry]],
        entry_exchange=exchange[domains.entry_exchange[entry]],
        ptdf=domains.ptdf[entry],
    )


def _restricted_residual(residual: Residual, span: BoolArray, local: IntArray) -> Residual:
    count = np.diff(residual.ptr)[span]
    _, atom = spread(residual.ptr[:-1][span], count)
    return Residual(
        local[residual.cell[span]],
        residual.cells[span],
        residual.base[span],
        np.concatenate([[0], np.cumsum(count)]),
        residual.low[atom],
        residual.high[atom],
        residual.quantity[atom],
    )


def _restricted_coarse(coarse: CoarseSteps, span: BoolArray) -> CoarseSteps:
    kept = coarse.chosen(span[coarse.span])
    return replace(kept, span=(np.cumsum(span) - 1)[kept.span])
