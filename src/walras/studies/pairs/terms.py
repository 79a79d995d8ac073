"""What pair.toml says: name, time zone, money, carriers, and when units stand for maintenance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from walras.book.cells import Tick
from walras.book.profile import profile_names
from walras.book.ticks import tick_of
from walras.errors import BadInput
from walras.results.minor_units import unit_mistakes
from walras.studies.pairs.fields import Folder, Row
from walras.studies.pairs.pair import WHOLE_DAY, CarrierTerms, Maintenance
from walras.vocabulary import CARRIERS

FILE = "pair.toml"
FORMAT, VERSION = "walras-pair", 1
HEAD: dict[str, type] = {
    "format": str, "version": int, "name": str, "time_zone": str, "currency": str, "rules_profile": str,
    "border": str, "fixings": dict, "carriers": dict, "maintenance": list,
}  # fmt: skip
OPTIONAL = {"maintenance", "fixings", "border"}
BORDERS = ("settled", "open")
"""Whether the two sides register bilateral contracts and settle deviations, or the auction alone crosses."""
CARRIER = ("begins", "price_min", "price_max", "price_tick", "quantity_tick", "reference_price")


@dataclass(frozen=True)
class PairTerms:
    """The fields of `Pair` that pair.toml gives."""

    name: str
    time_zone: ZoneInfo
    currency: str
    rules_profile: str
    fixings: Mapping[str, str]
    carriers: Mapping[str, CarrierTerms]
    maintenance: tuple[Maintenance, ...]
    is_border_settled: bool


def read_terms(folder: Folder) -> PairTerms | None:
    """Return what pair.toml says, None if it is wrong (noted)."""
    before = len(folder.mistakes)
    said = folder.toml(FILE)
    if not said:
        return None
    _check_head(folder, said)
    if len(folder.mistakes) > before:
        return None
    zone = _zone(folder, said["time_zone"])
    fixings = said.get("fixings", {})
    folder.mistakes += unit_mistakes(said["currency"], f"{FILE} currency")
    for code, rate in fixings.items():
        if not re.fullmatch(r"[A-Z]{3}", code) or not isinstance(rate, str) or not re.fullmatch(r"\d+(\.\d+)?", rate):
            fix = 'Write the code and a decimal in quotes, such as SEK = "0.09".'
            folder.add(f"{code} = {rate!r} is no fixing", f"{FILE} fixings", "pair_field_type", fix)
    carriers = {name: _carrier(folder, name, terms) for name, terms in said["carriers"].items()}
    maintenance = [_maintenance(folder, n, row) for n, row in enumerate(said.get("maintenance", []), 1)]
    if len(folder.mistakes) > before:
        return None
    assert zone is not None
    return PairTerms(
        said["name"],
        zone,
        said["currency"],
        said["rules_profile"],
        fixings,
        {name: terms for name, terms in carriers.items() if terms is not None},
        tuple(m for m in maintenance if m is not None),
        said.get("border", BORDERS[0]) == BORDERS[0],
    )


def _check_head(folder: Folder, said: Row) -> None:
    for name in sorted(set(said) - set(HEAD)):
        folder.add(f"{name!r} is not known", FILE, "pair_field_known", f"Use {', '.join(HEAD)}.")
    for name, kind in HEAD.items():
        if name not in said:
            if name not in OPTIONAL:
                folder.add(f"{name} is missing", FILE, "pair_field_present", f"Add {name}.")
        elif not isinstance(said[name], kind) or isinstance(said[name], bool):
            what = f"{said[name]!r} is not of the type {kind.__name__}"
            folder.add(what, f"{FILE} {name}", "pair_field_type", "Write it as docs/pair-folder.md shows.")
    if said.get("format") != FORMAT or said.get("version") != VERSION:
        what = f"it is {said.get('format')!r} version {said.get('version')!r}"
        folder.add(what, FILE, "pair_format", f'Write format = "{FORMAT}" and version = {VERSION}.')
    if said.get("border", BORDERS[0]) not in BORDERS:
        folder.add(f"{said['border']!r} is no border", f"{FILE} border", "pair_known", f"Write {' or '.join(BORDERS)}.")
    if said.get("rules_profile") not in profile_names():
        fix = f"Name one of {', '.join(profile_names())}."
        folder.add(f"no rules profile {said.get('rules_profile')!r}", f"{FILE} rules_profile", "pair_known", fix)


def _zone(folder: Folder, name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fix = "Write an IANA name such as Europe/Rome."
        folder.add(f"time zone {name!r} is not known", f"{FILE} time_zone", "pair_known", fix)
        return None


def _carrier(folder: Folder, name: str, said: Any) -> CarrierTerms | None:  # noqa: ANN401 - a file may say anything
    where, before = f"{FILE} carriers.{name}", len(folder.mistakes)
    if name not in CARRIERS:
        folder.add(f"carrier {name!r} is not known", where, "pair_known", f"Use {', '.join(CARRIERS)}.")
    said = said if isinstance(said, dict) else {}
    for field in sorted(set(said) - {"mtu_minutes", *CARRIER}):
        fix = f"Use mtu_minutes, {', '.join(CARRIER)}."
        folder.add(f"{field!r} is not known", where, "pair_field_known", fix)
    for field in ("mtu_minutes", *CARRIER):
        if field not in said:
            folder.add(f"{field} is missing", where, "pair_field_present", f"Add {field}.")
    if len(folder.mistakes) > before:
        return None
    minutes = said["mtu_minutes"]
    if minutes == "day":
        minutes = WHOLE_DAY
    elif not isinstance(minutes, int) or minutes not in {15, 30, 60}:
        folder.add(f"mtu_minutes {minutes!r}", where, "pair_field_type", 'Write 15, 30, 60 or "day".')
    begins = _clock(folder, said["begins"], where)
    numbers = {f: _number(folder, said[f], f"{where} {f}") for f in CARRIER[1:]}
    ticks = [_tick(folder, numbers[f], f"{where} {f}") for f in ("price_tick", "quantity_tick")]
    if numbers["price_min"] >= numbers["price_max"]:
        folder.add("price_min is not below price_max", where, "pair_range", "Write a lower limit below the upper one.")
    if len(folder.mistakes) > before:
        return None
    price_tick, quantity_tick = ticks
    assert price_tick is not None
    assert quantity_tick is not None
    assert begins is not None
    limits = numbers["price_min"], numbers["price_max"]
    return CarrierTerms(minutes, begins, *limits, price_tick, quantity_tick, numbers["reference_price"])


def _clock(folder: Folder, said: Any, where: str) -> time | None:  # noqa: ANN401
    if isinstance(said, str) and re.fullmatch(r"([01]\d|2[0-3]):00", said):
        return time(int(said[:2]))
    fix = 'Write a full local hour such as "10:00".'
    folder.add(f"begins {said!r} is no full hour", f"{where} begins", "pair_field_type", fix)
    return None


def _number(folder: Folder, said: Any, where: str) -> float:  # noqa: ANN401
    if isinstance(said, int | float) and not isinstance(said, bool):
        return float(said)
    folder.add(f"{said!r} is not a number", where, "pair_field_type", "Write a number.")
    return 0.0


def _tick(folder: Folder, size: float, where: str) -> Tick | None:
    tick = tick_of(size)
    if tick is None:
        folder.add(f"{size:g} is no tick", where, "pair_range", "Write a positive decimal such as 0.01.")
    return tick


def _maintenance(folder: Folder, number: int, said: Any) -> Maintenance | None:  # noqa: ANN401
    where = f"{FILE} maintenance {number}"
    try:
        begin = date.fromisoformat(f"2026-{said['from']}")
        row = Maintenance(said["unit"], begin.month, begin.day, int(said["days"]))
    except (KeyError, TypeError, ValueError, BadInput):
        fix = 'Write unit, from (month and day, such as "05-10") and days.'
        folder.add(f"{said!r} is no maintenance", where, "pair_field_type", fix)
        return None
    if not 1 <= row.days <= 365:
        folder.add(f"{row.days} days", where, "pair_range", "Write 1 to 365 days.")
    return row
