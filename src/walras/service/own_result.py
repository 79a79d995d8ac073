"""What a result is for one member, read from the member's own bundle: its orders, volumes, money and reasons.

The bundle is what the member was given and can verify, and it holds the member's orders alone; so
nothing of others is opened here, and a large session costs as much as the member's part of it.
Names of orders are the member's own, without its code. MW and MWh, prices per MWh, money in minor
units, positive where the member receives.
"""

from __future__ import annotations

import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.book.folder import read
from walras.book.spans import MICROSECONDS
from walras.oversight.offers import offers_at
from walras.results.explain_rows import SCHEMA
from walras.results.publication.archives import unpack
from walras.results.publication.reading import open_bundle, read_csv
from walras.results.publication.verify_member import own_schemas
from walras.results.publication.verify_public import read_published
from walras.results.raw import Raw
from walras.results.reading import volumes_from
from walras.results.results import Volumes
from walras.results.tables import TIME
from walras.settlement.positions import positions_at

PARADOX = "paradoxically_rejected"
TIES = {"tied_mw": pl.Float64, "tied_accepted_mw": pl.Float64, "tie_share": pl.Float64}
_NAMES = list(SCHEMA)
EXPLAINED = {
    name: (SCHEMA | TIES)[name]
    for name in (*_NAMES[: _NAMES.index("accepted_at")], *TIES, *_NAMES[_NAMES.index("accepted_at") :])
}
"""Columns of `own/explanations.csv`, as `results.explain` says them."""
SIDES = ("supply", "demand")


@dataclass(frozen=True)
class OwnResult:
    """A member's part of a result.

    Attributes:
        book: The market with the member's orders.
        volumes: As published.
        price: As published; shape (c,).
        explained: Why each order got what it got, in the order of the bundle.
    """

    book: Book
    volumes: Volumes
    price: FloatArray
    explained: pl.DataFrame

    @cached_property
    def cells(self) -> pl.DataFrame:
        """Power offered and accepted, price and money of each MTU and side that the member offered in.

        Columns: `zone, carrier, mtu_start, minutes, side, offered_mw, accepted_mw, energy_mwh, price_per_mwh,
        amount_minor`.
        """
        found, cells = offers_at(Raw(self.book), self.volumes), self.book.cells
        offered = self._places(found.cell).with_columns(
            side=pl.Series(list(SIDES)).gather(pl.Series(1 - found.is_supply)),
            offered_mw=found.offered,
            accepted_mw=found.accepted,
            energy_mwh=found.accepted * cells.hours[found.cell],
            price_per_mwh=self.price[found.cell],
        )
        keys = ["zone", "carrier", "mtu_start", "side"]
        paid = positions_at(self.book, self.volumes, self.price).select(*keys, "amount_minor")
        joined = offered.join(paid, on=keys, how="left", maintain_order="left")
        in_order = joined.sort("cell", "side", descending=[False, True])
        return in_order.drop("cell").with_columns(pl.col("amount_minor").fill_null(0))

    @cached_property
    def prices(self) -> pl.DataFrame:
        """Prices of the zones and carriers that the member offered in.

        Columns: `zone, carrier, mtu_start, minutes, price_per_mwh`.
        """
        cells = self.book.cells
        grids = np.unique(cells.grid[offers_at(Raw(self.book), self.volumes).cell])
        shown = np.flatnonzero(np.isin(cells.grid, grids))
        return self._places(shown).drop("cell").with_columns(price_per_mwh=self.price[shown])

    def _places(self, cell: IntArray) -> pl.DataFrame:
        """Return where and when cells are: `cell, zone, carrier, mtu_start, minutes`."""
        cells = self.book.cells
        zones, grids = [z.name for z in cells.zones], [g.carrier for g in cells.grids]
        return pl.DataFrame(
            {
                "cell": cell,
                "zone": pl.Series(zones, dtype=pl.String).gather(pl.Series(cells.zone[cell])),
                "carrier": pl.Series(grids, dtype=pl.String).gather(pl.Series(cells.grid[cell])),
                "mtu_start": pl.Series(cells.start[cell] * MICROSECONDS).cast(TIME),
                "minutes": cells.minutes[cell],
            }
        )

    @cached_property
    def totals(self) -> pl.DataFrame:
        """Energy, mean price and money of the day by zone, carrier and side."""
        energy = pl.col("energy_mwh").sum()
        worth = (pl.col("energy_mwh") * pl.col("price_per_mwh")).sum()
        by = self.cells.group_by("zone", "carrier", "side", maintain_order=True)
        return by.agg(
            energy,
            pl.when(energy > 0).then(worth / energy).alias("mean_price_per_mwh"),
            pl.col("amount_minor").sum(),
        )

    @cached_property
    def orders(self) -> pl.DataFrame:
        """One row an order: what it offered and got, its surplus, what became of it, and the reason if there is one.

        Of a curve, whose steps have outcomes of their own, `outcome` says whether all, none or some of it was
        accepted, `steps` how many it has, and `paradoxes` how many of them were paradoxically rejected.
        """
        whole = (pl.col("step") == 0).any().over("order")
        rows = self.explained.filter(~whole | (pl.col("step") == 0))
        words = pl.col("outcome").unique()
        by = rows.group_by("order", maintain_order=True).agg(
            pl.col("kind", "zone", "side").first(),
            pl.col("offered_mwh", "accepted_mwh", "surplus", "missed").sum(),
            pl.len().alias("steps"),
            (pl.col("outcome") == PARADOX).sum().alias("paradoxes"),
            pl.when(words.len() == 1).then(pl.col("outcome").first())
            .when(pl.col("accepted_mwh").sum() > 0).then(pl.lit("curtailed")).otherwise(pl.lit("rejected"))
            .alias("outcome"),
            pl.when(pl.len() == 1).then(pl.col("remark").first()).alias("remark"),
        )  # fmt: skip
        return by.join(self._carriers, on="order", how="left", maintain_order="left")

    @cached_property
    def _carriers(self) -> pl.DataFrame:
        book, rows = self.book, []
        for family in (book.curves, book.blocks, book.flexibles, book.scalables, book.storages):
            grids = np.asarray(family.grid).tolist()
            rows += [(_bare(n), book.cells.grids[g].carrier) for n, g in zip(family.name, grids, strict=True)]
        return pl.DataFrame(rows, schema={"order": pl.String, "carrier": pl.String}, orient="row")


def _bare(name: str) -> str:
    return name.partition(".")[2] or name


def own_result(content: bytes) -> OwnResult:
    """Return what a member's bundle, a zip file, says of the member's part.

    Nothing is verified here: the bundle comes from our own store. Members verify theirs with `walras verify`.
    """
    with tempfile.TemporaryDirectory(prefix="walras-own-") as place:
        archive, folder = Path(place) / "bundle.zip", Path(place) / "bundle"
        archive.write_bytes(content)
        folder.mkdir()
        unpack(archive, folder)
        bundle = open_bundle(folder)
        book = read(folder / "market")
        published = read_published(bundle, book)
        own = {n: read_csv(folder / "own" / f"{n}.csv", columns) for n, columns in own_schemas(book.currency).items()}
        explained = read_csv(folder / "own" / "explanations.csv", EXPLAINED)
    price = published["prices"][published["prices"].columns[-1]].to_numpy()
    bare = explained.with_columns(pl.col("order").str.replace(r"^[^.]*\.", ""))
    return OwnResult(book, volumes_from(book, published | own), price, bare)


MOST_KEPT = 16
_KEPT: OrderedDict[str, OwnResult] = OrderedDict()
_LOCK = Lock()


def kept_result(content: bytes, digest: str) -> OwnResult:
    """Return `own_result` of a bundle with this digest, read once for the pages that are turned one after another."""
    with _LOCK:
        found = _KEPT.get(digest)
        if found is not None:
            _KEPT.move_to_end(digest)
            return found
    made = own_result(content)
    with _LOCK:
        _KEPT[digest] = made
        while len(_KEPT) > MOST_KEPT:
            _KEPT.popitem(last=False)
    return made


def rows_of(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Return rows as an answer says them: times as texts, nothing where there is no number."""
    times = [c for c, kind in table.schema.items() if isinstance(kind, pl.Datetime)]
    written = table.with_columns(pl.col(c).dt.strftime("%Y-%m-%dT%H:%M:%SZ") for c in times)
    numbers = [c for c, kind in table.schema.items() if kind == pl.Float64]
    return written.with_columns(pl.col(c).fill_nan(None) for c in numbers).to_dicts()
