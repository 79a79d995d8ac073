"""What everybody can check: tables against the certificate, sums against the network, prices against the curves.

From published figures alone, with the tolerances of the audit. Where rounding to ticks
cannot be exact the operator publishes how many volumes it moved in a cell
(`rounded_volumes`); that number is rechecked at the regulator's level.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.book.hashing import market_hash
from walras.results.audit.borders import check_borders
from walras.results.audit.case import FLOAT, Case, snapped
from walras.results.audit.domains import check_domains
from walras.results.audit.line_gains import check_line_gains
from walras.results.audit.lines import check_lines
from walras.results.audit.names import cell_name
from walras.results.audit.violation import Report
from walras.results.hashing import result_hash
from walras.results.minor_units import decimals_of
from walras.results.publication.certify import network_of
from walras.results.publication.checks import texts_of
from walras.results.publication.curves import Points, volume_at
from walras.results.publication.reading import Bundle, read_csv
from walras.results.publication.tables import ALL_COLUMNS, SIDES, cell_sides, columns_of, tables_of_profile
from walras.results.raw import Raw, mean_over, net_exports, spread, total_by
from walras.results.reading import volumes_from
from walras.results.tables import key_tables

Tables = dict[str, pl.DataFrame]
DIGITS = 2e-6
"""Published sums are rounded to 1e-6."""

_EMPTY_OK = {"distance_cur_per_mwh"}
_KEYED = ("prices", "net_positions", "scheduled_exchanges", "border_exchanges", "domain_exchanges")


def check_market(book: Book, document: Mapping[str, Any]) -> list[str]:
    """Return how the market folder differs from what the certificate says of it."""
    said = {
        "market": book.name,
        "currency": book.currency,
        "delivery_day": book.delivery_day.isoformat(),
        "profile": book.profile.name,
        "network_hash": market_hash(network_of(book)),
    }
    return [
        f"{name} is {document[name]!r} in the certificate, {have!r} here"
        for name, have in said.items()
        if document[name] != have
    ]


def read_published(bundle: Bundle, book: Book) -> Tables:
    """Return the published tables.

    Raises:
        BadInput: One cannot be read, or has other columns than it should.
    """
    folder = bundle.folder / "published"
    names = tables_of_profile(compensates=book.profile.compensates)
    return {name: read_csv(folder / f"{name}.csv", columns_of(name, book.currency)) for name in names}


def check_tables(network: Book, tables: Tables, document: Mapping[str, Any]) -> list[str]:
    """Return which tables are not those of the certificate, lack rows or hold no numbers."""
    if set(tables) != set(document["published"]):
        return ["the certificate names other tables than the rules profile of the market asks for"]
    found = [
        f"{name} is not the table of the certificate"
        for name, table in tables.items()
        if result_hash({name: table}) != document["published"][name]
    ]
    for name, table in tables.items():
        for column, kind in zip(table.columns, ALL_COLUMNS[name], strict=True):
            values = table[column]
            if values.null_count() and kind not in _EMPTY_OK:
                found.append(f"{name}: {column} has empty fields")
            if values.dtype == pl.Float64 and not values.drop_nulls().is_finite().all():
                found.append(f"{name}: {column} has fields that are no finite numbers")
    keys = key_tables(network)
    want = {name: keys[name] for name in _KEYED} | {"aggregated_volumes": cell_sides(Raw(network))}
    for name, rows in want.items():
        if not tables[name].select(rows.columns).equals(rows):
            found.append(f"{name}: its rows are not those of the market")
    return found


def public_case(network: Book, tables: Tables) -> Case:
    """Return the published outcome as the audit looks at it, without orders.

    Raises:
        BadInput: Rows are missing, unknown or doubled.
    """
    raw = Raw(network)
    price = tables["prices"][tables["prices"].columns[-1]].to_numpy()
    volumes = volumes_from(network, without_orders(network) | tables)
    return Case(raw, volumes, snapped(raw, price), raw.price_tick / 2, raw.quantity_tick, FLOAT)


def without_orders(network: Book) -> Tables:
    """Return the acceptance tables of a market without orders."""
    keys = key_tables(network)
    columns = {
        "curve_acceptances": "accepted_mw",
        "order_volumes": "accepted_mw",
        "order_acceptances": "acceptance_ratio",
    }
    return {name: keys[name].with_columns(pl.Series(column, [], dtype=pl.Float64)) for name, column in columns.items()}


def check_prices(case: Case, tables: Tables) -> list[str]:
    """Return the cells whose price is off its tick or beyond its limits."""
    book, price = case.raw.book, tables["prices"][tables["prices"].columns[-1]].to_numpy()
    size, cells, report = np.maximum(1.0, np.abs(price)), book.cells, Report()
    outside = np.maximum(cells.price_min - price, price - cells.price_max)
    for rule, amount in (("price_on_tick", np.abs(price - case.price)), ("price_within_limits", outside)):
        report.add(rule, amount - FLOAT * size, lambda c: cell_name(book, c), lambda c: f"price {price[c]:.9g}")
    return texts_of(report)


def flagged_places(document: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Return place and rule of what the certificate flags; a balance that is off shows in both checks of a cell."""
    rows = document["audit"].get("listed", [])
    places = {(row["where"], row["rule"]) for row in rows}
    return frozenset(places | {(where, "volumes_sum") for where, rule in places if rule == "balance"})


def check_network(case: Case, document: Mapping[str, Any]) -> list[str]:
    """Return the exchanges that break a limit or do not fit the prices, but for what the certificate flags."""
    report = Report()
    for check in (check_lines, check_line_gains, check_domains, check_borders):
        check(case, report)
    return texts_of(report, flagged_places(document))


def check_balance(case: Case, tables: Tables, document: Mapping[str, Any]) -> list[str]:
    """Return the cells whose sums, net position and exchanges do not agree, but for what the certificate flags."""
    raw, book, report = case.raw, case.raw.book, Report()
    sums = tables["aggregated_volumes"]
    power = (sums["curve_mw"] + sums["indivisible_mw"]).to_numpy().reshape(-1, 2)
    position = tables["net_positions"]["net_position_mw"].to_numpy()
    rounds = tables["net_positions"]["rounded_volumes"].to_numpy()
    noise = FLOAT * np.maximum(1.0, power.sum(axis=1)) + 2 * DIGITS

    def where(c: int) -> str:
        return cell_name(book, c)

    apart = power[:, 1] - power[:, 0] - position
    report.add(
        "volumes_sum",
        np.abs(apart) - noise,
        where,
        lambda c: (
            f"accepted supply less demand is {power[c, 1] - power[c, 0]:.9g} MW, the net position {position[c]:.9g} MW"
        ),
    )
    exports = net_exports(raw, case.volumes)
    report.add(
        "balance",
        np.abs(position - exports) - np.minimum(noise, case.volume_tick / 4) - case.volume_tick / 2 * rounds,
        where,
        lambda c: f"the net position is {position[c]:.9g} MW, the network takes {exports[c]:.9g} MW",
    )
    negative = np.maximum(-sums["curve_mw"].to_numpy(), -sums["indivisible_mw"].to_numpy())
    report.add("volume_sign", negative, lambda i: where(i // 2), lambda _: "an accepted volume is negative")
    report.add("rounds_sign", -rounds, where, lambda _: "rounded_volumes is negative")
    return texts_of(report, flagged_places(document))


def check_differences(case: Case, tables: Tables) -> list[str]:
    """Return what does not add up of the difference amount: what is paid, what rounding costs, over how many MWh."""
    paid, amounts, found = tables["compensated_orders"], tables["difference_amounts"], []
    money, hours = paid[paid.columns[-1]], case.raw.book.cells.hours
    half = 0.5 / 10 ** decimals_of(case.raw.book.currency)
    sums = tables["aggregated_volumes"]
    power = (sums["curve_mw"] + sums["indivisible_mw"]).to_numpy().reshape(-1, 2)
    energy = dict(zip(SIDES, (power * hours[:, None]).sum(axis=0).tolist(), strict=True))
    left = tables["net_positions"]["net_position_mw"].to_numpy() - net_exports(case.raw, case.volumes)
    everything = energy["demand"] + energy["supply"]
    want = {
        "purchase": (float(money.filter(paid["side"] == "demand").sum()), energy["supply"] or everything),
        "sale": (float(money.filter(paid["side"] == "supply").sum()), energy["demand"] or everything),
        "rounding": (float(np.sum(left * case.price * hours)), everything),
    }
    if amounts["difference"].to_list() != list(want):
        return [f"difference_amounts: its rows are not {', '.join(want)}"]
    for part, amount, mwh in amounts.iter_rows():
        summed, over = want[part]
        allowed = DIGITS + FLOAT * abs(summed) + (half if part == "rounding" else 0.0)
        if abs(amount - summed) > allowed:
            found.append(f"difference_amounts: {part} is {amount:.6f}, what is published gives {summed:.6f}")
        if abs(mwh - over) > DIGITS * (1 + 2 * len(hours)) + FLOAT * over:
            found.append(f"difference_amounts: {part} is shared over {mwh:.6f} MWh, {over:.6f} MWh were traded")
    if not set(paid["side"]) <= set(SIDES) or (money <= 0).any() or (paid["accepted_mwh"] <= 0).any():
        found.append("compensated_orders: a row has no side, nothing accepted or nothing paid")
    if paid["pseudonym"].is_duplicated().any():
        found.append("compensated_orders: an order is paid twice")
    return found


def check_curves(case: Case, tables: Tables) -> list[str]:
    """Return the curves that are none, and those whose accepted volume does not fit the price."""
    volumes, raw = tables["curve_volumes"], case.raw
    cell, cells, sign = _spans(raw, volumes)
    if (cell < 0).any():
        return ["curve_volumes: rows name cells that the market does not have"]
    points, found = _points(tables, raw.book.currency, sign)
    if found:
        return found
    offered, accepted, left_out = (volumes[c].to_numpy() for c in ("offered_mw", "accepted_mw", "left_out_mw"))
    price, half = mean_over(case.price, cell, cells), case.half_price_tick[cell]
    low, _, some = volume_at(points, sign, price - sign * half)
    _, high, more = volume_at(points, sign, price + sign * half)
    _, _, there = volume_at(points, sign, price)
    slack = DIGITS + FLOAT * offered + case.volume_tick[cell] * (some + more + there)
    report = Report()

    def where(i: int) -> str:
        return f"{cell_name(raw.book, int(cell[i]))} {volumes['side'][i]}"

    report.add(
        "curve_volume",
        np.maximum(low - np.where(cells > 1, left_out, 0.0) - accepted, accepted - high) - slack,
        where,
        lambda i: (
            f"{accepted[i]:.9g} MW are accepted, "
            f"{low[i]:.9g} to {high[i]:.9g} MW are in or at the money at {price[i]:.9g}"
        ),
    )
    last = np.zeros(len(sign))
    last[points.curve] = points.upto  # the last of each curve stays
    report.add(
        "curve_offered",
        np.abs(last - offered) - DIGITS - FLOAT * offered,
        where,
        lambda i: f"the curve ends at {last[i]:.9g} MW, {offered[i]:.9g} MW are offered",
    )
    item, at = spread(cell, cells)
    summed = total_by(at * 2 + (sign[item] > 0), accepted[item], 2 * raw.book.cells.count)
    have = tables["aggregated_volumes"]["curve_mw"].to_numpy()
    count = 1 + total_by(at * 2 + (sign[item] > 0), np.ones(len(item)), 2 * raw.book.cells.count)
    report.add(
        "curve_sum",
        np.abs(summed - have) - DIGITS * count - FLOAT * have,
        lambda i: cell_name(raw.book, i // 2),
        lambda i: f"curve_volumes sum to {summed[i]:.9g} MW, aggregated_volumes says {have[i]:.9g} MW",
    )
    return texts_of(report)


def _spans(raw: Raw, volumes: pl.DataFrame) -> tuple[IntArray, IntArray, FloatArray]:
    """Return first cell (-1 if unknown), number of cells and side of each curve."""
    book = raw.book
    keys = key_tables(book)["net_positions"].with_row_index("cell")
    joined = volumes.join(keys, on=["zone", "carrier", "mtu_start"], how="left", maintain_order="left")
    cell = joined["cell"].cast(pl.Int64).fill_null(-1).to_numpy().copy()
    minutes, mtu = volumes["minutes"].to_numpy(), book.cells.minutes[cell] if book.cells.count else np.zeros(0)
    cells = minutes // mtu
    end = book.cells.first[book.cells.grid[cell] + 1]
    wrong = (
        (minutes <= 0)
        | (minutes % mtu != 0)
        | (cell + cells > end)
        | ~volumes["side"].is_in(["demand", "supply"]).to_numpy()
    )
    cell[wrong] = -1
    return cell, np.maximum(cells, 1), np.where(volumes["side"] == "supply", 1.0, -1.0)


def _points(tables: Tables, currency: str, sign: FloatArray) -> tuple[Points, list[str]]:
    """Return the points of the published curves, and what makes them none."""
    keys, curves = ["zone", "carrier", "mtu_start", "minutes", "side"], tables["aggregated_curves"]
    spans = tables["curve_volumes"].select(keys).with_row_index("curve")
    none = Points(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64))
    if spans.select(keys).is_duplicated().any():
        return none, ["curve_volumes: a curve stands there twice"]
    owner = curves.join(spans, on=keys, how="left", maintain_order="left")["curve"].cast(pl.Int64)
    if owner.null_count() or owner.n_unique() != spans.height or not owner.is_sorted():
        return none, ["aggregated_curves: its curves are not those of curve_volumes, in their order"]
    points = Points(
        owner.to_numpy(),
        curves[f"price_{currency.lower()}_per_mwh"].to_numpy(),
        curves["inside_mw"].to_numpy(),
        curves["upto_mw"].to_numpy(),
        curves["sloped_steps"].to_numpy(),
    )
    if len(points.curve) == 0:
        return points, []
    at, inside, upto = sign[points.curve] * points.price, points.inside, points.upto
    same = points.curve[1:] == points.curve[:-1]
    is_first = np.concatenate([[True], ~same])
    is_last = np.concatenate([~same, [True]])
    flat = same & (points.sloped[:-1] == 0) & (np.abs(inside[1:] - upto[:-1]) > DIGITS)
    found = []
    if (same & (np.diff(at) <= 0)).any():
        found.append("aggregated_curves: prices do not go one way")
    if (upto < inside).any() or (same & (inside[1:] < upto[:-1] - DIGITS)).any() or inside[is_first].any():
        found.append("aggregated_curves: volumes do not grow from nothing")
    if flat.any() or points.sloped[is_last].any() or (points.sloped < 0).any():
        found.append("aggregated_curves: a volume moves where no interpolated step lies")
    return points, found
