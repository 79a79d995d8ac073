"""A golden contract: a folder that is played from its plan, and the texts that come out of it.

    agreement.toml, plan.csv, other tables ─▶ Journal ─▶ expected/documents.txt, statement.txt and more

A row of `plan.csv` is one thing that somebody does at a time:

    act         contract    of                           value
    record                                               a table of facts, as `walras contract record` reads it
    observe                                              a table of observations: what was published since
    refuse                                               a table of facts, and every row of it is wrong
    deliver     its name    days: 2027, 2027-03, a..b    what is allocated on each of them
    explain     its name    a month
    DOCUMENT    its name    a month, a year, or a..b     (a year of months is twelve documents)
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

from typer.testing import CliRunner

from walras.cli import app
from walras.contracts.agreement_file import read_agreement
from walras.contracts.calendar import month_text, number_of
from walras.contracts.documents import Month
from walras.contracts.events import minute_of
from walras.contracts.explanation import explain_month
from walras.contracts.folder import read_rows, write_events
from walras.contracts.journal import Journal
from walras.errors import BadInput
from walras.formulas.periods import minute_text
from walras.formulas.values import amount_text
from walras.results.minor_units import decimals_of

MOST_WHOLE = 100
"""Journals of so many records are expected whole; of longer ones the last seal, which covers them, is enough."""


def play(case: Path, folder: Path) -> dict[str, str]:
    """Play a case in an empty folder; return what it says, by name of file."""
    (folder / "agreement.toml").write_bytes((case / "agreement.toml").read_bytes())
    journal = Journal(read_agreement(folder / "agreement.toml"))
    said: dict[str, str] = {}
    documents = []
    with (case / "plan.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            documents += done(journal, case, row, said)
    write_events(folder, journal)
    documents += ["", "booked and set off, in all", *in_all(journal)]
    documents.append(f"{len(journal.events)} records, last seal {journal.events[-1].hash[:16]}")
    said["documents.txt"] = "\n".join(documents) + "\n"
    if len(journal.events) <= MOST_WHOLE:
        said["events.jsonl"] = (folder / "events.jsonl").read_text("utf-8")
        said["check.txt"] = command("check", folder)
    said["statement.txt"] = command("statement", folder)
    return said


def command(*words: object) -> str:
    """Return what a command of contracts prints, 80 columns wide."""
    outcome = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["contract", *map(str, words)])
    assert outcome.exit_code == 0, outcome.stderr
    return "\n".join(line.rstrip() for line in outcome.stdout.splitlines()) + "\n"


def done(journal: Journal, case: Path, row: dict[str, str], said: dict[str, str]) -> Iterator[str]:
    """Do what a row of the plan says; yield the documents that it issues."""
    act, name, of, value, at = (row[k] for k in ("act", "contract", "of", "value", "at"))
    if act == "record":
        journal.record(read_rows(case / value))
    elif act == "observe":
        journal.record(published(journal, case / value, minute_of(at)))
    elif act == "refuse":
        said[f"refused {value.removesuffix('.csv')}.txt"] = refused(journal, case / value)
    elif act == "deliver":
        journal.record([{"kind": "allocation", "at": at, "contract": name, "day": d, "quantity": value}
                        for d in days(of)])  # fmt: skip
    elif act == "explain":
        month = Month(journal.standing, journal.agreement.contract(name), of, minute_of(at))
        said[f"explain {name} {of}.txt"] = explain_month(month) + "\n"
    else:
        for one in [of] if act == "annual statement" else months(of):
            yield digest(journal.issue(act, name, one, minute_of(at)))


def published(journal: Journal, table: Path, at: int) -> list[dict[str, str]]:
    """Return the rows of a table of observations that were published until a minute and are not recorded."""
    known = {tuple(e.body[k] for k in ("series", "period", "version")) for e in journal.events
             if e.kind == "observation"}  # fmt: skip
    rows = [r for r in read_rows(table) if minute_of(r["published_at"]) <= at]
    new = [r for r in rows if (r["series"], r["period"], r["version"]) not in known]
    return [{**r, "at": minute_text(at)} for r in new]


def refused(journal: Journal, table: Path) -> str:
    """Return why a table is refused; no row of it is right."""
    rows = read_rows(table)
    texts = []
    for row in rows:
        try:
            journal.record([row])
        except BadInput as error:
            texts.append(str(error))
    assert len(texts) == len(rows), "each row of a table that is refused is wrong"
    return "\n".join(texts) + "\n"


def days(of: str) -> list[date]:
    """Return the days of a year, a month, a day, or from one day to another.

    >>> len(days("2028")), len(days("2028-02")), len(days("2028-02-01..2028-02-28"))
    (366, 29, 28)
    """
    first, _, last = of.partition("..")
    begin = date.fromisoformat((f"{first}-01-01")[:10] if len(first) == 4 else f"{first}-01"[:10])
    end = {4: lambda: date(begin.year, 12, 31), 7: lambda: next_month(begin) - timedelta(days=1)}
    until = date.fromisoformat(last) if last else end.get(len(first), lambda: begin)()
    return [begin + timedelta(days=n) for n in range((until - begin).days + 1)]


def next_month(day: date) -> date:
    return date.fromisoformat(f"{month_text(number_of(day.isoformat()[:7]) + 1)}-01")


def months(of: str) -> list[str]:
    """Return the months of a year, one month, or from one month to another."""
    if re.fullmatch(r"\d{4}", of):
        return [f"{of}-{m:02}" for m in range(1, 13)]
    first, _, last = of.partition("..")
    return [month_text(n) for n in range(number_of(first), number_of(last or first) + 1)]


def digest(event) -> str:
    """Return a document as a few lines of at most 80 columns, every figure of it."""
    body, currency = event.body, event.body["currency"]
    of = body.get("month", body.get("year"))
    lines = [f"{minute_text(event.at)} {event.kind} {event.contract} {of}"]
    for line in (x for x in body.get("lines", ()) if x["quantity"] != "0"):
        lines += entry(line["item"], f"{figure(line['quantity'])} {line['unit']} at {figure(line['price'])}",
                       line["amount_minor"], currency)  # fmt: skip
    names = ("annual", "owed", "taken", "drawn", "short", "price", "carried")
    lines += [f"  {n:<10}{figure(body[n]):>20}" for n in names if body.get(n) not in {None, "0"}]
    lines += [f"  used of {year}'s carry-forward: {figure(q)}" for year, q in body.get("carried_used", ())]
    lines += [f"  expired, {what} of {year}: {figure(q)}" for what, year, q in body.get("expired", ())]
    lines += [y for *_, minor in body.get("before", ()) for y in entry("invoiced before", "", -minor, currency)]
    if "part" in body:
        lines += entry(f"part {body['part']} of {body['of']}, before it", "", body["before_minor"], currency)
    if body.get("deferred_minor"):
        lines += entry("put off", "", body["deferred_minor"], currency)
    lines += [y for payer, payee, minor in body["booked"] for y in entry(f"{payer} to {payee}", "", minor, currency)]
    for account, to, minor, other, rate, series in body["conversions"]:
        at = f"{money(minor, currency)} {currency} at {figure(rate)} ({series})"
        lines += entry(account, at, other, to)
    return "\n".join(lines)


def entry(item: str, text: str, minor: int, currency: str) -> list[str]:
    """Return an amount with what it is for, on two lines where one is too short."""
    amount = f"{money(minor, currency)} {currency}"
    if not text:
        return [f"  {item:<54}{amount:>24}"]
    if len(item) < 28 and len(text) <= 26:
        return [f"  {item:<28}{text:<26}{amount:>24}"]
    return [f"  {item}", f"    {text:<52}{amount:>24}"]


def in_all(journal: Journal) -> list[str]:
    """Return what documents have booked, by contract, payer and payee, and what was set off."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for event in journal.events:
        for payer, payee, minor in event.body.get("booked", ()):
            sums[f"{event.contract}, {payer} to {payee}", event.body["currency"]] += minor
        if event.kind == "set-off":
            of = journal.agreement.contract(event.contract)
            sums[f"{event.contract}, set off against an asset", of.currency] += event.body["amount"]
    return [y for (item, currency), minor in sums.items() for y in entry(item, "", minor, currency)]


def figure(text: str) -> str:
    return amount_text(Fraction(text))


def money(minor: int, currency: str) -> str:
    decimals = decimals_of(currency)
    return f"{minor / 10**decimals:,.{decimals}f}"
