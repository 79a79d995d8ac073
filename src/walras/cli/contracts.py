"""Commands of supply contracts: check a folder, record facts, issue documents, see where it stands, explain a price."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from walras.cli.show import number, print_table, say
from walras.errors import BadInput, Mistake

if TYPE_CHECKING:
    from fractions import Fraction

    from walras.contracts import Contract, Event, Journal

_Folder = Annotated[Path, typer.Argument(help="Contract folder (docs/contracts.md).", metavar="FOLDER")]
_Contract = Annotated[str, typer.Argument(help="Name of an individual contract.", metavar="CONTRACT")]
_At = Annotated[str, typer.Option("--at", help="Time with its zone; what came later does not count. Now by default.")]

contract = typer.Typer(help="Settle supply contracts from what happened under them.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of supply contracts."""
    app.add_typer(contract, name="contract")


@contract.command("check", epilog="Example: walras contract check gas")
def check(
    folder: _Folder,
    *,
    seal: Annotated[str, typer.Option("--seal", help="A seal noted earlier, which the records must still have.")] = "",
) -> None:
    """Check an agreement and its records; every document is computed anew and compared."""
    from walras.contracts.folder import check_seal, read_folder

    journal = read_folder(folder)
    if seal:
        check_seal(journal, seal)
    rows = [(c.contract, c.commodity, f"{c.seller} to {c.buyer}", str(c.begin), str(c.end), f"{c.currency}/{c.unit}")
            for c in journal.agreement.contracts]  # fmt: skip
    heads = ("contract", "commodity", "parties", "from", "to before", "price in")
    print_table(journal.agreement.name, heads, rows, left=(0, 1, 2, 3, 4, 5))
    say(f"{len(journal.events)} records, every seal holds and every document follows from those before it")
    if journal.events:
        say(f"last seal: {journal.events[-1].hash}")


@contract.command("record", epilog="Example: walras contract record gas nominations.csv")
def record(
    folder: _Folder, rows: Annotated[Path, typer.Argument(help="Facts as CSV (docs/contracts.md).", metavar="FILE")]
) -> None:
    """Record facts: nominations, allocations, observations and more, all of a file or none of it."""
    from walras.contracts.folder import read_folder, read_rows, unrecorded, write_events

    journal = read_folder(folder)
    said = read_rows(rows)
    found = journal.record(unrecorded(journal, said))
    write_events(folder, journal)
    before = f", {len(said) - len(found)} were there" if len(said) > len(found) else ""
    say(f"recorded: {len(found)}, now {len(journal.events)}{before}")


@contract.command("issue", epilog='Example: walras contract issue gas "final invoice" gas-2027 2027-03')
def issue(
    folder: _Folder,
    kind: Annotated[str, typer.Argument(help="A document, such as `final invoice`.", metavar="DOCUMENT")],
    name: _Contract,
    of: Annotated[str, typer.Argument(help="Month, or year of an annual statement.", metavar="MONTH")],
    *,
    at: _At = "",
) -> None:
    """Issue a document: compute it from the records, record it, and print it."""
    from walras.contracts.folder import read_folder, write_events

    journal = read_folder(folder)
    event = journal.issue(kind, name, of, _minute(at))
    write_events(folder, journal)
    _print_document(journal, event)


@contract.command("explain", epilog="Example: walras contract explain gas gas-2027 2027-03")
def explain(
    folder: _Folder,
    name: _Contract,
    month: Annotated[str, typer.Argument(help="Month, such as 2027-03.", metavar="MONTH")],
    *,
    day: Annotated[str, typer.Option("--day", help="Day whose price is derived, where it changes by day.")] = "",
    at: _At = "",
) -> None:
    """Derive a month's prices line by line, with every observation, and how its lines come to what is due."""
    from datetime import date

    from walras.contracts.documents import Month
    from walras.contracts.explanation import explain_month
    from walras.contracts.folder import read_folder

    journal = read_folder(folder)
    try:
        chosen = date.fromisoformat(day) if day else None
    except ValueError as error:
        raise BadInput(
            [Mistake(f"{day[:40]!r} is no day", "--day", "day_given", "Write it like 2027-03-31.")]
        ) from error
    typer.echo(explain_month(Month(journal.standing, _find(journal, name), month, _minute(at)), chosen))


@contract.command("statement", epilog="Example: walras contract statement gas --contract gas-2027")
def statement(
    folder: _Folder,
    *,
    name: Annotated[str, typer.Option("--contract", help="One contract; all by default.")] = "",
) -> None:
    """Show where contracts stand: months, years, what make-up and carry-forward have left."""
    from walras.contracts.folder import read_folder

    journal = read_folder(folder)
    for found in [_find(journal, name)] if name else journal.agreement.contracts:
        _print_months(journal, found)
        _print_years(journal, found)
        _print_bank(journal, found)
        _print_parts(journal, found)


def _find(journal: Journal, name: str) -> Contract:
    found = journal.agreement.contract(name)
    if found is None:
        fix = f"Write one of {', '.join(c.contract for c in journal.agreement.contracts)}."
        raise BadInput([Mistake(f"there is no contract {name[:60]!r}", "CONTRACT", "contract_known", fix)])
    return found


def _minute(at: str) -> int:
    """Return the minute UTC of an option, or of now."""
    from datetime import UTC, datetime

    from walras.contracts.events import minute_of

    try:
        return minute_of(at or datetime.now(UTC).replace(second=0, microsecond=0).isoformat())
    except ValueError as error:
        fix = "Write a time with its zone, in whole minutes: 2027-01-01T08:00+03:00."
        raise BadInput([Mistake(f"{at[:40]!r} is no time", "--at", "event_time", fix)]) from error


def _figure(text: str | Fraction) -> str:
    from fractions import Fraction

    from walras.formulas.values import amount_text

    return amount_text(Fraction(text))


def _money(minor: int, currency: str) -> str:
    from walras.results.minor_units import decimals_of

    decimals = decimals_of(currency)
    return number(minor / 10**decimals, decimals)


def _print_document(journal: Journal, event: Event) -> None:
    body, currency = event.body, event.body["currency"]
    lines = [(line["item"], f"{_figure(line['quantity'])} {line['unit']}", _figure(line["price"]),
              _money(line["amount_minor"], currency)) for line in body.get("lines", [])]  # fmt: skip
    if lines:
        print_table("", ("line", "quantity", "price", currency), lines)
    names = [n for n in ("annual", "owed", "taken", "drawn", "short", "price", "carried") if body.get(n) is not None]
    if "year" in body:
        print_table("", ("of the year", str(body["year"])), [(n, _figure(body[n])) for n in names])
    for payer, payee, minor in body["booked"]:
        say(f"{payer} pays {payee} {_money(minor, currency)} {currency}")
    for account, to, _, other, rate, series in body["conversions"]:
        say(f"{account}: {_money(other, to)} {to} at {_figure(rate)} ({series})")
    if body.get("deferred_minor"):
        say(f"put off in all: {_money(body['deferred_minor'], currency)} {currency}")
    say(f"record {event.number} of {len(journal.events)}, seal {event.hash}")


def _print_months(journal: Journal, found: Contract) -> None:
    from walras.contracts.calendar import days_of

    course = journal.standing.course(found)
    rows: list[tuple[Any, ...]] = []
    for month, invoiced in sorted(course.months.items()):
        days = [course.allocated[d].quantity for d in days_of(found, month) if d in course.allocated]
        total = sum(days, start=found.quantity.daily * 0)
        last = invoiced.documents[-1] if invoiced.documents else ""
        rows.append((month, _figure(total), last, _money(sum(invoiced.booked.values()), found.currency),
                     _money(invoiced.deferred, found.currency)))  # fmt: skip
    if rows:
        heads = ("month", f"taken, {found.unit}", "last document", f"booked, {found.currency}", "put off")
        print_table(found.contract, heads, rows, left=(0, 2))
    else:
        say(f"{found.contract}: no month is invoiced")


def _print_years(journal: Journal, found: Contract) -> None:
    from walras.contracts.calendar import year_of
    from walras.contracts.make_up import drawn_in
    from walras.contracts.quantities import annual_quantity, owed, taken

    agreement, course = journal.agreement, journal.standing.course(found)
    years = sorted({year_of(agreement, d) for d in (*course.allocated, *course.nominated)})
    rows = []
    for year in years:
        annual = annual_quantity(found, course, year)
        said = course.statements.get(year)
        paid = _money(said["amount_minor"], found.currency) if said else "not stated"
        rows.append((year, "" if annual is None else _figure(annual), _figure(owed(agreement, found, course, year)),
                     _figure(taken(agreement, found, course, year)),
                     _figure(drawn_in(journal.standing, found, year)), paid))  # fmt: skip
    if rows:
        print_table("", ("year", "annual", "take or pay", "taken", "drawn", "paid, not taken"), rows)


def _print_bank(journal: Journal, found: Contract) -> None:
    bank = journal.standing.bank(found)
    rows = [
        ("make-up", lot.year, _figure(lot.quantity), _figure(lot.left), _figure(lot.paid_price)) for lot in bank.lots
    ]
    rows += [("carry-forward", c.year, _figure(c.quantity), _figure(c.left), "") for c in bank.carried]
    if rows:
        print_table("", ("bank", "of", str(found.unit), "left", f"paid, {found.currency}/{found.unit}"), rows)


def _print_parts(journal: Journal, found: Contract) -> None:
    """Print what is paid in parts: instalments of what was put off, and parts for an asset with what they paid."""
    course = journal.standing.course(found)
    terms = found.deferral
    rows = [(f"instalment {n} of {terms.instalments if terms else n}", month, _money(minor, found.currency), "")
            for n, (month, minor) in enumerate(sorted(course.instalments.items()), 1)]  # fmt: skip
    for due, minor in found.set_off.parts if found.set_off else ():
        used = course.set_off.get(due, 0)
        rows.append(("part for the asset", str(due), _money(minor, found.currency), _money(used, found.currency)))
    if rows:
        print_table("", ("paid in parts", "due", found.currency, "set off"), rows, left=(0, 1))
