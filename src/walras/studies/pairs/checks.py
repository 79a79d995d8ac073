"""What the tables of a pair folder say of each other: names that exist, places that trade, figures that fit."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import inf, isnan

from walras.results.minor_units import unit_mistakes
from walras.studies.pairs.fields import Folder, Row
from walras.studies.pairs.pair import CarrierTerms
from walras.studies.pairs.profiles import DRIVERS
from walras.studies.pairs.terms import FILE, PairTerms
from walras.units.unit import Unit
from walras.vocabulary import CARRIERS

ILLUSTRATIVE = "illustrative"
KINDS = ("unit", "conversion", "supply")
ROLES = ("producer", "consumer", "trader", "network")
Tables = Mapping[str, list[Row]]


def check_tables(folder: Folder, terms: PairTerms | None, tables: Tables, units: Mapping[str, Unit]) -> None:
    """Note every mistake between tables; what an unreadable pair.toml leaves unknown is not asked for."""
    names = {name: {row[key] for row in tables[name]} for name, key in KEYS.items()}
    places = {(row["zone"], c) for row in tables["zones"] for c in row["carriers"].split()}
    for name, rows in tables.items():
        for row in rows:
            _check_names(folder, row, names, name)
            _check_source(folder, row, names["sources"])
            if name in {"plants", "demand", "stores"}:
                _check_place(folder, row, row["zone"], row["carrier"], places)
    _check_carriers(folder, terms, tables["zones"])
    _check_lines(folder, tables["lines"], places, terms.carriers if terms else {})
    for row in tables["plants"]:
        _check_plant(folder, row, places, units)
    _check_orders(folder, tables["demand"])
    _check_supply(folder, tables["plants"])
    _check_profiles(folder, tables["profiles"])
    _check_members(folder, terms, tables["members"])
    compiled = {row["plant"] for row in tables["plants"] if row["kind"] == "unit"}
    for maintenance in terms.maintenance if terms and "plants" not in folder.incomplete else ():
        if maintenance.unit not in compiled:
            what = f"no plant of the kind unit is called {maintenance.unit!r}"
            folder.add(what, f"{FILE} maintenance", "pair_known", "Name one of plants.csv.")


KEYS = {"sources": "source", "profiles": "profile", "members": "member", "zones": "zone"}


def _check_names(folder: Folder, row: Row, names: Mapping[str, set[str]], table: str) -> None:
    asked = {"member": "members", "profile": "profiles", "zone": "zones", "from_zone": "zones", "to_zone": "zones"}
    for column, other in asked.items():
        if column in row and other not in {table, *folder.incomplete} and row[column] not in names[other]:
            what = f"{row[column]!r} is not in {other}.csv"
            folder.add(what, f"{row['where']} {column}", "pair_known", f"Name a row of {other}.csv, or add one.")


def _check_source(folder: Folder, row: Row, sources: set[str]) -> None:
    """A figure is illustrative, or has sources that are listed."""
    if "note" not in row:  # rows of sources, members and profiles
        return
    said = row["source"].split()
    if said == [ILLUSTRATIVE]:
        return
    for source in said:
        if source not in sources and "sources" not in folder.incomplete:
            fix = f"Name rows of sources.csv, or write {ILLUSTRATIVE}."
            folder.add(f"source {source!r} is not in sources.csv", f"{row['where']} source", "pair_source", fix)


def _check_place(folder: Folder, row: Row, zone: str, carrier: str, places: set[tuple[str, str]]) -> None:
    if any(z == zone for z, _ in places) and (zone, carrier) not in places:
        fix = f"Add {carrier} to the carriers of {zone} in zones.csv, or name another zone."
        folder.add(f"{carrier!r} is not traded in {zone}", row["where"], "pair_place", fix)


def _check_carriers(folder: Folder, terms: PairTerms | None, zones: list[Row]) -> None:
    known = terms.carriers if terms else dict.fromkeys(CARRIERS)
    for row in zones:
        for carrier in row["carriers"].split():
            if carrier not in known:
                fix = f"Add [carriers.{carrier}] to {FILE}, or remove it here."
                folder.add(f"carrier {carrier!r} has no terms", f"{row['where']} carriers", "pair_known", fix)


def _check_lines(
    folder: Folder, lines: list[Row], places: set[tuple[str, str]], carriers: Mapping[str, CarrierTerms]
) -> None:
    for row in lines:
        for end in ("from_zone", "to_zone"):
            _check_place(folder, row, row[end], row["carrier"], places)
        if row["from_zone"] == row["to_zone"]:
            folder.add("both ends are the same zone", row["where"], "pair_line", "Name two zones.")
        if row["loss"] >= 1:
            folder.add("everything is lost on the way", f"{row['where']} loss", "pair_range", "Write less than 1.")
        if carriers and row["carrier"] not in carriers:
            fix = f"Use {', '.join(carriers)}."
            folder.add(f"carrier {row['carrier']!r} has no terms", f"{row['where']} carrier", "pair_known", fix)


def _check_plant(folder: Folder, row: Row, places: set[tuple[str, str]], units: Mapping[str, Unit]) -> None:
    where = row["where"]
    if row["kind"] not in KINDS:
        folder.add(f"kind {row['kind']!r} is not known", f"{where} kind", "pair_known", f"Use {', '.join(KINDS)}.")
    if row["net_mw"] > row["gross_mw"]:
        what = f"net {row['net_mw']:g} MW is above gross {row['gross_mw']:g} MW"
        folder.add(what, where, "pair_gross_net", "Write at most the gross power as net.")
    if not isnan(row["cost_to"]) and row["cost_to"] < row["cost"]:
        folder.add("cost_to is below cost", where, "pair_steps", "Write costs that rise, or leave cost_to empty.")
    if row["kind"] == "conversion":
        _check_place(folder, row, row["zone"], row["input_carrier"], places)
        if row["input_carrier"] == row["carrier"]:
            fix = "Name another carrier as input."
            folder.add("it buys what it sells", f"{where} input_carrier", "pair_place", fix)
        if not 0 < row["efficiency"] <= (inf if row["carrier"] == "heat" else 1):
            what = f"an efficiency of {row['efficiency']:g} is not possible"
            folder.add(
                what, f"{where} efficiency", "pair_range", "Write above 0 and up to 1; heat pumps may have more."
            )
    if row["minimum_mw"] > row["units"] * row["net_mw"] * row["available"]:
        fix = "Write at most what it offers."
        folder.add(f"minimum {row['minimum_mw']:g} MW is above its power", where, "pair_range", fix)
    unit = units.get(row["plant"])
    if unit is not None:
        said = {"member": unit.member, "zone": unit.zone, "carrier": unit.carrier, "net_mw": unit.maximum_mw}
        said["plant"] = unit.name
        for column, value in said.items():
            if row[column] != value:
                what = f"plants.csv says {row[column]!r}, units/{row['plant']}.toml {value!r}"
                folder.add(what, f"{where} {column}", "pair_unit", "Say the same in both.")


def _by_order(folder: Folder, rows: list[Row]) -> list[list[Row]]:
    """Return the rows of each order; all of one must be of one member and place (noted)."""
    orders: dict[str, list[Row]] = {}
    for row in rows:
        orders.setdefault(row["order"], []).append(row)
    for steps in orders.values():
        for row in steps[1:]:
            if any(row[c] != steps[0][c] for c in ("member", "zone", "carrier")):
                fix = "Give it another order name."
                folder.add("an order is of one member, zone and carrier", row["where"], "pair_steps", fix)
    return list(orders.values())


def _check_orders(folder: Folder, demand: list[Row]) -> None:
    """Prices of the steps of one demand order fall."""
    for rows in _by_order(folder, demand):
        for one, other in pairwise(rows):
            if isnan(other["price"]) or other["price"] > (inf if isnan(one["price"]) else one["price"]):
                what = f"the price of a further step of {other['order']!r} does not fall"
                folder.add(what, other["where"], "pair_steps", "Write steps by falling price.")


def _check_supply(folder: Folder, plants: list[Row]) -> None:
    """Costs of the steps of one supply order rise from row to row."""
    steps = [row | {"order": row["order"] or row["plant"]} for row in plants if row["kind"] == "supply"]
    for rows in _by_order(folder, steps):
        for one, other in pairwise(rows):
            last = one["cost"] if isnan(one["cost_to"]) else one["cost_to"]
            if other["cost"] < last:
                what = f"the cost of a further step of {other['order']!r} is below the one before"
                folder.add(what, other["where"], "pair_steps", "Write steps by rising cost.")


def _check_profiles(folder: Folder, profiles: list[Row]) -> None:
    for row in profiles:
        if row["driver"] not in DRIVERS:
            fix = f"Use {', '.join(DRIVERS)}."
            folder.add(f"driver {row['driver']!r} is not known", f"{row['where']} driver", "pair_known", fix)
        if row["driver"] == "wind" and not 0 < row["level"] < 1:
            fix = "Write the share of wind power that is produced on average."
            folder.add(f"a mean of {row['level']:g}", f"{row['where']} level", "pair_range", fix)
        if not any(row[f"h{h:02d}"] for h in range(24)):
            fix = "Write a shape that is not zero all day."
            folder.add("the shape is zero", row["where"], "pair_range", fix)


def _check_members(folder: Folder, terms: PairTerms | None, members: list[Row]) -> None:
    for row in members:
        where = f"{row['where']} pays_in"
        if row["role"] not in ROLES:
            fix = f"Use {', '.join(ROLES)}."
            folder.add(f"role {row['role']!r} is not known", f"{row['where']} role", "pair_known", fix)
        folder.mistakes += unit_mistakes(row["pays_in"], where)
        if terms and row["pays_in"] not in {terms.currency, *terms.fixings}:
            fix = f"Add a fixing of {row['pays_in']} to {FILE}."
            folder.add(f"{row['pays_in']} has no fixing", where, "pair_fixing", fix)
