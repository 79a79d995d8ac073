"""The command `settle`: who owes whom by a result and a market's terms, computed anew by anybody who has both."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from walras.cli.folders import check_same_market
from walras.cli.show import number, print_table, say
from walras.errors import BadInput, Mistake

if TYPE_CHECKING:
    from walras.settlement.currencies import Rates
    from walras.settlement.settle import Settlement
    from walras.settlement.terms import Terms

EXAMPLE = "Example: walras settle market result --terms terms.json --rate EUR/USD=1.085 --out settled"
MOST_PARTIES = 40


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("settle", epilog=EXAMPLE)(settle)


def settle(
    market: Annotated[Path, typer.Argument(help="Market folder.", metavar="MARKET")],
    result: Annotated[Path, typer.Argument(help="Result folder.", metavar="RESULT")],
    terms: Annotated[Path | None, typer.Option("--terms", help="Terms of settlement as the door gives them.")] = None,
    rate: Annotated[list[str] | None, typer.Option("--rate", help="A fixing, such as EUR/USD=1.085.")] = None,
    operator: Annotated[
        list[str] | None, typer.Option("--operator", help="System operator of a zone, such as North=S-0001.")
    ] = None,
    party: Annotated[str | None, typer.Option("--party", help="Show the lines of one, such as member/M-0001.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for lines, ledger and balances as CSV.")] = None,
) -> None:
    """Settle a result: statements of all parties, and a ledger that sums to zero in every currency."""
    from walras.book.folder import read
    from walras.results.folder import read_results
    from walras.settlement.settle import PLAIN
    from walras.settlement.settle import settle as settled

    rates = _rates(rate or [])
    agreed = replace(PLAIN if terms is None else _terms(terms), operators=_operators(operator or []))
    book = read(market)
    check_same_market(book, result)
    found = settled(book, read_results(book, result), agreed, rates)
    if out is not None:
        _write(found, out)
    if party is not None:
        _print_lines(found, party)
    else:
        _print_parties(found)
    for currency, total in _totals(found).items():
        say(f"sum of all accounts: {number(total)} {currency}")
    say(f"ledger: {len(found.ledger)} entries, head {found.ledger.head}")


def _rates(texts: list[str]) -> Rates:
    found: dict[tuple[str, str], Fraction] = {}
    mistakes = []
    for text in texts:
        pair, _, rate = text.partition("=")
        base, _, quote = pair.partition("/")
        try:
            found[base, quote] = Fraction(rate)
        except (ValueError, ZeroDivisionError):
            found[base, quote] = Fraction(0)
        if not (len(base) == len(quote) == 3) or found[base, quote] <= 0:
            fix = "Write a pair and a rate above zero, such as EUR/USD=1.085."
            mistakes.append(Mistake(f"{text!r} is no fixing", "--rate", "fixing_positive", fix))
    if mistakes:
        raise BadInput(mistakes)
    return found


def _operators(texts: list[str]) -> dict[str, str]:
    found = dict(text.partition("=")[::2] for text in texts)
    wrong = [t for t in texts if not all(t.partition("="))]
    if wrong:
        fix = "Write a zone and a company, such as North=S-0001."
        raise BadInput(Mistake(f"{t!r} names no operator", "--operator", "operator_known", fix) for t in wrong)
    return found


def _terms(path: Path) -> Terms:
    from walras.cli.serving import check_extra

    check_extra()
    from pydantic import ValidationError

    from walras.service.clearing.terms import SettlementTerms, plain_terms

    try:
        return plain_terms(SettlementTerms.model_validate_json(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise BadInput(
            Mistake(str(e["msg"]), f"{path} {'.'.join(map(str, e['loc']))}", "settlement_terms", "Mend the terms.")
            for e in error.errors()
        ) from None


def _print_parties(found: Settlement) -> None:
    from walras.results.minor_units import decimals_of

    rows = []
    for r in found.who_owes_whom.iter_rows(named=True):
        size = 10 ** decimals_of(r["currency"])
        money = (number(r[name] / size) for name in ("pays_minor", "receives_minor", "net_minor"))
        rows.append((f"{r['role']}/{r['party']}", *money, r["currency"]))
    if len(rows) > MOST_PARTIES:
        say(f"{len(rows)} accounts; the first {MOST_PARTIES} follow, --out writes all")
    print_table("Who owes whom", ("account", "pays", "receives", "net", ""), rows[:MOST_PARTIES], left=(0, 4))


def _print_lines(found: Settlement, party: str) -> None:
    from walras.results.minor_units import decimals_of

    mine = found.lines.filter(found.lines["party"] == party)
    if not mine.height:
        fix = f"Name one of {', '.join(found.lines['party'].unique().sort().to_list()[:8])}."
        raise BadInput([Mistake("it has no line", f"--party {party}", "party_known", fix)])
    rows = []
    for r in mine.iter_rows(named=True):
        what = f"{r['mtu_start']:%d %b %H:%M}Z {r['zone']} {r['carrier']}" if r["mtu_start"] else r["text"]
        energy = "" if r["energy_mwh"] is None else number(r["energy_mwh"], 3)
        price = "" if r["price_per_mwh"] is None else number(r["price_per_mwh"])
        amount = number(r["amount_minor"] / 10 ** decimals_of(r["currency"]))
        rows.append((r["kind"], what, energy, price, amount, r["currency"]))
    print_table(party, ("line", "", "MWh", "price", "amount", ""), rows, left=(0, 1, 5))


def _totals(found: Settlement) -> dict[str, float]:
    from walras.results.minor_units import decimals_of

    sums: dict[str, float] = {}
    for (_, currency), amount in found.ledger.balances().items():
        sums[currency] = sums.get(currency, 0) + amount
    return {currency: total / 10 ** decimals_of(currency) for currency, total in sums.items()}


def _write(found: Settlement, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    tables = {"lines": found.lines, "ledger": found.ledger.rows(), "who-owes-whom": found.who_owes_whom,
              "congestion": found.congestion}  # fmt: skip
    for name, table in tables.items():
        table.write_csv(out / f"{name}.csv", datetime_format="%Y-%m-%dT%H:%M:%SZ")
    say(f"settled: {out}")
