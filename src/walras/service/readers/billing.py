"""Documents of settlement and statements for callers: a company sees its own, operator and regulator all."""

from __future__ import annotations

from walras.service.canonical import bytes_digest
from walras.service.clearing.billing import MEDIA, statement_of, taxpayers
from walras.service.clock import time_text
from walras.service.permissions import not_allowed
from walras.service.queries import GetBill, GetStatement, ListBills
from walras.service.readers.registry import File, Look, Shown, page, reads
from walras.service.readers.settlement import own_accounts
from walras.service.store import bills, ledger, markets, sessions, settlement
from walras.service.work import refuse
from walras.settlement.accounts import name_of
from walras.settlement.documents.csv_file import statement_csv
from walras.settlement.documents.document import document_of
from walras.settlement.documents.page import page as html_of
from walras.settlement.documents.pdf import pdf
from walras.settlement.documents.sheet import document_sheet
from walras.settlement.documents.statement_sheet import statement_sheet
from walras.settlement.documents.vat import Taxpayer

PLAIN = (
    "number", "kind", "account", "currency", "first_day", "last_day", "issued_day", "due_day", "net_minor", "vat_minor",
    "receives_minor", "open_minor", "corrects", "event",
)  # fmt: skip


@reads(ListBills)
def list_bills(look: Look, query: ListBills) -> Shown:
    """Return documents by number, with what is still open of each."""
    markets.check_known(look.connection, query.market)
    accounts = [query.party] if query.party else None
    if not look.is_watching:
        accounts = [a for a in own_accounts(look) if query.party in (None, a)]
    rows = bills.listed(look.connection, query.market, accounts, query.after, query.limit + 1)
    return page([{n: getattr(r, n) for n in PLAIN} | {"at": time_text(r.at)} for r in rows], query.limit, "number")


@reads(GetBill)
def get_bill(look: Look, query: GetBill) -> File:
    """Return the bytes of a document as they were issued; a PDF is written anew from what was booked.

    Raises:
        BadInput: Its PDF cannot be written, for its fonts lack a letter (rule `pdf_letters`).
    """
    markets.check_known(look.connection, query.market)
    found = bills.get(look.connection, query.market, query.number)
    if not look.is_watching and found.account not in own_accounts(look):
        raise not_allowed("this is another company's", query.number, "own_company", "Ask for your own documents.")
    if query.form == "pdf":
        event = ledger.event(look.connection, query.market, found.event)
        content = pdf(document_sheet(document_of(event.body)))
        return File(content, MEDIA["pdf"], bytes_digest(content))
    file = bills.file_of(look.connection, query.market, query.number, query.form)
    return File(bytes(file.content), file.media_type, file.digest)


@reads(GetStatement)
def get_statement(look: Look, query: GetStatement) -> File:
    """Return a statement, written anew each time: the same bytes for the same run and facts of the company."""
    session = sessions.get(look.connection, query.session)
    run = settlement.run_of(look.connection, session.id, query.run)
    statement = statement_of(look.connection, run, session.delivery_day, session.market_version)
    parties = set(statement.lines["party"].unique())
    account = _account(look, query, parties)
    taxpayer = taxpayers(look.connection, [account]).get(account)
    if taxpayer is None:
        if account not in parties:
            fix = f"Name one of {', '.join(sorted(parties)[:20]) or 'the companies of the register'}."
            raise refuse(f"there is no party {account!r}", "party", "party_known", fix)
        taxpayer = Taxpayer(name_of(account), name_of(account), "")  # a neighbour, or an operator outside the register
    if query.form == "csv":
        content = statement_csv(statement, account).encode()
    else:
        sheet = statement_sheet(statement, account, taxpayer)
        content = html_of(sheet).encode() if query.form == "html" else pdf(sheet)
    return File(content, MEDIA[query.form], bytes_digest(content))


def _account(look: Look, query: GetStatement, parties: set[str]) -> str:
    """Return whose statement is asked for: the caller's, unless it watches and names another."""
    if look.is_watching:
        if query.party is None:
            what, fix = "no account is named", f"Name one of {', '.join(sorted(parties)[:20]) or 'its parties'}."
            raise refuse(what, "party", "statement_party", fix)
        return query.party
    own = own_accounts(look)
    if query.party is not None and query.party not in own:
        raise not_allowed("this is another company's", query.party, "own_company", "Ask for your own statement.")
    return query.party or next((a for a in own if a in parties), own[0])
