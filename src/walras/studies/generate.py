"""A synthetic market of any size: plausible, deterministic, valid by the rules of the market folder.

Axes: z zones, t MTUs of the day, c = z * T + t cells, k curve steps. Zones lie in a
square; lines join them to a tree of nearest neighbours and on to a mesh of about two
lines a zone. Each zone has a load, a price level and members with curves; a share of the
curves is interpolated. The steps of one cell are drawn from a price distribution whose
quantiles are known (`price_quantile`), so that the price which a zone would have alone can be
written down without clearing anything; blocks are priced around it. The first zones may
form a flow-based domain instead of trading over lines (`generate_domain`). Blocks are regular,
curtailable, in linked families or in exclusive groups; a few flexible and scalable
complex orders join them. Supply always covers the load that buys at any price.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from walras.book.book import Book
from walras.book.cells import Cells, FloatArray, Grid, Tick, Zone
from walras.book.flow_based import Domains
from walras.book.profile import load_profile
from walras.errors import BadInput, Mistake
from walras.studies.generate_blocks import draw_blocks, draw_flexibles, draw_scalables
from walras.studies.generate_curves import draw_curves, price_quantile
from walras.studies.generate_domain import draw_domain
from walras.studies.generate_network import draw_borders, draw_lines, outside_domain

DAY = date(2026, 1, 14)
TIME_ZONE = "Europe/Brussels"
PRICE_TICK, QUANTITY_TICK = Tick(1, 100), Tick(1, 10)
PRICE_MIN, PRICE_MAX = -50_000, 400_000
COUNTRIES = ("AT", "BE", "BG", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT")
MTU_MINUTES = {24: 60, 48: 30, 96: 15, 60: 60, 30: 30, 15: 15}


def generate(zones: int, mtu: int, steps: int, blocks: int, seed: int, domain_zones: int = 0) -> Book:
    """Return a synthetic market.

    Args:
        zones: Number of bidding zones.
        mtu: MTUs a day (24, 48, 96), or equally their minutes (60, 30, 15).
        steps: Curve steps in all; at least two for each zone and MTU.
        blocks: Block orders; one flexible and one scalable order joins every 100 of them.
        seed: The same seed gives the same market.
        domain_zones: How many zones form a flow-based domain; orders are the same with and without it.

    Raises:
        BadInput: A number that no market can have.

    Example:
        >>> book = generate(zones=2, mtu=24, steps=500, blocks=4, seed=1)
        >>> book.cells.count, book.curves.step_count, book.blocks.count
        (48, 500, 4)
    """
    _check(zones, mtu, steps, blocks, seed, domain_zones)
    rng = np.random.default_rng(seed)
    cells = _cells(zones, MTU_MINUTES[mtu], rng)
    periods = cells.count // zones
    load, supply = _load(rng, zones, periods)
    level = np.exp(rng.normal(0.0, 0.2, zones))
    alone = price_quantile(load / supply) * level[:, None]
    # neighbours trade, so what a block can hope for lies between its own zone and everybody
    reference = 0.5 * alone + 0.5 * alone.mean(axis=0)
    lines = draw_lines(cells, load, rng)
    borders = draw_borders(cells, load, reference, rng)
    domains = Domains.none()
    if domain_zones:
        lines = outside_domain(lines, domain_zones)
        domains = draw_domain(cells, load, domain_zones, np.random.default_rng([seed, domain_zones]))
    core = f", {domain_zones} in a flow-based domain" if domain_zones else ""
    curves = draw_curves(cells, load, supply, level=level, steps=steps, rng=rng)
    return Book(
        f"Synthetic market {zones} x {periods}{core}, seed {seed}",
        "EUR",
        TIME_ZONE,
        DAY,
        load_profile("european", DAY),
        cells,
        lines,
        borders,
        curves,
        draw_blocks(cells, load, reference, blocks, rng),
        draw_flexibles(cells, load, reference, (blocks + 99) // 100, rng),
        draw_scalables(cells, load, reference, (blocks + 99) // 100, rng),
        domains,
    )


def _check(zones: int, mtu: int, steps: int, blocks: int, seed: int, domain_zones: int) -> None:
    mistakes = []
    if not 1 <= zones <= 9_999:
        mistakes.append(Mistake(f"{zones} zones", "zones", "size", "Ask for 1 to 9999 zones."))
    if mtu not in MTU_MINUTES:
        fix = "Use 24, 48 or 96 MTUs a day (or 60, 30, 15 minutes)."
        mistakes.append(Mistake(f"no day has MTUs of {mtu}", "mtu", "size", fix))
    elif steps < (least := 2 * max(zones, 1) * (1440 // MTU_MINUTES[mtu])):
        mistakes.append(Mistake(f"{steps} steps", "steps", "size", f"Ask for {least} steps or more, two a cell."))
    if blocks < 0:
        mistakes.append(Mistake(f"{blocks} blocks", "blocks", "size", "Ask for 0 blocks or more."))
    if seed < 0:
        mistakes.append(Mistake(f"seed {seed}", "seed", "size", "Use a seed from 0."))
    if domain_zones and not 2 <= domain_zones <= zones:
        fix = f"Ask for 2 to {zones} zones, or 0 for no domain."
        mistakes.append(Mistake(f"{domain_zones} zones in a domain", "domain_zones", "size", fix))
    if mistakes:
        raise BadInput(mistakes)


def _cells(zones: int, minutes: int, rng: np.random.Generator) -> Cells:
    width = max(2, len(str(zones)))
    place = np.round(np.column_stack([rng.uniform(40, 58, zones), rng.uniform(-5, 25, zones)]), 2)
    begin = int(datetime(DAY.year, DAY.month, DAY.day, tzinfo=ZoneInfo(TIME_ZONE)).astimezone(UTC).timestamp()) // 60
    end = begin + int(timedelta(days=1).total_seconds()) // 60
    return Cells(
        tuple(
            Zone(f"Z{z + 1:0{width}d}", None, COUNTRIES[z % len(COUNTRIES)], float(place[z, 0]), float(place[z, 1]))
            for z in range(zones)
        ),
        tuple(
            Grid(z, "electricity", minutes, begin, end, PRICE_MIN, PRICE_MAX, PRICE_TICK, QUANTITY_TICK)
            for z in range(zones)
        ),
    )


def _load(rng: np.random.Generator, zones: int, periods: int) -> tuple[FloatArray, FloatArray]:
    """Return load and offered supply of each zone and MTU in MW; both (z, t)."""
    hour = (np.arange(periods) + 0.5) * 24 / periods
    peaks = 0.18 * np.exp(-(((hour - 9) / 2.5) ** 2)) + 0.25 * np.exp(-(((hour - 19) / 2.5) ** 2))
    shape = 1 + peaks - 0.15 * np.exp(-(((hour - 3) / 3) ** 2))
    size = np.exp(rng.normal(8.3, 0.8, zones))[:, None]
    load = size * shape * rng.uniform(0.97, 1.03, (zones, periods))
    sun = np.clip(np.sin((hour - 7) / 11 * np.pi), 0, None) * ((hour > 7) & (hour < 18))
    firm = rng.uniform(1.3, 1.9, zones)[:, None]
    supply = size * (firm + rng.uniform(0, 0.6, zones)[:, None] * sun) * rng.uniform(0.97, 1.03, (zones, periods))
    return load, supply
