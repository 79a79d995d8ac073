"""Write the computed part of docs/accuracy.md: `python docs/make_accuracy.py [FOLDER]`.

FOLDER holds the tidy Italian tables; without it, `italy-2025-04` in `WALRAS_DATA` or in
`../shared/data` beside the project. The command replays days 1 to 15 of April 2025 twice:

    walras replay gme FOLDER --from 2025-04-01 --to 2025-04-15 --out OUT
    walras replay gme FOLDER --from 2025-04-01 --to 2025-04-15 --out OUT --borders exchanges --blocks published

and clears each day once more with the selection of blocks that was published. Only figures
that we computed, counts and names of orders go into the page, no published tables.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import BoolArray
from walras.book.folder import read
from walras.coupling.clear import clear
from walras.formats.gme import Published, published_gme
from walras.orders.blocks import BlockOrders
from walras.results.welfare import welfare_of
from walras.studies.compare import compare_tables
from walras.studies.replay import replay, summary

PAGE = Path(__file__).with_name("accuracy.md")
BEGIN, END = "<!-- computed: begin -->", "<!-- computed: end -->"
FIRST, LAST = date(2025, 4, 1), date(2025, 4, 15)
TRADED = ("accepted", "curtailed")
SHOWN_MW = 0.0005


def computed(src: Path) -> str:
    """Return what stands between the markers of the page."""
    with tempfile.TemporaryDirectory(prefix="walras-accuracy-") as scratch:
        decided, fixed = Path(scratch) / "decided", Path(scratch) / "fixed"
        days = replay(src, FIRST, LAST, decided)
        exchanges = replay(src, FIRST, LAST, fixed, borders="exchanges", blocks="published")
        published = {str(d): published_gme(src, d) for d in (FIRST + timedelta(days=n) for n in range(len(days)))}
        rows = [_welfare_row(day, decided / day["day"], published[day["day"]]) for day in days.iter_rows(named=True)]
        missed = [m for day, p in published.items() for m in _missed_blocks(day, decided / day, p)]
        apart = pl.concat([_missed_exchanges(day, fixed / day, p) for day, p in published.items()])
    return "\n\n".join(
        [_totals(days, exchanges), _table(WELFARE, rows), _table(BLOCKS, missed), _far(exchanges, apart)]
    )


WELFARE = (
    ("Prices, decisions and welfare, a day",),
    (
        "day",
        "prices equal",
        "block decisions equal",
        "status",
        "welfare EUR",
        "of the published selection",
        "ours more by",
    ),
)
BLOCKS = (
    ("Block decisions that differ",),
    ("day", "block", "published", "ours", "surplus EUR", "a MWh", "at published prices EUR", "welfare it adds EUR"),
)


def _totals(days: pl.DataFrame, exchanges: pl.DataFrame) -> str:
    total, other = summary(days), summary(exchanges)
    rows = [
        ("prices equal to the cent", f"{total['prices_equal']:,} of {total['prices_total']:,}"),
        ("block decisions equal", f"{total['blocks_equal']} of {total['blocks_total']}"),
        ("days proven optimal within 0.01 EUR", f"{(days['status'] == 'optimal').sum()} of {len(days)}"),
        ("violations that the audit found", str(total["violations"] + other["violations"])),
        (
            "exchanges, mean absolute error",
            f"{other['exchange_mae_mw']:.4f} MW over {exchanges['exchanges_total'].sum():,}",
        ),
        ("published prices inside our intervals there", f"{other['prices_inside']:,} of {other['prices_total']:,}"),
    ]
    return _table((("In one look",), ("figure", "value")), rows)


def _welfare_row(day: dict[str, object], folder: Path, published: Published) -> tuple[str, ...]:
    book = read(folder / "market")
    ours, theirs = float(str(day["welfare_eur"])), published_welfare(book, published)
    return (
        str(day["day"]), f"{day['prices_equal']} of {day['prices_total']}",
        f"{day['blocks_equal']} of {day['blocks_total']}", str(day["status"]),
        f"{ours:,.2f}", f"{theirs:,.2f}", f"{_plain(ours - theirs):,.2f}",
    )  # fmt: skip


def published_welfare(book: Book, published: Published) -> float:
    """Return the welfare of a day with exactly the published blocks accepted, all else decided by us."""
    outcome = dict(published.blocks.iter_rows())
    accepted = np.array([outcome[name] == "accepted" for name in book.blocks.name])
    volumes = clear(with_selection(book, accepted)).decided
    assert volumes is not None
    ratio = accepted.astype(np.float64)
    leg = ratio[book.blocks.leg_order] * book.cells.quantities(
        book.blocks.leg_quantity, book.blocks.grid[book.blocks.leg_order]
    )
    own = len(book.borders.period_cell)
    return welfare_of(book, replace(volumes, block_ratio=ratio, block_leg=leg, border=volumes.border[:own]))


def with_selection(book: Book, accepted: BoolArray) -> Book:
    """Return the book without block orders, the accepted ones as fixed exchanges of borders of their own."""
    blocks, borders, cells = book.blocks, book.borders, book.cells
    power = cells.quantities(blocks.leg_quantity, blocks.grid[blocks.leg_order])
    taken = np.where(accepted, -blocks.side, 0)[blocks.leg_order] * power
    export = np.bincount(blocks.leg_cell, taken, minlength=cells.count)
    grids, none = np.arange(len(cells.grids)), np.full(cells.count, np.nan)
    # names that sort behind all others, as a book must have them
    extra = replace(
        borders,
        name=borders.name + tuple(f"~{cells.zones[g.zone].name}" for g in cells.grids),
        neighbour=borders.neighbour + ("blocks",) * len(grids),
        grid=np.concatenate([borders.grid, grids]),
        is_fixed=np.concatenate([borders.is_fixed, np.ones_like(grids, dtype=borders.is_fixed.dtype)]),
        period_border=np.concatenate([borders.period_border, borders.count + cells.grid]),
        period_cell=np.concatenate([borders.period_cell, np.arange(cells.count)]),
        price=np.concatenate([borders.price, none]),
        capacity_export=np.concatenate([borders.capacity_export, none]),
        capacity_import=np.concatenate([borders.capacity_import, none]),
        exchange=np.concatenate([borders.exchange, export]),
    )
    return replace(book, blocks=BlockOrders.none(), borders=extra)


def _missed_blocks(day: str, folder: Path, published: Published) -> list[Sequence[str]]:
    ours = pl.read_parquet(folder / "result" / "order_acceptances.parquet").join(published.blocks, on="order")
    differ = ours.filter(pl.col("outcome").is_in(TRADED) != pl.col("outcome_right").is_in(TRADED)).sort("order")
    if not len(differ):
        return []
    book = read(folder / "market")
    welfare = clear(book).welfare
    prices = _published_prices(book, published)
    out: list[Sequence[str]] = []
    for name, mine, surplus, theirs in differ.select("order", "outcome", "surplus_eur", "outcome_right").iter_rows():
        at = book.blocks.name.index(name)
        leg = book.blocks.leg_order == at
        cell = book.blocks.leg_cell[leg]
        energy = book.cells.quantities(book.blocks.leg_quantity[leg], book.blocks.grid[[at] * int(leg.sum())])
        limit = book.cells.prices(book.blocks.price[[at]], book.blocks.grid[[at]])[0]
        there = float(book.blocks.side[at] * (prices[cell] - limit) @ energy)
        adds = welfare - clear(without(book, at)).welfare
        out.append(
            (day, f"`{name}`", theirs.replace("_", " "), mine, f"{surplus:,.2f}", f"{surplus / energy.sum():.2f}",
             f"{there:,.2f}", f"{adds:,.2f}")
        )  # fmt: skip
    return out


def _published_prices(book: Book, published: Published) -> np.ndarray:
    zones = [z.name for z in book.cells.zones]
    rows = pl.DataFrame({"zone": [zones[z] for z in book.cells.zone], "minute": book.cells.start})
    theirs = published.prices.with_columns((pl.col("mtu_start").to_physical() // 60_000_000).alias("minute"))
    return rows.join(theirs, on=["zone", "minute"], how="left", maintain_order="left")["price_eur_per_mwh"].to_numpy()


def without(book: Book, block: int) -> Book:
    """Return the book without one of its blocks, which no link and no group joins."""
    blocks = book.blocks
    assert not len(blocks.link_child)
    keep = np.arange(blocks.count) != block
    leg = keep[blocks.leg_order]
    kept = replace(
        blocks,
        name=tuple(n for n, k in zip(blocks.name, keep, strict=True) if k),
        member=tuple(m for m, k in zip(blocks.member, keep, strict=True) if k),
        grid=blocks.grid[keep],
        side=blocks.side[keep],
        price=blocks.price[keep],
        min_acceptance_ratio=blocks.min_acceptance_ratio[keep],
        group=blocks.group[keep],
        leg_order=(np.cumsum(keep) - 1)[blocks.leg_order[leg]],
        leg_cell=blocks.leg_cell[leg],
        leg_quantity=blocks.leg_quantity[leg],
    )
    return replace(book, blocks=kept)


def _missed_exchanges(day: str, folder: Path, published: Published) -> pl.DataFrame:
    prices, exchanges = (pl.read_parquet(folder / "result" / f"{n}.parquet") for n in ("prices", "scheduled_exchanges"))
    found = compare_tables(prices, exchanges, published.prices, published.flows).exchanges
    assert found is not None
    return found.with_columns(pl.lit(day).alias("day")).filter(pl.col("difference").abs() > SHOWN_MW)


def _far(days: pl.DataFrame, apart: pl.DataFrame) -> str:
    worst = dict(apart.group_by("day").agg(pl.col("difference").abs().max()).iter_rows())
    count = dict(apart.group_by("day").agg(pl.len()).iter_rows())
    rows = [
        (day, f"{error:.4f}", str(total), str(count.get(day, 0)), f"{worst.get(day, 0.0):.3f}")
        for day, error, total in days.select("day", "exchange_mae_mw", "exchanges_total").iter_rows()
    ]
    listed = [
        (day, f"{start:%H:%M}", line, f"{difference:+.3f}")
        for day, start, line, difference in apart.sort("day", "mtu_start", "line")
        .select("day", "mtu_start", "line", "difference")
        .iter_rows()
    ]
    by_day = (
        ("Exchanges at fixed borders, published blocks",),
        ("day", "mean error MW", "exchanges", "not equal", "worst MW"),
    )
    single = (
        ("Exchanges that differ by a tick of 0.001 MW or more",),
        ("day", "MTU start UTC", "line", "ours minus published MW"),
    )
    return _table(by_day, rows) + "\n\n" + _table(single, listed)


def _table(head: tuple[tuple[str], tuple[str, ...]], rows: Sequence[Sequence[str]]) -> str:
    (title,), columns = head
    lines = [f"## {title}", "", f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def _plain(number: float) -> float:
    """Return a number without a minus sign on what rounds to nothing; sums here are of 1e9 EUR."""
    return 0.0 if abs(number) < 0.005 else number


def page(src: Path) -> str:
    """Return the page with its computed part renewed."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    assert rest, "the page has lost its markers"
    return f"{before}{BEGIN}\n\n{computed(src)}\n\n{END}{after}"


def source() -> Path:
    """Return the folder of the Italian tables that is meant without an argument."""
    data = os.environ.get("WALRAS_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(data) / "italy-2025-04"


if __name__ == "__main__":
    PAGE.write_text(page(Path(sys.argv[1]) if len(sys.argv) > 1 else source()), encoding="utf-8")
