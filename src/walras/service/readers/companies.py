"""Companies and what belongs to them: those who watch see all, others themselves."""

from __future__ import annotations

from walras.service.clock import time_text
from walras.service.permissions import not_allowed
from walras.service.queries import GetCompany, GetDocument, ListCases, ListCompanies, WhoAmI
from walras.service.readers.registry import File, Look, Shown, page, reads
from walras.service.store import bills, companies, users


@reads(WhoAmI)
def who_am_i(look: Look, _query: WhoAmI) -> Shown:
    """Return who the key belongs to and what it reaches."""
    actor = look.actor
    company = companies.listed(look.connection, actor.company, "", 1)
    return {
        "user": actor.user, "company": actor.company, "role": actor.role.value, "key": actor.key,
        "scopes": sorted(actor.scopes), "company_state": company[0]["state"] if company else None,
        "now": time_text(look.at),
    }  # fmt: skip


@reads(ListCompanies)
def list_companies(look: Look, query: ListCompanies) -> Shown:
    """Return companies by code."""
    only = None if look.is_watching else look.actor.company
    found = companies.listed(look.connection, only, query.after, query.limit + 1)
    return page(found, query.limit, "company")


@reads(GetCompany)
def get_company(look: Look, query: GetCompany) -> Shown:
    """Return a company with all that belongs to it; hits of screenings are for those who watch."""
    if not look.is_watching and query.company != look.actor.company:
        fix = "Ask for your own company."
        raise not_allowed("this is another company", query.company, "own_company", fix)
    users.company(look.connection, query.company)
    connection, code = look.connection, query.company
    found = companies.listed(connection, code, "", 1)[0] | {
        "users": companies.users_of(connection, code),
        "keys": companies.keys_of(connection, code),
        "documents": companies.documents_of(connection, code),
        "rights": companies.rights_of(connection, code),
        "tax": _tax(look, code),
    }
    return found | ({"cases": companies.cases_of(connection, code, 0, 1000)} if look.is_watching else {})


def _tax(look: Look, company: str) -> Shown | None:
    """Return the tax facts of a company as `SetTaxFacts` takes them, None where nobody has said them."""
    found = bills.taxpayer_rows(look.connection, [company])[0]
    if found.is_dealer is None:
        return None
    facts = {"is_dealer": found.is_dealer, "vat_number": found.vat_number, "used_in": found.used_in or None}
    return facts | {"postal_address": found.address}


@reads(GetDocument)
def get_document(look: Look, query: GetDocument) -> File:
    """Return the bytes of a document as they were filed."""
    if not look.is_watching and query.company != look.actor.company:
        raise not_allowed("this is another company", query.company, "own_company", "Ask for your own company.")
    found = companies.document(look.connection, query.company, query.document)
    return File(bytes(found.content), found.media_type, found.digest)


@reads(ListCases)
def list_cases(look: Look, query: ListCases) -> Shown:
    """Return hits of screenings with their decisions."""
    return page(companies.cases_of(look.connection, None, query.after, query.limit + 1), query.limit, "case")
