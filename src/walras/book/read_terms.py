"""market.toml: what the auction is called, in which currency, where its day begins, which rules hold."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from walras.book.findings import Findings
from walras.book.profile import Profile, load_profile
from walras.book.schema import FORMAT, VERSION
from walras.errors import BadInput, Mistake, NewerFormat

FILE = "market.toml"
_SETTINGS: dict[str, type] = {
    "format": str,
    "version": int,
    "name": str,
    "currency": str,
    "time_zone": str,
    "delivery_day": date,
    "rules_profile": str,
}
_WORDS = {str: "a text", int: "a whole number", date: "a date such as 2025-04-01"}


@dataclass(frozen=True)
class Terms:
    """What market.toml says; None where it is wrong (and reported).

    `day_start` and `day_end` bound the delivery day in minutes UTC.
    """

    name: str | None = None
    currency: str | None = None
    time_zone: str | None = None
    delivery_day: date | None = None
    profile: Profile | None = None
    day_start: int | None = None
    day_end: int | None = None


def delivery_day_minutes(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """Return where a calendar day begins and ends, in minutes UTC since 1970.

    Example:
        Clocks go forward in Rome on 30 March 2025: the day has 23 hours.

        >>> start, end = delivery_day_minutes(date(2025, 3, 30), ZoneInfo("Europe/Rome"))
        >>> (end - start) / 60
        23.0
    """
    midnights = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in (day, day + timedelta(days=1)))
    start, end = (int(m.timestamp()) // 60 for m in midnights)
    return start, end


def read_terms(folder: Path, findings: Findings) -> Terms:
    """Return what market.toml says.

    Raises:
        NewerFormat: The folder was written by a later version; nothing else of it can be judged.
    """
    data = _toml(folder / FILE, findings)
    if data is None:
        return Terms()
    _check_version(data, findings)
    said = _settings(data, findings)
    currency = said.get("currency")
    if currency is not None and not re.fullmatch(r"[A-Z]{3}", currency):
        fix = "Write three capital letters, such as EUR (ISO 4217)."
        findings.add(f"currency {currency!r} is no currency code", FILE, "currency_code", fix)
        currency = None
    day, zone_name, profile_name = said.get("delivery_day"), said.get("time_zone"), said.get("rules_profile")
    zone = None if zone_name is None else _zone(zone_name, findings)
    profile = None
    if day is not None and profile_name is not None:
        try:
            profile = load_profile(profile_name, day)
        except BadInput as error:
            findings.mistakes.extend(error.mistakes)
    bounds: tuple[int | None, int | None] = (None, None)
    if day is not None and zone is not None:
        try:
            bounds = delivery_day_minutes(day, zone)
        except (OverflowError, ValueError):
            fix = "Name a day of this century."
            findings.add(f"delivery_day {day} has no beginning or end", FILE, "delivery_day", fix)
    return Terms(said.get("name"), currency, zone_name if zone else None, day, profile, *bounds)


def _toml(path: Path, findings: Findings) -> dict[str, Any] | None:
    if not path.is_file():
        fix = "Write market.toml as docs/market-folder.md shows."
        findings.add(f"{path.name} is missing", path.name, "toml_present", fix)
        return None
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        findings.add(f"the file cannot be read: {error}", path.name, "toml_readable", "Write valid TOML in UTF-8.")
        return None


def _check_version(data: dict[str, Any], findings: Findings) -> None:
    if data.get("format", FORMAT) != FORMAT:
        what = f"format is {data['format']!r}, not {FORMAT!r}"
        findings.add(what, FILE, "format_known", f'Write format = "{FORMAT}", or name a market folder.')
        return
    version = data.get("version", VERSION)
    if not isinstance(version, int) or isinstance(version, bool):
        return
    if version > VERSION:
        what = f"the folder is of version {version}, this release reads up to version {VERSION}"
        fix = "Read it with a newer release, or write it again as this version."
        raise NewerFormat([Mistake(what, FILE, "version_known", fix)])
    if version < 1:
        findings.add(f"version {version} never existed", FILE, "version_known", f"Write version = {VERSION}.")


def _settings(data: dict[str, Any], findings: Findings) -> dict[str, Any]:
    """Return the settings whose type is right."""
    for name in sorted(set(data) - set(_SETTINGS)):
        fix = f"Remove or rename it; known are {', '.join(_SETTINGS)}."
        findings.add(f"{name!r} is not known", FILE, "setting_known", fix)
    good: dict[str, Any] = {}
    for name, kind in _SETTINGS.items():
        if name not in data:
            findings.add(f"{name} is missing", FILE, "setting_present", f"Add {name}, {_WORDS[kind]}.")
        elif not isinstance(data[name], kind) or isinstance(data[name], bool | datetime):
            what = f"{name} = {data[name]!r} is not {_WORDS[kind]}"
            findings.add(what, FILE, "setting_type", f"Write {_WORDS[kind]}.")
        else:
            good[name] = data[name]
    return good


def _zone(name: str, findings: Findings) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        what = f"time zone {name!r} is not known"
        findings.add(what, FILE, "time_zone_known", "Write an IANA name such as Europe/Rome.")
        return None
