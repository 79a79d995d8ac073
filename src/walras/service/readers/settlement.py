"""Settlement for callers: a company sees its own accounts and lines, operator and regulator all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row

from walras.service.clock import microseconds, moment, time_text
from walras.service.handlers.settlement import lines_of
from walras.service.permissions import not_allowed
from walras.service.queries import (
    GetLedgerFile,
    GetSettlementTerms,
    GetStatementLines,
    ListBalances,
    ListBankAccounts,
    ListDisputes,
    ListFixings,
    ListLedger,
    ListLedgerEvents,
    ListPayments,
    ListSettlementRuns,
    ListStatements,
)
from walras.service.readers.registry import File, Look, Shown, csv_table, page, reads
from walras.service.store import disputes, ledger, markets, payments, sessions, settlement
from walras.service.work import refuse
from walras.settlement.accounts import accounts_of, name_of
from walras.settlement.ledger import Sealed
from walras.settlement.statement import party_sums


@reads(GetSettlementTerms)
def get_settlement_terms(look: Look, query: GetSettlementTerms) -> Shown:
    """Return the terms that hold for a delivery day."""
    markets.check_known(look.connection, query.market)
    found = settlement.terms_on(look.connection, query.market, query.day or moment(look.at).date())
    return {"market": query.market, "version": found.version, "terms": found.terms.model_dump(mode="json")}


@reads(ListFixings)
def list_fixings(look: Look, query: ListFixings) -> Shown:
    """Return fixings in the order in which they were stored."""
    markets.check_known(look.connection, query.market)
    rows = settlement.fixings_of(look.connection, query.market, query.after, query.limit + 1)
    names = ("id", "base", "quote", "day", "version", "rate", "source")
    shown = [
        {n: getattr(r, n) for n in names} | {"fixed_at": time_text(r.fixed_at), "at": time_text(r.at)} for r in rows
    ]
    return page(shown, query.limit, "id")


@reads(ListSettlementRuns)
def list_settlement_runs(look: Look, query: ListSettlementRuns) -> Shown:
    """Return the runs of a session with what each was settled from."""
    sessions.get(look.connection, query.session)
    rows = settlement.runs_of(look.connection, query.session)
    names = ("run", "name", "result_version", "event", "digest")
    items = [{n: getattr(r, n) for n in names} | {"inputs": json.loads(r.inputs), "at": time_text(r.at)} for r in rows]
    return {"items": items, "next": None}


@reads(ListStatements)
def list_statements(look: Look, query: ListStatements) -> Shown:
    """Return what each run says of a company in sum; runs that say nothing of it are left out of a page."""
    markets.check_known(look.connection, query.market)
    company = query.company or ("" if look.is_watching else look.actor.company)
    if company != look.actor.company and not look.is_watching:
        what = f"statements of {company} are for that company"
        raise not_allowed(what, f"market {query.market}", "own_company", "Ask for your own.")
    rows = settlement.runs_before(look.connection, query.market, query.before, query.limit + 1)
    items = [
        {"session": r.session, "delivery_day": r.delivery_day, "run": r.run, "name": r.name, "event": r.event,
         "at": time_text(r.at), "sums": _sums(r, company)}
        for r in rows
    ]  # fmt: skip
    answer = page(items, query.limit, "event")
    return answer | {"items": [i for i in answer["items"] if i["sums"]]}


def _sums(run: Row[Any], company: str) -> list[dict[str, Any]]:
    """Return what a run says of the accounts of a company, or of all where none is named, by currency."""
    sums = party_sums(lines_of(run)).items()
    return [
        {"party": p, "currency": c, "amount_minor": a} for (p, c), a in sums if not company or name_of(p) == company
    ]


@reads(GetStatementLines)
def get_statement_lines(look: Look, query: GetStatementLines) -> Shown:
    """Return the lines of one company, or of all, with the sum of each account and currency."""
    session = sessions.get(look.connection, query.session)
    run = settlement.run_of(look.connection, session.id, query.run)
    lines = lines_of(run)
    company = query.company or ("" if look.is_watching else look.actor.company)
    if company != look.actor.company and not look.is_watching:
        what = f"lines of {company} are for that company"
        raise not_allowed(what, f"run {query.run} of {session.id}", "own_company", "Ask for your own lines.")
    if company:
        wanted = [p for p in lines["party"].unique() if name_of(p) == company]
        lines = lines.filter(lines["party"].is_in(wanted))
    rows: list[dict[str, Any]] = [
        row | {"mtu_start": row["mtu_start"] and f"{row['mtu_start']:%Y-%m-%dT%H:%M:%SZ}"}
        for row in lines.iter_rows(named=True)
    ]
    sums = [{"party": p, "currency": c, "amount_minor": a} for (p, c), a in party_sums(lines).items()]
    head = {"session": session.id, "run": run.run, "name": run.name, "result_version": run.result_version}
    return head | {"delivery_day": session.delivery_day, "sums": sums, "items": rows, "next": None}


@reads(ListBalances)
def list_balances(look: Look, query: ListBalances) -> Shown:
    """Return balances of accounts, those of the caller's company alone unless it watches."""
    markets.check_known(look.connection, query.market)
    if query.at is not None and query.at.tzinfo is None:
        raise refuse("the time has no zone", "at", "time_zone", "Write it with its offset, such as 12:00Z.")
    until = None if query.at is None else microseconds(query.at)
    found = ledger.balances(look.connection, query.market, until=until)
    own = accounts_of(look.actor.company)
    rows = [
        {"account": account, "currency": currency, "amount_minor": amount}
        for (account, currency), amount in found.items()
        if look.is_watching or account in own
    ]
    return {"items": rows, "next": None}


@reads(ListLedger)
def list_ledger(look: Look, query: ListLedger) -> Shown:
    """Return entries in order."""
    markets.check_known(look.connection, query.market)
    found = ledger.entries(
        look.connection, query.market, query.after, query.limit + 1, account=query.account, event=query.event,
        is_newest_first=query.first == "newest",
    )  # fmt: skip
    return page([_entry(s) for s in found], query.limit, "number")


def _entry(sealed: Sealed) -> Shown:
    postings = [
        {"account": p.account, "currency": p.currency, "amount_minor": p.amount_minor} for p in sealed.entry.postings
    ]
    return {
        "number": sealed.number, "event": sealed.event, "text": sealed.entry.text, "reverses": sealed.entry.reverses,
        "at": time_text(sealed.at), "previous": sealed.previous, "hash": sealed.hash, "postings": postings,
    }  # fmt: skip


@reads(GetLedgerFile)
def get_ledger_file(look: Look, query: GetLedgerFile) -> File:
    """Return the whole ledger, a row a posting."""
    markets.check_known(look.connection, query.market)
    names = ("number", "event", "at", "text", "reverses", "previous", "hash")

    def rows() -> Iterator[list[Any]]:
        after = 0
        while found := ledger.entries(look.connection, query.market, after):
            for entry in map(_entry, found):
                head = [entry[n] for n in names]
                yield from ([*head, p["account"], p["currency"], p["amount_minor"]] for p in entry["postings"])
            after = found[-1].number

    return csv_table([*names, "account", "currency", "amount_minor"], rows())


@reads(ListLedgerEvents)
def list_ledger_events(look: Look, query: ListLedgerEvents) -> Shown:
    """Return events in order."""
    markets.check_known(look.connection, query.market)
    found = ledger.events(
        look.connection, query.market, query.after, query.limit + 1, kind=query.kind,
        is_newest_first=query.first == "newest",
    )  # fmt: skip
    rows = [
        {"number": e.number, "kind": e.kind, "reference": e.reference, "at": time_text(e.at), "body": e.body}
        for e in found
    ]
    return page(rows, query.limit, "number")


@reads(ListPayments)
def list_payments(look: Look, query: ListPayments) -> Shown:
    """Return payments by id, those of the caller's company alone unless it watches."""
    markets.check_known(look.connection, query.market)
    parties = [query.party] if query.party else None
    if not look.is_watching:
        parties = [p for p in own_accounts(look) if query.party in (None, p)]
    rows = payments.listed(look.connection, query.market, parties, query.after, query.limit + 1)
    names = ("id", "direction", "party", "bank", "currency", "amount_minor", "value_day", "bank_reference", "state")
    shown = [{n: getattr(r, n) for n in names} | {"event": r.event, "at": time_text(r.at)} for r in rows]
    return page(shown, query.limit, "id")


@reads(ListBankAccounts)
def list_bank_accounts(look: Look, query: ListBankAccounts) -> Shown:
    """Return the bank accounts of a market."""
    markets.check_known(look.connection, query.market)
    rows = payments.banks(look.connection, query.market)
    names = ("name", "currency", "number", "is_open")
    return {"items": [{n: getattr(r, n) for n in names} for r in rows], "next": None}


@reads(ListDisputes)
def list_disputes(look: Look, query: ListDisputes) -> Shown:
    """Return disputes by id, those of the caller's company alone unless it watches."""
    markets.check_known(look.connection, query.market)
    parties = None if look.is_watching else own_accounts(look)
    rows = disputes.listed(look.connection, query.market, parties, query.after, query.limit + 1)
    names = ("id", "session", "run", "party", "text", "state", "answer")
    return page([{n: getattr(r, n) for n in names} | {"at": time_text(r.at)} for r in rows], query.limit, "id")


def own_accounts(look: Look) -> list[str]:
    """Return the accounts that the caller's company may have as a party."""
    return [f"{role}/{look.actor.company}" for role in ("member", "operator")]
