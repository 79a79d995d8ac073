"""Sessions, their runs, results and objections.

The public sees live sessions and public tests; dry runs and simulations are for companies. Of
results it sees the public files, and members do too; those who watch see all of them.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from walras.service.canonical import bytes_digest
from walras.service.clock import time_text
from walras.service.intake.kinds import MEDIA_OF
from walras.service.intake.template import template
from walras.service.permissions import not_allowed
from walras.service.publication.reading import PUBLIC_KINDS
from walras.service.queries import (
    GetBundle,
    GetSession,
    GetTemplate,
    ListArtefacts,
    ListObjections,
    ListRuns,
    ListSessions,
)
from walras.service.readers.registry import File, Look, Shown, page, reads
from walras.service.roles import Role
from walras.service.store import markets, objections, orders, results, runs, sessions
from walras.service.terms import market_terms


@reads(ListSessions)
def list_sessions(look: Look, query: ListSessions) -> Shown:
    """Return sessions, the latest delivery day first."""
    before = seen(look, query.before) if query.before is not None else None
    kinds = PUBLIC_KINDS if look.actor.role is Role.PUBLIC else None
    rows = sessions.latest(look.connection, query.market, query.state, kinds, before, query.limit + 1)
    items = [_shown(r) for r in rows]
    if look.actor.role is Role.MEMBER:
        _count_own(look, items)
    return page(items, query.limit, "session")


@reads(GetSession)
def get_session(look: Look, query: GetSession) -> Shown:
    """Return a session with its times."""
    found = _shown(seen(look, query.session))
    if look.actor.role is Role.MEMBER:
        _count_own(look, [found])
    return found


def _count_own(look: Look, items: list[Shown]) -> None:
    """Say of each session how many live orders the caller's company has in it."""
    company = look.actor.company
    count = orders.live_counts(look.connection, [(s["session"], company) for s in items]) if items else {}
    for item in items:
        item["own_orders"] = count.get((item["session"], company), 0)


@reads(ListRuns)
def list_runs(look: Look, query: ListRuns) -> Shown:
    """Return the runs of a session; why one failed, and which orders it is about, is for those who watch."""
    seen(look, query.session)
    found = runs.of_session(look.connection, query.session)
    if not look.is_watching:
        hidden: Shown = {"error": "", "culprits": []}
        found = [r | hidden | {"plan": r["plan"] | {"excluded": []}} for r in found]
    return {"items": found, "next": None}


@reads(ListArtefacts)
def list_artefacts(look: Look, query: ListArtefacts) -> Shown:
    """Return the files of a session's results that the caller may have."""
    seen(look, query.session)
    found = results.listed(look.connection, query.session, query.version, is_all=look.is_watching)
    return {"items": found, "next": None}


@reads(GetBundle)
def get_bundle(look: Look, query: GetBundle) -> File:
    """Return a bundle: the public one to everybody, a member its own, every one to those who watch."""
    session = seen(look, query.session)
    member = query.member or look.actor.company
    is_own = query.level == "member" and look.actor.role is Role.MEMBER and member == look.actor.company
    if query.level != "public" and not is_own and not look.is_watching:
        fix = "Ask for the public bundle, or as a member for your own."
        raise not_allowed("this bundle is not for you", f"{query.session} {query.level}", "bundle_level", fix)
    name = f"member/{member}.zip" if query.level == "member" else f"{query.level}.zip"
    found = results.bundle(look.connection, query.session, query.version or session.version, name)
    return File(bytes(found.content), found.media_type, found.digest)


@reads(GetTemplate)
def get_template(look: Look, query: GetTemplate) -> File:
    """Return the spreadsheet of a session's market and delivery day, the same bytes at each asking."""
    session = seen(look, query.session)
    market = markets.version(look.connection, session.market, session.market_version).definition
    content = template(market_terms(market, date.fromisoformat(session.delivery_day)))
    return File(content, MEDIA_OF["xlsx"], bytes_digest(content))


@reads(ListObjections)
def list_objections(look: Look, query: ListObjections) -> Shown:
    """Return objections: all to those who watch, a member's own to it."""
    seen(look, query.session)
    member = None if look.is_watching else look.actor.company
    return {"items": objections.of_session(look.connection, query.session, member), "next": None}


def seen(look: Look, session: str) -> Any:
    """Return a session that the caller may know of; to others it is not there."""
    found = sessions.get(look.connection, session)
    if look.actor.role is Role.PUBLIC and found.kind not in PUBLIC_KINDS:
        raise sessions.unknown(session)
    return found


def _shown(found: Any) -> Shown:
    plain = ("market", "market_version", "delivery_day", "kind", "layer", "state", "version", "book", "rung")
    times = ("opens_at", "gate_at", "results_due_at", "objections_until", "final_after", "key_released_at")
    shown = {name: getattr(found, name) for name in plain} | {name: time_text(getattr(found, name)) for name in times}
    shown["fallback_deadlines"] = {rung: time_text(at) for rung, at in json.loads(found.deadlines)}
    shown["books_missing"] = json.loads(found.missing)
    return {"session": found.id} | shown
