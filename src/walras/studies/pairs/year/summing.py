"""Tables of a year from the rows of its days, and its figures in short."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl

from walras.book.cells import FloatArray
from walras.results.minor_units import decimals_of
from walras.settlement.ledger import Ledger
from walras.studies.pairs.year.living import Living

TEXT, NUMBER, WHOLE, DAY = pl.String, pl.Float64, pl.Int64, pl.Date
COLUMNS: dict[str, dict[str, Any]] = {
    "prices": {"day": DAY, "zone": TEXT, "carrier": TEXT, "mean": NUMBER, "lowest": NUMBER, "highest": NUMBER},
    "flows": {
        "day": DAY, "line": TEXT, "cross_section": TEXT, "carrier": TEXT, "auction_mwh": NUMBER,
        "contracts_mwh": NUMBER, "forward_mwh": NUMBER, "backward_mwh": NUMBER,
    },
    "plants": {
        "day": DAY, "plant": TEXT, "zone": TEXT, "carrier": TEXT, "sold_mwh": NUMBER, "input_carrier": TEXT,
        "input_mwh": NUMBER,
    },
    "contracts": {
        "day": DAY, "contract": TEXT, "unit": TEXT, "nominated": NUMBER, "offered": NUMBER, "delivered": NUMBER,
        "first_step": NUMBER, "last_step": NUMBER, "cost": NUMBER, "hub": NUMBER, "mwh": NUMBER,
        "flexible_mwh": NUMBER, "flexible_income": NUMBER, "year": WHOLE, "taken": NUMBER, "take_or_pay": NUMBER,
        "make_up": NUMBER, "carry_forward": NUMBER,
    },
    "invoices": {
        "issued": TEXT, "contract": TEXT, "document": TEXT, "of": TEXT, "unit": TEXT, "quantity": NUMBER,
        "price": NUMBER, "currency": TEXT, "seller_minor": WHOLE, "path_minor": WHOLE, "deferred_minor": WHOLE,
    },
    "statements": {
        "issued": TEXT, "contract": TEXT, "year": WHOLE, "unit": TEXT, "annual": NUMBER, "owed": NUMBER,
        "taken": NUMBER, "drawn": NUMBER, "carried_used": NUMBER, "short": NUMBER, "price": NUMBER,
        "carried": NUMBER, "currency": TEXT, "amount_minor": WHOLE,
    },
    "draws": {"contract": TEXT, "month": TEXT, "unit": TEXT, "quantity": NUMBER},
    "forwards": {
        "contract": TEXT, "month": TEXT, "last_day": DAY, "level": NUMBER, "swing": NUMBER, "persistence": NUMBER,
        "volatility": NUMBER,
    },
    "value": {
        "contract": TEXT, "flexible_mwh": NUMBER, "room_mwh": NUMBER, "earned": NUMBER, "flat": NUMBER,
        "foresight": NUMBER,
    },
}  # fmt: skip
"""Columns of each table with their types; docs/pair-folder.md says what they mean."""


def tables_of(living: Living) -> dict[str, pl.DataFrame]:
    """Return all tables of a year, by name; `money` is made from the ledger, `value` from the contracts' days."""
    rows = {name: living.rows[name] for name in COLUMNS}
    rows["contracts"].sort(key=lambda r: (r["day"], r["contract"]))
    tables = {name: _frame(name, rows[name]) for name in COLUMNS if name != "value"}
    tables["value"] = _frame("value", list(_values(living, tables["contracts"], tables["invoices"])))
    tables["money"] = money_of(living.ledger)
    return tables


def _frame(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    filled = [{column: row.get(column) for column in COLUMNS[name]} for row in rows]
    return pl.DataFrame(filled, schema=COLUMNS[name])


def money_of(ledger: Ledger) -> pl.DataFrame:
    """Return what every account received in each month: by the auction or by contracts, in each currency.

    A session counts in the month of its delivery, a document in that of its issue.

    Args:
        ledger: Of the year; texts of sessions begin with the delivery day, of contracts with their account.
    """
    stamps = [datetime.fromtimestamp(s.at / 1e6, UTC) for s in ledger]
    when = pl.DataFrame({"entry": range(1, len(ledger) + 1), "month": [f"{t:%Y-%m}" for t in stamps]},
                        schema={"entry": WHOLE, "month": TEXT})  # fmt: skip
    text = pl.col("text")
    is_contract = text.str.starts_with("contract/")
    by = pl.when(is_contract).then(pl.lit("contracts")).otherwise(pl.lit("auction"))
    month = pl.when(is_contract).then(pl.col("month")).otherwise(text.str.slice(0, 7))
    return (
        ledger.rows().join(when, on="entry").with_columns(by.alias("by"), month.alias("month"))
        .group_by("month", "account", "by", "currency").agg(pl.col("amount_minor").sum().alias("net_minor"))
        .filter(pl.col("net_minor") != 0).sort("month", "account", "by", "currency")
    )  # fmt: skip


def _values(living: Living, contracts: pl.DataFrame, invoices: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield what flexibility earned beyond its cost, and what the same energy would have, at the same prices.

    A unit costs what its month came to in the end, before that what was thought of it. `flat` spreads the energy over
    all MTUs alike, as a share of each one's room; `foresight` gives it to the best of them.
    """
    final = invoices.filter(pl.col("document") == "final invoice", pl.col("price").is_not_null())
    known = {(r["contract"], r["of"]): r["price"] for r in final.iter_rows(named=True)}
    thought = {(r["contract"], r["day"]): r["cost"] for r in contracts.iter_rows(named=True)}
    for name, days in living.hourly.items():
        energy = float(sum(d.flexible.sum() for d in days))
        if not energy:
            continue
        cost = [known.get((name, d.day.isoformat()[:7]), thought[name, d.day]) for d in days]
        margin = np.concatenate([d.price - c for d, c in zip(days, cost, strict=True)])
        room, flexible = (np.concatenate([getattr(d, n) for d in days]) for n in ("room", "flexible"))
        yield {
            "contract": name, "flexible_mwh": energy, "room_mwh": float(room.sum()),
            "earned": float(margin @ flexible), "flat": float(margin @ room * energy / room.sum()),
            "foresight": best(margin, room, energy),
        }  # fmt: skip


def best(margin: FloatArray, room: FloatArray, energy: float) -> float:
    """Return what an energy earns on its best days at most, each within its room; shapes (t,).

    >>> best(np.array([1.0, 5.0, 3.0]), np.array([10.0, 10.0, 10.0]), 15.0)
    65.0
    """
    order = np.argsort(-margin, kind="stable")
    given = np.clip(energy - np.concatenate([[0.0], np.cumsum(room[order])[:-1]]), 0.0, room[order])
    return float(given @ margin[order])


def summary_of(living: Living, tables: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """Return the figures of a year in short."""
    pair, money = living.pair, tables["money"]
    prices = tables["prices"].group_by("zone", "carrier", maintain_order=True).agg(
        pl.col("mean").mean(), pl.col("lowest").min(), pl.col("highest").max()
    )  # fmt: skip
    currencies = sorted({*money["currency"], *(c.currency for _, _, c in living.contracts()), pair.currency})
    return {
        "format": "walras-year", "version": 1, "name": pair.name, "currency": pair.currency,
        "time_zone": pair.time_zone.key, "first": living.first.isoformat(), "last": living.last.isoformat(),
        "seed": living.seed, "auctions": (living.last - living.first).days + 1, "violations": 0,
        "contracts": [c.contract for _, _, c in living.contracts()],
        "prices": prices.to_dicts(),
        "documents": dict(sorted(tables["invoices"]["document"].value_counts().iter_rows()))
        | {"annual statement": tables["statements"].height},
        "ledger": {"entries": len(living.ledger), "head": living.ledger.head,
                   "sums": {c: int(sum(m for (_, k), m in living.ledger.balances().items() if k == c))
                            for c in currencies}},
        "journals": {name: {"records": len(j.events), "head": j.events[-1].hash if j.events else ""}
                     for name, j in living.journals.items()},
        "rates": {c: float(living.rate(c)) for c in currencies},
        "decimals": {c: decimals_of(c) for c in currencies},
    }  # fmt: skip
