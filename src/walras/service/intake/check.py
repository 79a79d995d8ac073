"""Submissions against all rules, many members in one pass.

Reading tables costs the same few milliseconds for one order as for hundreds, so a batch of
submissions is read as one set of tables, each with a prefix of its own before its names.
Only if something is wrong there is the batch halved until the mistakes stand alone with
whose they are. No rule joins submissions, so a submission is judged the same in any batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from walras.book.cells import Cells, IntArray
from walras.book.families import Families, read_families
from walras.book.findings import Findings
from walras.book.long_days import DAY, check_long_days
from walras.book.market import MarketTerms
from walras.book.names import Names
from walras.book.tables import Table
from walras.errors import Mistake
from walras.orders.curves import CurveOrders
from walras.service.intake.documents import Document
from walras.service.intake.hashes import order_hashes
from walras.service.intake.places import places_of
from walras.service.intake.rights import Rights, RightsCheck
from walras.service.intake.tables import EMPTY, FULL_SPECS, DoorTable, OrderTables, member_tables, tables_of
from walras.settlement.collateral.exposure import exposures
from walras.settlement.collateral.formula import Formula

_DIGITS = 6
"""Of the prefix that says whose a name is inside a batch."""


class Verdict(NamedTuple):
    """What was found of one submission.

    Attributes:
        mistakes: All of them; the rest is empty if there are any.
        hashes: Content hash of each order by name.
        exposure: What each order, or each family by one of its names, may owe in minor units; None unless asked.
    """

    mistakes: list[Mistake]
    hashes: dict[str, str]
    exposure: dict[str, int] | None = None


@dataclass(frozen=True)
class Submission:
    """Orders that one member sends together.

    Attributes:
        member: Its code.
        orders: Documents (`documents.parse`), or order tables as a file gave them.
        rights: What the member may do.
    """

    member: str
    orders: tuple[Document, ...] | OrderTables
    rights: Rights = field(default_factory=Rights)


def check(market: MarketTerms, submissions: Sequence[Submission]) -> list[list[Mistake]]:
    """Return the mistakes of each submission, none for one that may be taken.

    Args:
        market: Of the session.
        submissions: At most 100,000; each is judged as if it were alone.
    """
    return [verdict.mistakes for verdict in judge(market, submissions)]


def judge(market: MarketTerms, submissions: Sequence[Submission], formula: Formula | None = None) -> list[Verdict]:
    """Return the mistakes of each submission, and of one without any the content hash of each order by name.

    Args:
        market: Of the session.
        submissions: As in `check`.
        formula: Counts what the orders may owe; None where nobody asks.
    """
    if not submissions:
        return []
    is_alone = len(submissions) == 1
    mistakes, families = _alone(market, submissions[0]) if is_alone else _together(market, submissions)
    if not mistakes:
        names = [name for family in families for name in family.name] + list(families[1].group_name)
        owners = {n: (0, n) if is_alone else (int(n[:_DIGITS]), n[_DIGITS + 1 :]) for n in names}
        hashes = order_hashes(market, [s.member for s in submissions], families, owners)
        owed = _owed(market, families, owners, len(submissions), formula)
        return [Verdict([], own, may) for own, may in zip(hashes, owed, strict=True)]
    if is_alone:
        return [Verdict(mistakes, {})]
    middle = len(submissions) // 2
    return judge(market, submissions[:middle], formula) + judge(market, submissions[middle:], formula)


def _owed(
    market: MarketTerms, families: Families, owners: dict[str, tuple[int, str]], count: int, formula: Formula | None
) -> Sequence[dict[str, int] | None]:
    """Return what the orders of each submission may owe, by bare name."""
    if formula is None:
        return [None] * count
    found = exposures(market.book(families), formula)
    out: list[dict[str, int]] = [{} for _ in range(count)]
    for name, minor in zip(found.kin, found.minor, strict=True):
        submission, bare = owners[name]
        out[submission][bare] = minor
    return out


def check_tables(market: MarketTerms, tables: dict[str, Table], rights: Rights, findings: Findings) -> Families:
    """Add what is wrong with the tables of one submission; tables that know of rows left out are understood."""
    return _check(market, tables, [rights], lambda names: np.zeros(len(names), dtype=np.int64), findings)


def _alone(market: MarketTerms, submission: Submission) -> tuple[list[Mistake], Families]:
    findings, orders = Findings(), submission.orders
    frames = member_tables(orders if isinstance(orders, dict) else tables_of(orders), submission.member, "")
    tables: dict[str, Table] = {
        name: DoorTable(
            spec, frames.get(name, EMPTY[name]), currency=market.currency,
            source=None if isinstance(orders, dict) else places_of(orders, name),
        )
        for name, spec in FULL_SPECS.items()
    }  # fmt: skip
    if not frames:
        findings.add("the submission has no orders", "submission", "submission_not_empty", "Send at least one order.")
    families = check_tables(market, tables, submission.rights, findings)
    return findings.mistakes, families


def _together(market: MarketTerms, submissions: Sequence[Submission]) -> tuple[list[Mistake], Families]:
    """Return some mistakes if any submission has one, and what was read."""
    assert len(submissions) < 10**_DIGITS
    findings = Findings()
    if any(not s.orders for s in submissions):
        findings.add("a submission has no orders", "submission", "submission_not_empty", "Send at least one order.")
    prefixes = [f"{i:0{_DIGITS}d}." for i in range(len(submissions))]
    documents: list[Document] = []
    before: list[str] = []
    parts: list[OrderTables] = []
    for submission, prefix in zip(submissions, prefixes, strict=True):
        if isinstance(submission.orders, dict):
            parts.append(member_tables(submission.orders, "", prefix))
        else:
            documents += submission.orders
            before += [prefix] * len(submission.orders)
    parts.append(member_tables(tables_of(documents, before), "", ""))
    tables = joined(parts)
    families = _check(market, tables, [s.rights for s in submissions], _owners, findings)
    return findings.mistakes, families


def joined(parts: Sequence[OrderTables]) -> dict[str, Table]:
    """Return every order table with the rows of all parts."""
    return {
        name: Table(spec, pl.concat(own) if (own := [p[name] for p in parts if name in p]) else EMPTY[name])
        for name, spec in FULL_SPECS.items()
    }


def _owners(names: pl.Series) -> IntArray:
    return names.str.slice(0, _DIGITS).cast(pl.Int64).to_numpy()


def _check(
    market: MarketTerms,
    tables: dict[str, Table],
    rights: Sequence[Rights],
    owner: Callable[[pl.Series], IntArray],
    findings: Findings,
) -> Families:
    tables = _whole_families(tables, findings)
    reading = market.reading(findings)
    families = read_families(tables, market.places, reading)
    cells = market.places.cells
    if any(DAY < g.end - g.start <= DAY + 120 for g in cells.grids):
        _check_long_days(cells, families[0], owner, findings)
    RightsCheck(tables, rights, owner, frozenset(market.places.zones.names), findings).run()
    return families


def _check_long_days(
    cells: Cells, curves: CurveOrders, owner: Callable[[pl.Series], IntArray], findings: Findings
) -> None:
    """Report submissions whose curves stop after 24 of 25 hours; steps are sorted by owner, as orders are."""
    if not len(curves.step_order):
        return
    owners = owner(pl.Series(curves.name, dtype=pl.String))[curves.step_order]
    bounds = np.concatenate([[0], np.flatnonzero(np.diff(owners)) + 1, [len(owners)]])
    for a, b in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        check_long_days(cells, curves.step_cell[a:b], curves.step_cells[a:b], findings)


def _whole_families(tables: dict[str, Table], findings: Findings) -> dict[str, Table]:
    """Report links and groups that name orders beyond the submission, and return the tables without them."""
    blocks, changed = tables["block_orders"], dict(tables)
    linked = [t for t in ("block_links", "exclusive_groups") if tables[t].count]
    if not linked:
        return tables
    names = Names.of(blocks, "order")
    if names.is_open:
        return tables
    known = [*names.names, *names.broken]
    for name in linked:
        table: Any = tables[name]
        for column in ("child", "parent") if name == "block_links" else ("order",):
            texts = table.texts(column)
            bad = ~texts.is_in(known).to_numpy()
            findings.rows(
                table,
                bad,
                "family_whole",
                what=lambda i, texts=texts: f"block {texts[i]!r} is not in this submission",  # type: ignore[misc]
                fix="Send a family of linked blocks, or a group, whole in one submission.",
            )
            table = table.without(bad)
        changed[name] = table
    return changed
