"""What supply contracts and their pair say of each other: profiles, series, fixings, places and lines that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from walras.contracts import Agreement, Contract
from walras.errors import BadInput, Mistake
from walras.formulas import Checked, unit
from walras.formulas.units import is_unit
from walras.studies.pairs.pair import Pair
from walras.studies.pairs.supplies import ContractRow, Supplies

DAYS = re.compile(r"((0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])( |$))*")


def check_supplies(pair: Pair, supplies: Supplies) -> None:
    """Refuse supply contracts that a pair cannot live with.

    Args:
        pair: Profiles, zones, lines and fixings.
        supplies: As `read_supplies` reads them: right by themselves.

    Raises:
        BadInput: With every mistake.
    """
    mistakes = [m for row in supplies.rows.values() for m in _row(pair, row)]
    for s in supplies.series:
        if s.length not in {"month", "day"}:
            what = f"length {s.length!r}"
            mistakes.append(Mistake(what, f"series.csv {s.series}", "pair_field_type", "Write month or day."))
        if not is_unit(s.unit):
            what, fix = f"unit {s.unit!r} is none", "Write a unit such as EUR/MWh (docs/formulas.md)."
            mistakes.append(Mistake(what, f"series.csv {s.series}", "pair_field_type", fix))
    if not mistakes:
        for name, agreement in supplies.agreements.items():
            mistakes += [m for c in agreement.contracts for m in _contract(pair, supplies, agreement, c, name)]
    if mistakes:
        raise BadInput(mistakes)


def _row(pair: Pair, row: ContractRow) -> Iterator[Mistake]:
    where = f"contracts.csv {row.contract}"
    if row.profile and row.profile not in pair.profiles:
        what, fix = f"{row.profile!r} is not in profiles.csv", "Name a row of profiles.csv, or add one."
        yield Mistake(what, f"{where} profile", "pair_known", fix)
    if not DAYS.fullmatch(row.days):
        fix = "Write months and days with blanks between: 01-20 04-20."
        yield Mistake(f"{row.days!r} are no days of a year", f"{where} days", "pair_field_type", fix)


def _contract(pair: Pair, supplies: Supplies, agreement: Agreement, c: Contract, name: str) -> Iterator[Mistake]:
    where = f"agreements/{name}.toml {c.contract}"
    for formula in _formulas(c):
        yield from _series(supplies, formula, where)
    for currency in sorted({c.currency, *c.payment.values()}):
        yield from _fixing(pair, supplies, c.currency, currency, where)
    if c.meeting is not None:
        places = {(z.zone, carrier) for z in pair.zones for carrier in z.carriers}
        for zone in (c.meeting.delivery, c.meeting.source):
            if zone is not None and (zone, c.meeting.carrier) not in places:
                what, fix = f"{c.meeting.carrier!r} is not traded in {zone!r}", "Name a zone and carrier of the pair."
                yield Mistake(what, f"{where} auction", "pair_place", fix)
    for hop in c.hops:
        if hop.line is not None and hop.line[0] not in {r.line for r in pair.lines}:
            fix = "Name a row of lines.csv, or leave line out."
            yield Mistake(f"{hop.line[0]!r} is not in lines.csv", f"{where} hop {hop.hop}", "pair_known", fix)


def _formulas(c: Contract) -> Iterator[Checked]:
    for component in c.components:
        yield component.final
        if component.provisional is not None:
            yield component.provisional
    yield from (hop.tariff for hop in c.hops if hop.tariff is not None)


def _series(supplies: Supplies, formula: Checked, where: str) -> Iterator[Mistake]:
    """Yield which series a formula reads that are not observed, or otherwise than it declares."""
    known = {s.series: s for s in supplies.series}
    for name, declared in formula.plan.series.items():
        if name not in known:
            fix = "Add a row of that name to series.csv."
            yield Mistake(f"its formulas read {name!r}, which is not in series.csv", where, "pair_series", fix)
        elif (said := known[name]).length != declared.grid.length or unit(said.unit) != declared.unit:
            what = f"series.csv has {name!r} in {said.unit} a {said.length}, the agreement declares it otherwise"
            yield Mistake(what, where, "pair_series", "Write one unit and one length in both.")


def _fixing(pair: Pair, supplies: Supplies, of: str, to: str, where: str) -> Iterator[Mistake]:
    """Yield that a currency cannot be converted: into that of payment by a series, into the trade currency at all."""
    known = {frozenset(s.series.split("/")) for s in supplies.series if "/" in s.series}
    if of != to and frozenset((of, to)) not in known:
        what, fix = f"{of} is paid in {to}", f"Add a row {of}/{to} to series.csv."
        yield Mistake(what, where, "pair_fixing", fix)
    if to not in {pair.currency, *pair.fixings} and frozenset((to, pair.currency)) not in known:
        fix = f"Add {to} to [fixings] of pair.toml, or a row {to}/{pair.currency} to series.csv."
        yield Mistake(f"{to} has no fixing against {pair.currency}", where, "pair_fixing", fix)
