"""The whole order book of an auction after its gate, with what became of every order.

One zip file, the same bytes for the same book and result (CSV; Parquet as far as its writer's version
goes)::

    about.json                  what it is of: day, hashes of market, settings and result, names
    market/...                  the market folder with every order, raw: `walras audit` reads it
    orders.csv                  a row a curve step and a whole order: outcome, offered, accepted, price
    volumes.csv                 accepted power of every order in every MTU
    curves.csv                  aggregated supply and demand of every zone and MTU, point by point

Names: with `codes` members and orders are called as the book calls them. With `pseudonyms` each member,
order and exclusive group has another name, the same all through one session: of orders the one that its
certificate lists them by, made with the session's secret; nobody can go back without it. Rows are
sorted by these names then, so that their order says nothing. Places, times, prices and quantities stay.
A company's code is itself a pseudonym of its people: no person is named in any book.
"""

from __future__ import annotations

import hmac
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.columns import TIME_FORMAT
from walras.book.folder import read
from walras.book.hashing import market_hash
from walras.book.spans import MICROSECONDS
from walras.book.write import write
from walras.results.explain import explain
from walras.results.hashing import result_hash, settings_hash
from walras.results.publication.archives import pack
from walras.results.publication.curves import points_of, spans_of
from walras.results.publication.leaves import pseudonym_of
from walras.results.raw import Raw
from walras.results.results import Results
from walras.results.tables import TIME, results_tables
from walras.vocabulary import Side

Form = Literal["csv", "parquet"]
Naming = Literal["codes", "pseudonyms"]
FORMS: tuple[Form, ...] = get_args(Form)
FAMILIES = ("curves", "blocks", "flexibles", "scalables", "storages")
COLUMNS = (
    "order", "member", "kind", "zone", "carrier", "side", "mtu_start", "step", "limit_price", "limit_price_end",
    "offered_mwh", "accepted_mwh", "price", "surplus", "outcome",
)  # fmt: skip


def write_order_book(
    book: Book,
    results: Results | None,
    archive: Path | str,
    *,
    form: Form = "csv",
    secret: bytes | None = None,
    settings: Mapping[str, float | None] | None = None,
    about: Mapping[str, Any] | None = None,
) -> None:
    """Write the order book of an auction, with what became of it, as a zip file.

    Args:
        book: The auction.
        results: Its outcome; None if it has none: then there is no table of what became of orders.
        archive: File to write.
        form: Of the tables.
        secret: Of the session's publication: names are pseudonyms then, and codes without it.
        settings: What decided beside the market, for its hash.
        about: What else `about.json` says, such as the session.

    Raises:
        BadInput: The file is there already (rule `place_free`).
    """
    tables = order_tables(book, results)
    hashes = {"market_hash": market_hash(book)}
    hashes |= {} if results is None else {"result_hash": result_hash(results_tables(book, results))}
    hashes |= {} if settings is None else {"settings_hash": settings_hash(settings)}
    said = dict(about or {}) | {
        "format": "walras-order-book", "version": 1, "delivery_day": book.delivery_day.isoformat(),
        "currency": book.currency, "names": "codes" if secret is None else "pseudonyms", **hashes,
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="walras-order-book-") as place:
        folder = Path(place) / "export"
        folder.mkdir()
        if secret is not None:
            tables = {name: _renamed_table(table, secret) for name, table in tables.items()}
            book = _renamed(book, secret, Path(place) / "renamed")
        write(book, folder / "market", format=form)
        for name, table in tables.items():
            if form == "csv":
                table.write_csv(folder / f"{name}.csv", datetime_format=TIME_FORMAT)
            else:
                table.write_parquet(folder / f"{name}.parquet", compression="lz4", statistics=False)
        (folder / "about.json").write_text(json.dumps(said, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        pack(folder, archive)


def order_tables(book: Book, results: Results | None) -> dict[str, pl.DataFrame]:
    """Return the tables of an export beside the market folder: `curves`, and with an outcome `orders` and `volumes`."""
    if results is None:
        return {"curves": aggregated_curves(book)}
    owners = _owners(book)
    orders = explain(book, results).join(owners, on="order", how="left", maintain_order="left").select(COLUMNS)
    tables = results_tables(book, results)
    keys = ["order", "kind", "mtu_start", "step", "accepted_mw"]
    steps = tables["curve_acceptances"].with_columns(pl.lit("curve").alias("kind")).select(keys)
    volumes = pl.concat([steps, tables["order_volumes"].select(keys)])
    return {"orders": orders, "volumes": volumes, "curves": aggregated_curves(book)}


def aggregated_curves(book: Book) -> pl.DataFrame:
    """Return the points of the aggregated curves of a book: how much is in the money at each price.

    Columns: `zone`, `carrier`, `mtu_start`, `minutes`, `side`, `price`, `inside_mw` strictly in the money there,
    `upto_mw` in or at the money, and `sloped`, how many interpolated steps move the volume from here to the next
    point. Indivisible orders are in no curve.
    """
    raw, cells = Raw(book), book.cells
    spans = spans_of(raw)
    points = points_of(raw, spans)
    cell, of = spans.cell[points.curve], points.curve
    return pl.DataFrame(
        {
            "zone": pl.Series([z.name for z in cells.zones], dtype=pl.String).gather(pl.Series(cells.zone[cell])),
            "carrier": pl.Series([g.carrier for g in cells.grids], dtype=pl.String).gather(pl.Series(cells.grid[cell])),
            "mtu_start": pl.Series(cells.start[cell] * MICROSECONDS, dtype=pl.Int64).cast(TIME),
            "minutes": cells.minutes[cell] * spans.cells[of],
            "side": pl.Series([Side.DEMAND.word, Side.SUPPLY.word]).gather(
                pl.Series((spans.sign[of] > 0).astype(np.int64))
            ),
            "price": points.price,
            "inside_mw": points.inside,
            "upto_mw": points.upto,
            "sloped": points.sloped,
        }
    )


def member_pseudonym(secret: bytes, member: str) -> str:
    """Return the name under which a member stands in an export with pseudonyms.

    >>> member_pseudonym(b"s" * 32, "M-0001") == member_pseudonym(b"t" * 32, "M-0001")
    False
    """
    return hmac.digest(secret, b"walras-member-pseudonym 1\n" + member.encode(), "sha256")[:8].hex()


def _owners(book: Book) -> pl.DataFrame:
    """Return member and carrier of every order."""
    families = [getattr(book, name) for name in FAMILIES]
    carriers = [book.cells.grids[g].carrier for f in families for g in f.grid.tolist()]
    columns = {"order": [n for f in families for n in f.name], "member": [m for f in families for m in f.member]}
    return pl.DataFrame(
        columns | {"carrier": carriers}, schema=dict.fromkeys(("order", "member", "carrier"), pl.String)
    )


def _renamed_table(table: pl.DataFrame, secret: bytes) -> pl.DataFrame:
    names: dict[str, Callable[[bytes, str], str]] = {"order": pseudonym_of, "member": member_pseudonym}
    for column, pseudonym in names.items():
        if column in table.columns:
            new = {name: pseudonym(secret, name) for name in table[column].unique()}
            table = table.with_columns(pl.col(column).replace_strict(new, return_dtype=pl.String))
    keys = [c for c in ("order", "kind", "mtu_start", "step") if c in table.columns]
    return table.sort(keys, maintain_order=True, nulls_last=False) if "order" in table.columns else table


def _renamed(book: Book, secret: bytes, place: Path) -> Book:
    """Return a book with pseudonyms in canonical order, which does not say how rows stood before."""
    changed: dict[str, Any] = {}
    for name in FAMILIES:
        family = getattr(book, name)
        orders = tuple(pseudonym_of(secret, n) for n in family.name)
        changed[name] = replace(family, name=orders, member=tuple(member_pseudonym(secret, m) for m in family.member))
    groups = tuple(pseudonym_of(secret, f"group {g}") for g in book.blocks.group_name)
    changed["blocks"] = replace(changed["blocks"], group_name=groups)
    write(replace(book, **changed), place)
    return read(place)
