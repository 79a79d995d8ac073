"""What a rehearsal leaves to be looked at: results, statements, bills, the ledger, journals of contracts, and checks.

::

    results/SESSION/     what the regulator may download, unpacked: market, result, certificate
    public/SESSION.html  the public page; SESSION.zip: the bundle that everybody may download
    statements/, bills/  of every party, as pages; bills.csv
    contracts/NAME/      supply agreements with their records, as `walras contract` reads them
    deviations.csv       what was planned and metered at each border that is settled, MTU by MTU
    names.csv            who is behind a code
    balances.csv, ledger.csv
    checks.txt           what the check of the whole store found
    service/             the store itself: `walras serve --data` serves it
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from walras.contracts import event_lines
from walras.service import queries as q
from walras.service.publication import pages
from walras.service.rehearsal.stage import Stage
from walras.service.store import supply
from walras.service.store.schema import artefacts, companies, sessions
from walras.service.store.settlement_schema import deviation_runs
from walras.service.store.trail import Flaw
from walras.service.trail_check import flaws

OFFICER = "OP"
MOST_AGREEMENTS = 1000
REGULATOR, PUBLIC = "regulator.zip", "public.zip"
FINAL = "final/"
"""In front of what is signed anew with the final result."""


def write_papers(stage: Stage, market: str, out: Path) -> list[Flaw]:
    """Write everything into a folder; return what the check of the store found wrong, which should be nothing."""
    for session in _sessions(stage, market):
        _write_results(stage, session, out)
        _write_statements(stage, session, out / "statements")
    _write_bills(stage, market, out)
    _write_contracts(stage, market, out / "contracts")
    _write_table(out / "deviations.csv", _deviations(stage, market))
    _write_table(out / "names.csv", _names(stage))
    _write_table(out / "balances.csv", _items(stage, q.ListBalances(market=market)))
    _write_table(out / "ledger.csv", _postings(stage, market))
    with stage.service.store.read() as connection:
        found = list(flaws(connection, stage.service.secrets))
    text = "\n".join(map(str, found)) or "no flaws: every seal holds, and every figure follows from what led to it"
    (out / "checks.txt").write_text(text + "\n", encoding="utf-8")
    return found


def _sessions(stage: Stage, market: str) -> list[str]:
    with stage.service.store.read() as connection:
        of = select(sessions.c.id).where(sessions.c.market == market, sessions.c.version > 0).order_by(sessions.c.id)
        return list(connection.execute(of).scalars())


def _write_results(stage: Stage, session: str, out: Path) -> None:
    """Write the two bundles of a session, the regulator's unpacked and nothing beside it, and the public page."""
    regulator, public = _bundle(stage, session, REGULATOR), _bundle(stage, session, PUBLIC)
    if regulator is not None:
        place = out / "results" / session
        place.mkdir(parents=True)
        with zipfile.ZipFile(io.BytesIO(regulator)) as file:
            file.extractall(place)
    page = out / "public" / f"{session}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(pages.session(stage.service.store, session, None), encoding="utf-8")
    if public is not None:
        page.with_suffix(".zip").write_bytes(public)


def _bundle(stage: Stage, session: str, name: str) -> bytes | None:
    """Return a bundle of a session, the final one where there is one."""
    with stage.service.store.read() as connection:
        kept = select(artefacts.c.name, artefacts.c.content).where(
            artefacts.c.session == session, artefacts.c.name.in_((FINAL + name, name))
        )
        found = {row.name: bytes(row.content) for row in connection.execute(kept)}
    return found.get(FINAL + name, found.get(name))


def _write_statements(stage: Stage, session: str, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for run in _items(stage, q.ListSettlementRuns(session=session)):
        lines = _items(stage, q.GetStatementLines(session=session, run=run["run"]))
        for party in sorted({line["party"] for line in lines}):
            query = q.GetStatement(session=session, run=run["run"], form="html", party=party)
            (place / f"{party.replace('/', ' ')} {session} {run['run']}.html").write_bytes(stage.file(OFFICER, query))


def _write_bills(stage: Stage, market: str, out: Path) -> None:
    place = out / "bills"
    place.mkdir(parents=True, exist_ok=True)
    bills = _items(stage, q.ListBills(market=market))
    _write_table(out / "bills.csv", bills)
    for bill in bills:
        for form in ("html", "pdf"):
            query = q.GetBill(market=market, number=bill["number"], form=form)
            (place / f"{bill['number']}.{form}").write_bytes(stage.file(OFFICER, query))


def _write_contracts(stage: Stage, market: str, place: Path) -> None:
    """Write each supply agreement as a contract folder: the version that holds, and every record."""
    with stage.service.store.read() as connection:
        for row in supply.of_market(connection, market, "", MOST_AGREEMENTS):
            if row.version:
                folder = place / next((name for name, code in stage.codes.items() if code == row.id), row.id)
                folder.mkdir(parents=True)
                text = supply.text_of(connection, row.id, row.version)
                (folder / "agreement.toml").write_text(text, encoding="utf-8")
                (folder / "events.jsonl").write_text(event_lines(supply.events(connection, row.id)), encoding="utf-8")


def _items(stage: Stage, query: Any) -> list[dict[str, Any]]:
    """Return all items of a list, page by page."""
    found: list[dict[str, Any]] = []
    while True:
        page = stage.ask(OFFICER, query)
        found += page["items"]
        if page.get("next") is None:
            return found
        query = query.model_copy(update={"after": page["next"]})


def _names(stage: Stage) -> Iterator[dict[str, Any]]:
    """Yield what each code is called in the script, and the company that bears it, if one does."""
    with stage.service.store.read() as connection:
        called = {r.code: r.name for r in connection.execute(select(companies.c.code, companies.c.name))}
    for name, code in sorted(stage.codes.items()):
        yield {"code": code, "name": name, "company": called.get(code, "")}


def _deviations(stage: Stage, market: str) -> Iterator[dict[str, Any]]:
    """Yield every MTU of every border's day that was settled: energies in kWh, and what the side `to` owes for it."""
    runs = select(deviation_runs.c.element, deviation_runs.c.day).where(deviation_runs.c.market == market)
    with stage.service.store.read() as connection:
        days = [(r.element, r.day) for r in connection.execute(runs.distinct().order_by("day", "element"))]
    for element, day in days:
        shown = stage.ask(
            OFFICER, q.GetDeviations(market=market, delivery_day=date.fromisoformat(day), element=element)
        )
        for mtu in shown["mtus"]:
            figures = {
                f"{name}_kwh": mtu[f"{name}_kwh"] for name in ("planned", "actual", "deviation", "band", "outside")
            }
            owed = sum(part["amount_minor"] for part in mtu["parts"])
            yield {"element": element, "mtu_start": mtu["mtu_start"], **figures, "to_owes_from_minor": owed,
                   "currency": shown["currency"]}  # fmt: skip


def _postings(stage: Stage, market: str) -> Iterator[dict[str, Any]]:
    for entry in _items(stage, q.ListLedger(market=market)):
        for posting in entry["postings"]:
            yield {"entry": entry["number"], "text": entry["text"], **posting, "hash": entry["hash"]}


def _write_table(path: Path, rows: Any) -> None:
    listed = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        if listed:
            writer = csv.DictWriter(file, list(listed[0]))
            writer.writeheader()
            writer.writerows(listed)
