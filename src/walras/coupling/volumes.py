"""From prices and a selection back to every order of the book, before rounding.

Axes: c cells, s spans, j order columns, k curve steps, q border periods, x domain exchanges.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.book.inputs import conversion_inputs
from walras.book.stores import stores_of
from walras.coupling.area_problem import Shares, Tied
from walras.coupling.at_price import BordersAtPrice, StepsAtPrice, borders_at_price, steps_at_price
from walras.coupling.intervals import EDGE_MW
from walras.coupling.market import BLOCK, FLEXIBLE, SCALABLE, STORAGE, LinePeriods, Market
from walras.coupling.model.build import span_energy
from walras.coupling.runs import summed
from walras.coupling.search.dive import INTEGRAL
from walras.coupling.ties import open_domains, open_exchanges, share
from walras.results.results import Volumes


@dataclass(frozen=True)
class Decided:
    """What the parts decided, put together on the whole market.

    Attributes:
        price: Of each cell; shape (c,).
        uncut: The same before it was cut at a limit, elsewhere equal: only these support the
            volumes, so volumes are taken at these; shape (c,).
        ratio: Of each order column; shape (j,).
        step: MW of each scalable step; shape (y,).
        exchange: Of each line period; shape (p,).
        rejected_steps: Coarse curve steps of the book rejected at a price limit.
        domain: Exchange of each zone with its flow-based domain; shape (x,).
    """

    price: FloatArray
    uncut: FloatArray
    ratio: FloatArray
    step: FloatArray
    exchange: FloatArray
    rejected_steps: IntArray
    domain: FloatArray = field(default_factory=lambda: np.zeros(0))


def decided_volumes(book: Book, market: Market, decided: Decided) -> Volumes:
    """Return the volumes of all orders, lines and borders before rounding."""
    steps = steps_at_price(book, market, decided.uncut, decided.rejected_steps)
    borders = borders_at_price(book, decided.uncut)
    ratio = snapped_ratios(market, decided.ratio)
    tied = _tied(book, market, decided, ratio, steps, borders)
    shares = share(market, tied)
    side_share = np.where(steps.is_supply, shares.supply[steps.span], shares.demand[steps.span])
    curve = np.where(steps.is_tied, steps.offered * side_share, steps.sure)
    fixed_share = np.where(borders.tied_fixed > 0, shares.demand[tied.border_cell], shares.supply[tied.border_cell])
    border = borders.sure + shares.border + borders.tied_fixed * fixed_share
    volumes = _volumes(book, market, ratio, decided.step, curve, shares, border)
    if not book.lines.has_losses:
        return volumes
    arriving = line_sums(market.lines, shares.exchange * market.lines.received, len(book.lines.period_line))
    return replace(volumes, received=arriving)


def line_sums(lines: LinePeriods, exchange: FloatArray, periods: int) -> FloatArray:
    """Return both directions of each of the book's line periods as one exchange along the line; shape (periods,)."""
    if len(exchange) == periods:
        return exchange
    return summed(lines.of, lines.sign * exchange, periods)


def snapped_ratios(market: Market, ratio: FloatArray) -> FloatArray:
    """Return ratios with the solver's dust at zero, one and the minimum ratio wiped off; shape (j,)."""
    out = ratio.copy()
    for goal in (np.zeros(len(out)), np.ones(len(out)), market.orders.min_ratio):
        near = np.abs(out - goal) <= INTEGRAL
        out[near] = goal[near]
    return out


def _tied(
    book: Book, market: Market, decided: Decided, ratio: FloatArray, steps: StepsAtPrice, borders: BordersAtPrice
) -> Tied:
    """Return fixed injections and tied volumes of every cell and span."""
    spans = len(market.residual.cell)
    sign = np.where(steps.is_supply, 1.0, -1.0)
    injection = span_energy(market, summed(steps.span, sign * steps.sure, spans))
    injection += _order_energy(market, ratio, decided.step)
    cell = book.borders.period_cell
    injection -= summed(cell, borders.sure * market.hours[cell], market.cells)
    supply, demand = (
        summed(steps.span[which], steps.offered[which], spans)
        for which in (steps.is_tied & steps.is_supply, steps.is_tied & ~steps.is_supply)
    )
    supply += summed(cell, np.maximum(-borders.tied_fixed, 0.0), spans)
    demand += summed(cell, np.maximum(borders.tied_fixed, 0.0), spans)
    lines = market.lines
    nearest = np.where(decided.exchange > (lines.lower + lines.upper) / 2, lines.upper, lines.lower)
    # A line over several MTUs may stay inside its capacity beside a price at its limit (rules, 4).
    nearest = np.where(np.abs(nearest - decided.exchange) <= EDGE_MW, nearest, decided.exchange)
    is_open = open_exchanges(lines, market.hours, decided.uncut, decided.exchange)
    domains = market.domains
    is_domain_open = open_domains(domains, decided.uncut)
    kept = ~is_domain_open
    injection -= summed(domains.cell[kept], domains.hours[kept] * decided.domain[kept], market.cells)
    return Tied(
        injection=injection,
        supply=supply,
        demand=demand,
        border_cell=cell,
        border_export=borders.tied_export,
        border_import=borders.tied_import,
        exchange=np.where(is_open, decided.exchange, nearest),
        is_open=is_open,
        domain=decided.domain,
        is_domain_open=is_domain_open,
    )


def _order_energy(market: Market, ratio: FloatArray, step: FloatArray) -> FloatArray:
    """Return the injection of all indivisible orders in each cell; MWh, shape (c,)."""
    orders, steps = market.orders, market.steps
    energy = summed(orders.entry_cell, orders.entry_energy * ratio[orders.entry_column], market.cells)
    which, cell, injected = steps.entries(market.hours)
    energy += summed(cell, injected * step[which], market.cells)
    return np.asarray(energy)


def _volumes(
    book: Book,
    market: Market,
    ratio: FloatArray,
    step: FloatArray,
    curve: FloatArray,
    shares: Shares,
    border: FloatArray,
) -> Volumes:
    orders, blocks = market.orders, book.blocks
    plants, stores = len(book.scalables.step_order), stores_of(book.cells, book.storages).count
    scalable, charge, discharge, _ = np.split(step, plants + stores * np.arange(3))
    block_ratio = ratio[orders.kind == BLOCK]
    quantity = book.cells.quantities(blocks.leg_quantity, blocks.grid[blocks.leg_order])
    start: IntArray = np.full(book.flexibles.count, -1)
    chosen = (orders.kind == FLEXIBLE) & (ratio > 0.5)
    start[orders.order[chosen]] = orders.start[chosen]
    return Volumes(
        curve=curve,
        block_ratio=block_ratio,
        block_leg=quantity * block_ratio[blocks.leg_order],
        flexible_start=start,
        scalable_accepted=(ratio[orders.kind == SCALABLE] > 0.5).astype(np.int64),
        scalable=scalable,
        exchange=line_sums(market.lines, shares.exchange, len(book.lines.period_line)),
        border=border,
        domain=shares.domain,
        bought=_bought(book, scalable),
        storage_accepted=(ratio[orders.kind == STORAGE] > 0.5).astype(np.int64),
        charge=charge,
        discharge=discharge,
    )


def _bought(book: Book, step: FloatArray) -> FloatArray:
    """Return what conversions buy in each cell of their input for the power of their steps; MW, shape (b,)."""
    inputs, hours = conversion_inputs(book.cells, book.scalables), book.cells.hours
    energy = inputs.share * (step * hours[book.scalables.step_cell])[inputs.step]
    return summed(inputs.purchase, energy, inputs.count) / hours[inputs.bought_cell]
