"""The supply contracts of a pair: its agreements, what is nominated a day, and what happens month by month.

A pair folder may hold `agreements/*.toml`, `contracts.csv` (how each contract is nominated, and who
allocates it) and `series.csv` (what its formulas observe); see docs/pair-folder.md.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from walras.contracts import Agreement, Contract, agreement_of
from walras.errors import BadInput, Mistake
from walras.studies.pairs.fields import Folder
from walras.studies.pairs.pair import Pair
from walras.studies.pairs.profiles import by_hour
from walras.studies.pairs.series import SeriesRow
from walras.studies.pairs.weather import Weather, usual_weather, weather_of


@dataclass(frozen=True)
class ContractRow:
    """How one contract is lived with.

    Attributes:
        contract, agreement: Its name, and the file under `agreements` that holds it.
        profile: Which profile of the pair its daily quantity follows; empty = its days.
        days, quantity: Days of the year with a delivery (`01-20`), and how much each.
        allocated_by: The company that allocates it where no auction does.
        source: Where its figures come from.
    """

    contract: str
    agreement: str
    profile: str
    days: str
    quantity: float
    allocated_by: str
    source: str


@dataclass(frozen=True)
class Supplies:
    """All of a pair's supply contracts.

    Attributes:
        agreements: By file name without its end.
        rows: By contract.
        series: What is observed for them.
    """

    agreements: dict[str, Agreement]
    rows: dict[str, ContractRow]
    series: tuple[SeriesRow, ...]

    def contracts(self, day: date) -> list[tuple[str, Contract]]:
        """Return the contracts that hold on a day, each with its agreement's name."""
        found = [(n, c) for n, a in sorted(self.agreements.items()) for c in a.contracts]
        return [(n, c) for n, c in found if c.begin <= day < c.end]


def read_supplies(path: Path) -> Supplies:
    """Return the supply contracts of a pair folder; none where it has no agreements.

    Raises:
        BadInput: With every mistake of its agreements and tables.
    """
    if not (path / "agreements").is_dir():
        return Supplies({}, {}, ())
    folder, agreements, broken = Folder(path), dict[str, Agreement](), set[str]()
    for file in sorted((path / "agreements").glob("*.toml")):
        try:
            agreements[file.stem] = agreement_of(file.read_text(encoding="utf-8"), f"agreements/{file.name}")
        except BadInput as error:
            folder.mistakes += error.mistakes
            broken.add(file.stem)  # its contracts are not asked for
    rows = [ContractRow(**_of(ContractRow, row)) for row in folder.table("contracts")]
    series = tuple(SeriesRow(**_of(SeriesRow, row)) for row in folder.table("series"))
    for row in rows:
        if row.agreement in broken:
            continue
        if row.agreement not in agreements or agreements[row.agreement].contract(row.contract) is None:
            what, fix = (
                f"agreement {row.agreement!r} has no such contract",
                "Name a file of agreements, and a contract of it.",
            )
            folder.mistakes.append(Mistake(what, f"contracts.csv {row.contract}", "pair_contract", fix))
    known = {row.contract for row in rows}
    for agreement in agreements.values():
        for c in agreement.contracts:
            if c.contract not in known:
                fix = "Add a row that says how it is nominated."
                folder.mistakes.append(Mistake("it has no row", f"contracts.csv {c.contract}", "pair_contract", fix))
    if folder.mistakes:
        raise BadInput(folder.mistakes)
    return Supplies(agreements, {row.contract: row for row in rows}, series)


def _of(kind: type[Any], row: dict[str, Any]) -> dict[str, Any]:
    return {f.name: row[f.name] for f in fields(kind)}


def nominated(pair: Pair, supplies: Supplies, contract: Contract, day: date, seed: int) -> Fraction:
    """Return what the buyer asks for on a day: its profile's share of the daily quantity, within what it may ask.

    Args:
        pair: With its profiles.
        supplies: With the row of the contract.
        contract: One of them.
        day: Contract day.
        seed: Of the weather.
    """
    return _wanted(pair, supplies.rows[contract.contract], contract, day, weather_of(day, seed))


def expected(pair: Pair, supplies: Supplies, contract: Contract, day: date) -> Fraction:
    """Return what the buyer will ask for on a day in its usual weather: known from the calendar alone.

    Args:
        pair: With its profiles.
        supplies: With the row of the contract.
        contract: One of them.
        day: Contract day.
    """
    return _wanted(pair, supplies.rows[contract.contract], contract, day, usual_weather(day))


def _wanted(pair: Pair, row: ContractRow, contract: Contract, day: date, weather: Weather) -> Fraction:
    q = contract.quantity
    if not row.profile:
        return Fraction(row.quantity) if day.isoformat()[5:] in row.days.split() else Fraction(0)
    share = float(by_hour(pair.profiles[row.profile], day, weather).mean())
    step = max(1, int(q.daily) // 100)
    wanted = Fraction(round(float(q.daily) * share / step) * step)
    return min(max(wanted, q.daily_minimum), q.daily_maximum)


def is_read(series: str, agreement: Agreement) -> bool:
    """Return whether an agreement's formulas or payments may read a series, by its name or both its currencies.

    Example:
        >>> is_read("USD/EUR", Agreement("", "UTC", 0, (1, 1), (), 'fx "USD" "EUR": daily;'))
        True
    """
    base, slash, quote = series.partition("/")
    is_fixing = bool(slash) and f'"{base}"' in agreement.text and f'"{quote}"' in agreement.text
    return f'"{series}"' in agreement.text or is_fixing
