"""Documents of settlement: tax facts, issue of what is not billed yet, late interest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from walras.service.clearing import deviation_lines, supply_lines  # noqa: F401 - add their sources of statements
from walras.service.clearing.billing import billing_of, files_of, lines_to_bill, terms_of_documents, unbilled
from walras.service.clearing.document_terms import InterestTerms, rate_of
from walras.service.clearing.matching import net_and_use_credits
from walras.service.clock import moment
from walras.service.commands import ChargeInterest, IssueDocuments, SetTaxFacts
from walras.service.dispatch import Answer, handles
from walras.service.handlers.members import STREAM
from walras.service.store import bills, ledger, markets, notices, settlement, users
from walras.service.work import Work, refuse
from walras.settlement.accounts import name_of
from walras.settlement.documents.document import Document, body_of
from walras.settlement.documents.interest import Interest, Span, late_interest, overdue
from walras.settlement.documents.interest_note import interest_note
from walras.settlement.documents.invoice import documents_of, numbered

MOST_DAYS = 366


@handles(SetTaxFacts)
def set_tax_facts(work: Work, command: SetTaxFacts) -> Answer:
    """Store the tax facts of a company; documents that are issued later use them."""
    users.company(work.connection, command.company, is_locked=True)
    at = work.now()
    facts = {"is_dealer": command.is_dealer, "vat_number": command.vat_number, "used_in": command.used_in or "",
             "address": command.postal_address}  # fmt: skip
    bills.set_tax_facts(work.connection, command.company, at=at, **facts)
    work.record(STREAM, "tax facts set", {"company": command.company} | facts, at)
    return {"company": command.company}


@handles(IssueDocuments)
def issue_documents(work: Work, command: IssueDocuments) -> Answer:
    """Bill every run of the days that is not billed yet; asked again, nothing is left to bill."""
    if not 0 <= (command.last_day - command.first_day).days < MOST_DAYS:
        what = f"the days are {command.first_day} to {command.last_day}"
        raise refuse(what, "last_day", "billing_days", f"Give a last day after the first, at most {MOST_DAYS} days.")
    connection, market = work.connection, command.market
    ledger.lock(connection, market)
    at = work.now()
    terms = terms_of_documents(connection, market, command.last_day)
    days = (command.first_day, command.last_day)
    statements = [lines_to_bill(s, terms) for s in unbilled(connection, market, *days)]
    runs = [(s.run.session, s.run.sequence + 1) for s in statements]
    accounts = {p for s in statements for p in s.lines["party"].unique()}
    billing = billing_of(connection, market, terms, accounts, _today(work, market, at), days)
    before = bills.billed(connection, market, {session for session, _ in runs})
    made = _numbered(work, market, documents_of(statements, billing, before))
    for document in made:
        _issue(work, document, at)
    bills.mark_billed(connection, market, runs, at)
    if runs:
        _said(work, market, runs, at)
    for account in sorted({d.account for d in made}):
        net_and_use_credits(work, market, account, billing.issued, at, is_netted=terms.is_netted)
    return {"market": market, "documents": [d.number for d in made], "runs": len(runs)}


def _today(work: Work, market: str, at: int) -> date:
    definition = markets.version_now(work.connection, market, moment(at).date()).definition
    return moment(at).astimezone(ZoneInfo(definition.time_zone)).date()


def _said(work: Work, market: str, runs: Sequence[tuple[str, int]], at: int) -> None:
    told = {"runs": [list(r) for r in runs]}
    work.record(ledger.stream_of(market), "runs billed", told, at)


def _numbered(work: Work, market: str, documents: list[Document]) -> list[Document]:
    """Number documents; the ledger's lock is held, so nobody else takes a number meanwhile."""
    if not documents:
        return []
    return numbered(documents, bills.last_counts(work.connection, market, documents[0].issued.year))


def _issue(work: Work, document: Document, at: int) -> None:
    """Book a document, store it with its files, and tell the company that it goes to."""
    files = files_of(document)
    said = {"files": {form: digest for form, (_, digest, _) in files.items()}}
    body = body_of(document)
    booked = ledger.book(work, document.market, "document issued", document.number, body, at, said=said)
    bills.add(work.connection, document, booked.event, files, at)
    for company in settlement.companies_among(work.connection, {name_of(document.account)}):
        facts = {"kind": document.kind, "currency": document.currency, "receives_minor": document.receives_minor}
        told = facts | {"market": document.market, "number": document.number, "due": document.due.isoformat()}
        notices.tell(work, company, "document issued", "", told, at)


@handles(ChargeInterest)
def charge_interest(work: Work, command: ChargeInterest) -> Answer:
    """Write a note for every account and currency with late interest; what rounds to nothing waits for more days."""
    connection, market, until = work.connection, command.market, command.until
    ledger.lock(connection, market)
    at = work.now()
    today = _today(work, market, at)
    if until > today:
        raise refuse(f"{until} is still to come", "until", "interest_to_come", f"Charge until {today} or before.")
    terms = terms_of_documents(connection, market, until)
    if terms.interest is None:
        fix = "Set terms of documents with a part `interest`."
        raise refuse("the market has no terms of late interest", "terms", "interest_terms", fix)
    found = _late(work, market, until)
    accounts = {account for account, _ in found}
    billing = billing_of(connection, market, terms, accounts, today, (until, until))
    notes, charged = list[Document](), set[str]()
    for (account, currency), spans in sorted(found.items()):
        interest = _interest(spans, terms.interest)
        note = interest_note(interest, account, currency, billing, until)
        if note is not None:
            notes.append(note)
            charged |= {s.number for s in spans}
    made = _numbered(work, market, notes)
    for note in made:
        _issue(work, note, at)
    bills.set_charged(connection, market, sorted(charged), until)
    if charged:
        told = {"until": until.isoformat(), "documents": sorted(charged)}
        work.record(ledger.stream_of(market), "interest charged", told, at)
    return {"market": market, "documents": [d.number for d in made]}


def _interest(spans: list[Span], terms: InterestTerms) -> Interest:
    return late_interest(spans, rate_of(terms), terms.day_count)


def _late(work: Work, market: str, until: date) -> dict[tuple[str, str], list[Span]]:
    """Return days that are overdue and not charged yet, by account and currency."""
    rows = bills.late(work.connection, market, until)
    settled = bills.settlements_of(work.connection, market, {r.number for r in rows})
    out: dict[tuple[str, str], list[Span]] = {}
    for r in rows:
        paid = [(day, -minor) for day, minor in settled[r.number]]
        first = date.fromisoformat(r.charged_until or r.due_day) + timedelta(days=1)
        spans = overdue(r.number, -r.receives_minor, date.fromisoformat(r.due_day), paid, first, until)
        if spans:
            out.setdefault((r.account, r.currency), []).extend(spans)
    return out
