"""Rules of the tables `compensations` and `difference_shares` (eq. A.56 to A.59): who is paid, and who pays.

Recomputed here from raw orders, published volumes and prices in floating point, in a way that shares nothing with
whoever wrote the tables: a loss within half a minor unit, a share within one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from walras.book.cells import FloatArray
from walras.orders.blocks import BlockOrders
from walras.orders.flexible import FlexibleOrders
from walras.results.audit.case import Case
from walras.results.audit.compensation import flexible_surplus
from walras.results.audit.families import block_surplus, losing_blocks
from walras.results.audit.violation import Report, Violation
from walras.results.minor_units import decimals_of
from walras.results.raw import injection, net_exports, total_by

NOISE = 1e-6
TABLES = ("compensations", "difference_shares")
PAYS = {"purchase": ("supply",), "sale": ("demand",), "rounding": ("demand", "supply")}
SIDE = {1: "supply", -1: "demand"}

Key = tuple[str, str]


def check_compensation_tables(
    case: Case, tables: Mapping[str, pl.DataFrame], summary: Mapping[str, Any]
) -> list[Violation]:
    """Return what is wrong with both tables, and with the figures that they sum to.

    They must be there if, and only if, the rules profile compensates losses: compensation_table,
    compensation_exact, compensation_unearned, difference_sum, shares_sum, shares_pro_rata.
    """
    report, book = Report(), case.raw.book
    for name in TABLES:
        if (name in tables) != book.profile.compensates:
            text = "is missing" if book.profile.compensates else "has no place where losses are forbidden"
            report.one("compensation_table", name, text, 1.0)
    if not book.profile.compensates or report.violations:
        return report.violations
    cur = book.currency.lower()
    money = (f"surplus_{cur}", f"from_children_{cur}", f"compensation_{cur}")
    schemas = {
        "compensations": dict.fromkeys(("order", "kind", "member", "side"), pl.String)
        | dict.fromkeys(money, pl.Float64),
        "difference_shares": dict.fromkeys(("difference", "member", "side"), pl.String)
        | dict.fromkeys(("energy_mwh", f"share_{cur}"), pl.Float64),
    }
    for name, schema in schemas.items():
        numbers = tables[name].select(pl.col(pl.Float64))
        if dict(tables[name].schema) != schema:
            report.one("compensation_table", name, f"has columns {dict(tables[name].schema)}, not {schema}", 1.0)
        elif numbers.null_count().sum_horizontal().sum() or not all(numbers.select(pl.all().is_finite().all()).row(0)):
            report.one("compensation_table", name, "has numbers that are missing or not finite", 1.0)
    if report.violations:
        return report.violations
    paid = _paid(case, tables["compensations"], report)
    _differences(case, paid, tables["difference_shares"], summary, report)
    return report.violations


def _paid(case: Case, table: pl.DataFrame, report: Report) -> dict[str, float]:
    """compensation_exact, compensation_unearned: each row, and each loss; return what either side is paid in sum."""
    book, unit = case.raw.book, 1.0 / 10 ** decimals_of(case.raw.book.currency)
    flexible = flexible_surplus(case)
    families = (
        ("block", book.blocks, (block_surplus(case)[0], losing_blocks(case, excuses=False))),
        ("flexible", book.flexibles, (flexible, np.maximum(-flexible, 0.0))),
    )
    said: dict[Key, tuple[Any, ...]] = {}
    for row in table.iter_rows():
        if (row[1], row[0]) in said:
            report.one("compensation_exact", f"{row[1]} order '{row[0]}'", "stands there twice", 1.0)
        said[row[1], row[0]] = row
    paid = {"demand": 0.0, "supply": 0.0}
    for kind, orders, money in families:
        _rows(kind, orders, money, said, paid, report, unit)
    for kind, name in said:
        report.one("compensation_unearned", f"{kind} order '{name}'", "is no order of the market", 1.0)
    return paid


def _rows(
    kind: str,
    orders: BlockOrders | FlexibleOrders,
    money: tuple[FloatArray, FloatArray],
    said: dict[Key, tuple[Any, ...]],
    paid: dict[str, float],
    report: Report,
    unit: float,
) -> None:
    """Judge the rows of one family, of `money` own surplus and lack, and take them out of `said`."""
    for o, name in enumerate(orders.name):
        row, where = said.pop((kind, name), None), f"{kind} order '{name}'"
        own, loss = float(money[0][o]), float(money[1][o])
        noise = NOISE + 1e-12 * abs(own)
        if row is None:
            if loss >= unit / 2 + noise:
                report.one("compensation_exact", where, f"loses {loss:.6f} and is paid nothing", loss)
            continue
        *_, member, side, surplus, handed, amount = row
        paid[side] = paid.get(side, 0.0) + amount
        off = abs(amount / unit - round(amount / unit)) > NOISE
        if loss <= noise:
            report.one("compensation_unearned", where, f"is paid {amount:.6f} and does not lose", abs(amount))
        elif abs(amount - loss) > unit / 2 + noise or amount <= 0 or off:
            report.one("compensation_exact", where, f"loses {loss:.6f} and is paid {amount:.6f}", abs(amount - loss))
        elif abs(surplus - own) > noise or abs(surplus + handed + loss) > 2 * noise:
            text = f"has a surplus of {own:.6f} and lacks {loss:.6f}, said are {surplus:.6f} and {handed:.6f}"
            report.one("compensation_exact", where, text, abs(surplus - own))
        if (member, side) != (orders.member[o], SIDE[int(orders.side[o])]):
            report.one("compensation_exact", where, f"is said to be of {member}, {side}", 1.0)


def _differences(
    case: Case, paid: dict[str, float], table: pl.DataFrame, summary: Mapping[str, Any], report: Report
) -> None:
    """difference_sum, shares_sum, shares_pro_rata: parts of the difference amount and what each member pays of them."""
    raw, cur = case.raw, case.raw.book.currency.lower()
    unit = 1.0 / 10 ** decimals_of(raw.book.currency)
    left = injection(raw, case.volumes) - net_exports(raw, case.volumes)
    want = {
        "purchase": paid["demand"],
        "sale": paid["supply"],
        "rounding": float(np.sum(left * case.price * raw.book.cells.hours)),
    }
    total = 0.0
    for part, amount in want.items():
        have, key = summary.get(f"difference_{part}_{cur}"), f"difference_{part}_{cur}"
        allowed = NOISE + 1e-12 * abs(amount) + (unit / 2 if part == "rounding" else 0.0)
        if isinstance(have, bool) or not isinstance(have, int | float) or not abs(have - amount) <= allowed:
            report.one("difference_sum", key, f"is {have}, the orders give {amount:.6f}", 1.0)
        else:
            total += have
            _shares(part, float(have), member_energy(case), table.filter(pl.col("difference") == part), unit, report)
    said = summary.get(f"difference_amount_{cur}")
    if not isinstance(said, int | float) or not abs(said - total) <= NOISE + 1e-12 * abs(total):
        report.one("difference_sum", f"difference_amount_{cur}", f"is {said}, its parts sum to {total:.6f}", 1.0)
    for word in table.filter(~pl.col("difference").is_in(list(want)))["difference"].unique().to_list():
        report.one("shares_sum", "difference_shares", f"{word!r} is no part of the difference amount", 1.0)


def _shares(
    part: str, amount: float, traded: dict[Key, float], table: pl.DataFrame, unit: float, report: Report
) -> None:
    rows = table.rows()
    shared = float(sum(row[-1] for row in rows))
    if abs(shared - amount) > NOISE + 1e-12 * abs(amount):
        report.one("shares_sum", part, f"shares sum to {shared:.6f}, the amount is {amount:.6f}", abs(shared - amount))
        return
    payers = {key: mwh for key, mwh in traded.items() if key[1] in PAYS[part]} or traded
    if abs(amount) < unit / 2:
        payers = {}
    if sorted((row[1], row[2]) for row in rows) != sorted(payers):
        report.one("shares_pro_rata", part, "is not shared among exactly those who traded on the side that pays", 1.0)
        return
    everything = sum(payers.values())
    for _, member, side, energy, share in rows:
        mwh = payers[member, side]
        fair = amount * mwh / everything if everything else amount / len(payers)
        if abs(energy - mwh) > NOISE + 1e-9 * mwh or abs(share - fair) > unit + NOISE:
            text = f"pays {share:.6f} for {energy:.6f} MWh, its part is {fair:.6f} for {mwh:.6f} MWh"
            report.one("shares_pro_rata", f"{part}, member '{member}'", text, abs(share - fair))


def member_energy(case: Case) -> dict[Key, float]:
    """Return the published MWh of each member and side that traded."""
    raw, book, volumes = case.raw, case.raw.book, case.volumes
    legs = raw.flexible_legs(volumes.flexible_start)
    out: dict[Key, float] = {}
    for orders, order, energy in (
        (book.curves, book.curves.step_order, volumes.curve * raw.curves.hours),
        (book.blocks, raw.blocks.order, volumes.block_leg * raw.blocks.hours),
        (book.flexibles, legs.order, legs.quantity * legs.hours),
    ):
        mine = total_by(order, energy, len(orders.name))
        for o in np.flatnonzero(mine > 0).tolist():
            key = orders.member[o], SIDE[int(orders.side[o])]
            out[key] = out.get(key, 0.0) + float(mine[o])
    return out
