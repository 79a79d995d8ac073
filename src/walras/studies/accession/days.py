"""The days of an accession: which market folder belongs to which, and what is wrong with them.

Every folder of both sides is read, and every pair of one day is checked, before anything is
cleared. Equal mistakes of several days are told once. The rules are listed in
docs/how-to/join-a-new-member.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from walras.book.book import Book
from walras.book.findings import LISTED, Findings
from walras.book.folder import read
from walras.book.read_terms import read_terms
from walras.errors import BadInput, Mistake
from walras.studies.accession.joining import read_joining

Found = dict[date, list[tuple[Path, Book]]]


@dataclass(frozen=True)
class Side:
    """The market folders of one side.

    Attributes:
        days: Those that could be read, by day.
        named: A folder of each day that the side has, readable or not.
        is_whole: Whether every folder says its day, so that a day can be called missing.
    """

    days: Found
    named: dict[date, Path]
    is_whole: bool


@dataclass(frozen=True)
class Day:
    """One delivery day: the folders of the market and of the new member."""

    day: date
    market: Path
    member: Path


@dataclass(frozen=True)
class Days:
    """All days in order, and the words that they share."""

    days: tuple[Day, ...]
    market: str
    member: str
    currency: str
    time_zone: str
    profile: str
    states: tuple[str, ...]
    new_states: tuple[str, ...]


def read_days(markets: Path, new_member: Path) -> Days:
    """Return the days of two folders of market folders.

    Raises:
        BadInput: With every mistake of every folder, and of every pair.
    """
    found = Findings()
    ours, theirs = (_side(folder, found) for folder in (markets, new_member))
    for folder, here, other in ((markets, ours, theirs), (new_member, theirs, ours)):
        _check_once(here.days, found)
        for day, path in sorted(other.named.items()) if here.is_whole else ():
            if day not in here.named:
                what = f"the day {day} is only on the other side, in {path}"
                fix = "Add a market folder of that day, or remove the other."
                found.add(what, str(folder), "day_on_both_sides", fix)
    pairs = {day: (ours.days[day][0], theirs.days[day][0]) for day in sorted(set(ours.days) & set(theirs.days))}
    told: list[tuple[Path, Mistake]] = []
    for (_, market), (path, member) in pairs.values():
        told += [(path, m) for m in _pair(market, member, path)]
    if pairs:
        told += _same_terms_every_day([(path, book) for (path, book), _ in pairs.values()])
    found.mistakes += _once_for_all_days(told)
    if found.mistakes:
        raise BadInput(found.mistakes)
    (_, market), (_, member) = next(iter(pairs.values()))
    return Days(
        tuple(Day(day, a[0], b[0]) for day, (a, b) in pairs.items()),
        market.name,
        member.name,
        market.currency,
        market.time_zone,
        market.profile.name,
        _countries(b for (_, b), _ in pairs.values()),
        _countries(b for _, (_, b) in pairs.values()),
    )


def _countries(books: Iterable[Book]) -> tuple[str, ...]:
    return tuple(sorted({z.country for book in books for z in book.cells.zones}))


def _side(folder: Path, found: Findings) -> Side:
    """Return the market folders in a folder; what is wrong with them goes to `found`."""
    if not folder.is_dir():
        found.add("there is no such folder", str(folder), "folder_present", "Name a folder of market folders.")
        return Side({}, {}, is_whole=False)
    inside = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not inside:
        fix = "Name a folder that holds one market folder a day."
        found.add("it holds no market folders", str(folder), "days_present", fix)
    days: Found = {}
    named: dict[date, Path] = {}
    told: list[tuple[Path, Mistake]] = []
    is_whole = bool(inside)
    for path in inside:
        try:
            book = read(path)
        except BadInput as error:
            told += [(path, m) for m in error.mistakes]
            day = _day_of(path)
            is_whole = is_whole and day is not None
        else:
            day = book.delivery_day
            days.setdefault(day, []).append((path, book))
        if day is not None:
            named.setdefault(day, path)
    found.mistakes += _once_for_all_days(told)
    return Side(days, named, is_whole)


def _day_of(folder: Path) -> date | None:
    """Return the delivery day of a folder that is wrong elsewhere, None if it does not say it."""
    try:
        return read_terms(folder, Findings()).delivery_day
    except BadInput:
        return None


def _check_once(days: Found, found: Findings) -> None:
    for day, folders in days.items():
        for path, _ in folders[1:]:
            what = f"it is of {day}, and so is {folders[0][0].name}"
            found.add(what, str(path), "day_once", "Keep one market folder of each delivery day.")


def _pair(market: Book, member: Book, folder: Path) -> list[Mistake]:
    """Return what keeps two books of one day from being joined."""
    found = Findings()
    for rule, word, ours, theirs in (
        ("same_currency", "currency", market.currency, member.currency),
        ("same_time_zone", "time zone", market.time_zone, member.time_zone),
        ("same_rules_profile", "rules profile", market.profile.name, member.profile.name),
    ):
        if ours != theirs:
            what = f"the {word} is {theirs}, that of the market {ours}"
            found.add(what, "market.toml", rule, f"Write the new member's folder with {ours}.")
    zones = {z.name for z in market.cells.zones}
    is_new = True
    for zone in member.cells.zones:
        if zone.name in zones:
            is_new = False
            fix = "Name folders of a member that is not in the market, or give the zone another name."
            found.add(f"zone {zone.name!r} is in the market already", "zones", "member_zone_new", fix)
    countries = {z.country for z in market.cells.zones}
    for country in sorted({z.country for z in member.cells.zones} & countries):
        fix = "Name folders of a state that is not in the market."
        found.add(f"country {country!r} is in the market already", "zones", "member_country_new", fix)
    _check_names(market, member, found)
    if is_new:
        read_joining(market, member, folder, found)
    return found.mistakes


def _check_names(market: Book, member: Book, found: Findings) -> None:
    """Report names of orders, lines and the like that both folders use."""
    for table, word, ours, theirs in zip(_TABLES, _WORDS, _names(market), _names(member), strict=True):
        taken, fix = set(ours), f"Give the {word} a name of its own."
        twice = [n for n in theirs if n in taken]
        for name in twice[:LISTED]:
            found.add(f"{word} {name!r} is in the market already", table, "name_once", fix)
        if len(twice) > LISTED:
            what = f"{len(twice) - LISTED} more names are in the market already ({len(twice)} in all)"
            found.add(what, table, "name_once", fix)


_TABLES = ("orders", "lines", "borders", "domains", "exclusive_groups", "zones")
_WORDS = ("order", "line", "border", "domain", "exclusive group", "EIC code")


def _names(book: Book) -> tuple[tuple[str, ...], ...]:
    families = (book.curves, book.blocks, book.flexibles, book.scalables, book.storages)
    orders = tuple(n for family in families for n in family.name)
    codes = tuple(z.eic for z in book.cells.zones if z.eic is not None)
    return orders, book.lines.name, book.borders.name, book.domains.name, book.blocks.group_name, codes


def _same_terms_every_day(books: list[tuple[Path, Book]]) -> list[tuple[Path, Mistake]]:
    """Return days of the market with another currency or time zone than its first: no sums over them."""
    first = books[0][1]
    told = []
    for path, book in books[1:]:
        for rule, word, ours, theirs in (
            ("same_currency", "currency", first.currency, book.currency),
            ("same_time_zone", "time zone", first.time_zone, book.time_zone),
        ):
            if ours != theirs:
                what = f"the {word} is {theirs}, that of the first day {ours}"
                told.append((path, Mistake(what, "market.toml", rule, f"Write every day with {ours}.")))
    return told


def _once_for_all_days(told: list[tuple[Path, Mistake]]) -> list[Mistake]:
    """Return each mistake once: where it is first, and how many more days have it."""
    seen: dict[Mistake, list[Path]] = {}
    for path, mistake in told:
        seen.setdefault(mistake, []).append(path)
    out = []
    for mistake, paths in seen.items():
        more = len(paths) - 1
        also = f" (and in {more} more folder{'s' if more > 1 else ''})" if more else ""
        out.append(replace(mistake, where=f"{paths[0]}, {mistake.where}{also}"))
    return out
