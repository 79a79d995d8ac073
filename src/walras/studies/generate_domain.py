"""The flow-based core of a synthetic market: critical branches of a direct-current network.

Each zone of the domain has a few nodes in a ring, cross-border branches join nodes of near
zones. From the reactances follow nodal power transfer distribution factors, and from them,
with line outage factors, the loads after the loss of one other branch (N-1). A zone's PTDF
is that of its nodes by their share of its generation, which moves over the day, so PTDFs
differ from MTU to MTU. Every cross-border branch is watched in both directions, without an
outage and after the losses that load it most; its margin is what its rating leaves after a
share for flows outside the market.

Axes: z zones of the domain, n nodes, l branches of the network, o watched pairs of branch
and outage, t MTUs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, Cells, FloatArray, IntArray
from walras.book.flow_based import Domains
from walras.studies.generate_network import near_pairs

NODES, OUTAGES, DECIMALS = 3, 2, 5
NAME = "CORE"


@dataclass(frozen=True)
class _Grid:
    """Branches between nodes: ends, admittance, rating in MW, and whether they cross a border; shape (l,)."""

    start: IntArray
    end: IntArray
    admittance: FloatArray
    rating: FloatArray
    crosses: BoolArray


def draw_domain(cells: Cells, load: FloatArray, zones: int, rng: np.random.Generator) -> Domains:
    """Return one domain of the first zones; `load` is (z, t) and sets the size of ratings."""
    periods = load.shape[1]
    place = np.array([(z.latitude, z.longitude) for z in cells.zones[:zones]], dtype=float)
    grid = _network(place, load[:zones].mean(axis=1), rng)
    branch, outage, factor = _watched(grid, zones * NODES)
    share = _shares(zones, periods, rng)
    ptdf = np.einsum("on,nzt->toz", factor, share)
    ptdf = np.round(np.concatenate([ptdf, -ptdf], axis=1), DECIMALS) + 0.0
    margin = grid.rating[branch] * rng.uniform(0.7, 0.95, len(branch))
    ram = np.tile(margin, 2)[None, :] * rng.uniform(0.85, 1.1, (periods, 2 * len(branch)))
    names = _names(cells, grid, branch, outage)
    by = np.argsort(np.array(names), kind="stable")
    return _assembled(cells, tuple(sorted(names)), np.round(ram[:, by]), ptdf[:, by])


def _network(place: FloatArray, size: FloatArray, rng: np.random.Generator) -> _Grid:
    """Return rings of nodes inside zones, and branches between near ones."""
    zones = len(place)
    pairs = near_pairs(place)
    node = np.arange(zones * NODES)
    ring = node // NODES * NODES + (node + 1) % NODES
    ends = pairs * NODES + rng.integers(0, NODES, pairs.shape)
    start, end = np.concatenate([node, ends[:, 0]]), np.concatenate([ring, ends[:, 1]])
    crosses = np.arange(len(start)) >= len(node)
    admittance = np.where(crosses, 1.0, 3.0) * rng.uniform(0.6, 1.6, len(start))
    smaller = np.minimum(size[start // NODES], size[end // NODES])
    return _Grid(start, end, admittance, np.round(smaller * rng.uniform(0.15, 0.45, len(start))), crosses)


def _watched(grid: _Grid, nodes: int) -> tuple[IntArray, IntArray, FloatArray]:
    """Return branch and outage (-1 = none) of every watched pair, and its load by a MW at each node; (o,), (o, n)."""
    count = len(grid.start)
    incidence = np.zeros((count, nodes))
    incidence[np.arange(count), grid.start], incidence[np.arange(count), grid.end] = 1.0, -1.0
    flow = grid.admittance[:, None] * incidence
    factor = flow @ np.linalg.pinv(incidence.T @ flow)
    between = factor @ incidence.T
    own = 1.0 - np.diag(between)
    loss = between / np.where(own > 1e-6, own, np.inf)[None, :]
    np.fill_diagonal(loss, 0.0)
    watched = np.flatnonzero(grid.crosses)
    gravest = np.argsort(-np.abs(loss[watched]), axis=1, kind="stable")[:, :OUTAGES]
    outage = np.column_stack([np.full(len(watched), -1), gravest]).ravel()
    branch = np.repeat(watched, 1 + OUTAGES)
    after = factor[branch] + np.where(outage >= 0, loss[branch, outage], 0.0)[:, None] * factor[outage]
    return branch, outage, after


def _shares(zones: int, periods: int, rng: np.random.Generator) -> FloatArray:
    """Return the share of each node in its zone's generation; shape (n, z, t), nothing outside the zone."""
    day = np.sin(2 * np.pi * (np.arange(periods) / periods + rng.random((zones, NODES, 1))))
    weight = rng.uniform(0.5, 1.5, (zones, NODES, 1)) * (1 + 0.4 * day)
    out = np.zeros((zones, NODES, zones, periods))
    out[np.arange(zones), :, np.arange(zones)] = weight / weight.sum(axis=1, keepdims=True)
    return out.reshape(zones * NODES, zones, periods)


def _names(cells: Cells, grid: _Grid, branch: IntArray, outage: IntArray) -> list[str]:
    """Return names of all pairs forwards, then backwards, such as `Z01>Z02 3 without Z02-Z04 5`."""
    zone = [cells.zones[z].name for z in (np.arange(grid.end.max() + 1) // NODES).tolist()]
    ends = list(zip(grid.start.tolist(), grid.end.tolist(), strict=True))
    out = []
    for turned in (False, True):
        for b, o in zip(branch.tolist(), outage.tolist(), strict=True):
            a, z = ends[b][::-1] if turned else ends[b]
            lost = "" if o < 0 else f" without {zone[ends[o][0]]}-{zone[ends[o][1]]} {o}"
            out.append(f"{zone[a]}>{zone[z]} {b}{lost}")
    return out


def _assembled(cells: Cells, names: tuple[str, ...], ram: FloatArray, ptdf: FloatArray) -> Domains:
    """Return the columns of one domain; `ram` is (t, b), `ptdf` (t, b, z)."""
    periods, branches, zones = ptdf.shape
    first, grid = cells.first[:zones], cells.grids[0]
    period, row = np.arange(periods), np.arange(periods * branches)
    exchange = row[:, None] // branches * zones + np.arange(zones)
    return Domains(
        name=(NAME,), minutes=np.array([grid.mtu_minutes]), member_domain=np.zeros(zones, dtype=np.int64),
        member_grid=np.arange(zones), period_domain=np.zeros(periods, dtype=np.int64),
        period_start=grid.start + period * grid.mtu_minutes, exchange_period=np.repeat(period, zones),
        exchange_cell=(first[None, :] + period[:, None]).ravel(), branch=names,
        branch_domain=np.zeros(branches, dtype=np.int64), row_branch=np.tile(np.arange(branches), periods),
        row_period=np.repeat(period, branches), ram=ram.ravel(), entry_row=np.repeat(row, zones),
        entry_exchange=exchange.ravel(), ptdf=ptdf.ravel(),
    )  # fmt: skip
