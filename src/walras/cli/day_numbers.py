"""What a played day came to, in tables of a terminal: prices, contracts, bills. Read from the files that it left."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from statistics import fmean
from typing import Any

from walras.cli.show import number, print_table, say

MOST_BILLS = 30


def show_numbers(out: Path) -> None:
    """Print prices of each session, where supply contracts stand, and who was billed what.

    Args:
        out: Folder of a rehearsal.
    """
    for place in sorted((out / "results").glob("*")):
        _prices(place)
    _contracts(out)
    _bills(out)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _prices(place: Path) -> None:
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    unit = ""
    for row in _rows(place / "published" / "prices.csv"):
        column = next(c for c in row if c.startswith("price_"))
        unit = column.removeprefix("price_").replace("_per_mwh", "").upper() + "/MWh"
        found[row["carrier"], row["zone"]].append(float(row[column]))
    rows = [(carrier, zone, *(number(f(p)) for f in (min, fmean, max))) for (carrier, zone), p in sorted(found.items())]
    print_table(f"Prices of {place.name}, {unit}", ("carrier", "zone", "lowest", "mean", "highest"), rows, left=(0, 1))


def _contracts(out: Path) -> None:
    """Print the months of contracts that have a final invoice: who, how much was delivered, what was invoiced."""
    from walras.contracts.calendar import days_of
    from walras.contracts.folder import read_folder
    from walras.results.minor_units import decimals_of

    if not (out / "contracts").is_dir():
        return
    names = {row["code"]: row["name"] for row in _rows(out / "names.csv")}
    rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for folder in sorted((out / "contracts").iterdir()):
        journal = read_folder(folder)
        for event in (e for e in journal.events if e.kind == "final invoice"):
            contract, month = journal.agreement.contract(event.contract), event.body["month"]
            assert contract is not None, "a record is of a contract"
            course = journal.standing.course(contract)
            taken = sum((course.allocated[d].quantity for d in days_of(contract, month)), Fraction(0))
            total = sum(line["amount_minor"] for line in event.body["lines"]) / 10 ** decimals_of(contract.currency)
            sides = _short(names, contract.seller), _short(names, contract.buyer)
            figures = f"{number(float(taken), 0)} {contract.unit}", f"{number(total, 0)} {contract.currency}"
            rows[month].append((contract.contract, *sides, *figures))
    heads = ("contract", "from", "to", "delivered", "invoiced")
    for month, found in sorted(rows.items()):
        print_table(f"Supply contracts, {month}", heads, found, left=(0, 1, 2))


def _short(names: Mapping[str, str], account: str) -> str:
    code = account.partition("/")[2]
    return names.get(code, code)


def _bills(out: Path) -> None:
    from walras.results.minor_units import decimals_of

    if not (out / "bills.csv").is_file():
        return
    names = {row["code"]: row["name"] for row in _rows(out / "names.csv")}
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for bill in _rows(out / "bills.csv"):
        found[bill["account"], bill["currency"]].append(int(bill["receives_minor"]))
    rows = [
        (_short(names, account), str(len(minor)), number(sum(minor) / 10 ** decimals_of(currency)), currency)
        for (account, currency), minor in sorted(found.items())
    ]
    print_table("Bills (negative: to be paid)", ("party", "bills", "sum", ""), rows[:MOST_BILLS], left=(0, 3))
    left = [
        row for row in _rows(out / "balances.csv") if int(row["amount_minor"]) and not row["account"].startswith("bank")
    ]
    say("after everybody paid, the ledger holds: " + ("; ".join(
        f"{row['account']} {number(int(row['amount_minor']) / 10 ** decimals_of(row['currency']))} {row['currency']}"
        for row in left) or "nothing"))  # fmt: skip
