"""What the regulator reads: order books after the gate, figures over final results, and replays.

Every figure is computed from the sealed orders and the stored result, anew at each asking; nothing is kept.
One replay runs at a time in a process: it takes as long as the session's run did.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import Row

from walras.book.book import Book
from walras.oversight import concentration, pivotal
from walras.oversight.groups import Groups, groups_of
from walras.oversight.obligations import Obligations
from walras.oversight.offers import members_of
from walras.oversight.order_book import write_order_book
from walras.results.results import Results
from walras.service.canonical import bytes_digest
from walras.service.capacity.promised import promised
from walras.service.gate import book_loader
from walras.service.permissions import not_allowed
from walras.service.queries import GetConcentration, GetOrderBook, GetPivotalSuppliers, GetReplay
from walras.service.readers.registry import File, Look, Shown, reads
from walras.service.replay import replay_in
from walras.service.secrets import publication_secret
from walras.service.store import markets, runs, sessions
from walras.service.stored_results import read_results
from walras.service.work import refuse

ZIP, CSV = "application/zip", "text/csv; charset=utf-8"
MOST_DAYS = 92
ONE_REPLAY = threading.Lock()


class Held(NamedTuple):
    """One session with its book and its stored result."""

    session: Row[Any]
    book: Book
    results: Results | None
    settings: dict[str, float | None] | None


@reads(GetOrderBook)
def get_order_book(look: Look, query: GetOrderBook) -> File:
    """Return the order book of a session whose gate has closed, with its newest result unless another is named.

    Without any result it is what the newest run was asked to clear.
    """
    session = _closed(look, query.session)
    version = query.version or session.version
    if version:
        held = _held(look, session, version)
    else:
        book = book_loader(look.secrets)(look.connection, session, runs.newest_plan(look.connection, session.id))
        held = Held(session, book, None, None)
    key = look.secrets.session_key(session.id, session.sealed_key)
    about = {"session": session.id, "result_version": version, "state": session.state}
    with tempfile.TemporaryDirectory(prefix="walras-order-book-") as folder:
        file = Path(folder) / "book.zip"
        write_order_book(
            held.book, held.results, file, form=query.form, settings=held.settings, about=about,
            secret=publication_secret(key) if query.names == "pseudonyms" else None,
        )  # fmt: skip
        content = file.read_bytes()
    return File(content, ZIP, bytes_digest(content))


@reads(GetConcentration)
def get_concentration(look: Look, query: GetConcentration) -> Shown | File:
    """Return the HHI by zone or area, carrier and side; of every MTU as CSV."""
    made = concentration.concentration if query.of == "zones" else concentration.area_concentration
    found = _figures(look, query, lambda book, outcome, groups, _: made(book, outcome, groups))
    if query.form == "csv":
        return _csv(found)
    limits = concentration.Thresholds(query.moderate, query.high)
    said = {"moderate": query.moderate, "high": query.high}
    return _answer(query, found, said, lambda table: concentration.summarise(table, limits))


@reads(GetPivotalSuppliers)
def get_pivotal_suppliers(look: Look, query: GetPivotalSuppliers) -> Shown | File:
    """Return the RSI by zone, carrier and supplier, with and without bilateral contracts; of every MTU as CSV."""

    def of_session(book: Book, outcome: Results, groups: Groups, session: Row[Any]) -> pl.DataFrame:
        return pivotal.pivotal(book, outcome, groups, _obligations(look, session, book))

    found = _figures(look, query, of_session)
    if query.form == "csv":
        return _csv(found)
    screen = pivotal.Screen(query.threshold, query.share_of_hours)
    said = {"threshold": query.threshold, "share_of_hours": query.share_of_hours}
    return _answer(query, found, said, lambda table: pivotal.summarise(table, screen))


@reads(GetReplay)
def get_replay(look: Look, query: GetReplay) -> Shown:
    """Return the report of a replay; the signature of the certificate is checked by `walras verify`."""
    session = _closed(look, query.session)
    if not ONE_REPLAY.acquire(blocking=False):
        what = "another replay is running"
        raise refuse(what, f"session {query.session}", "one_replay", "Ask again once it has ended.")
    try:
        return replay_in(look.connection, look.secrets, session.id, query.version).to_json()
    finally:
        ONE_REPLAY.release()


def _closed(look: Look, session: str) -> Row[Any]:
    """Return a session whose gate has closed; an attempt before that is recorded, as one at a member's orders is."""
    found = sessions.get(look.connection, session)
    if found.key_released_at is None:
        raise not_allowed("the book is sealed", f"session {session}", "book_sealed", "Wait until the gate has closed.")
    return found


def _held(look: Look, session: Row[Any], version: int) -> Held:
    """Return a session's book and stored result.

    Raises:
        BadInput: It has no such result (rule `result_known`).
    """
    plan = runs.plan_of(look.connection, session.id, version)
    book = book_loader(look.secrets)(look.connection, session, plan)
    results, summary = read_results(look.connection, session.id, version, book)
    return Held(session, book, results, summary["settings"])


def _figures(
    look: Look,
    query: GetConcentration | GetPivotalSuppliers,
    of_session: Callable[[Book, Results, Groups, Row[Any]], pl.DataFrame],
) -> list[tuple[Row[Any], pl.DataFrame]]:
    """Return the figures of every live session of a market with a final result in some days, by delivery day.

    Raises:
        BadInput: There are no such days or too many (`oversight_days`), no such market, no final result in them
            (`result_known`), or the groups do not read.
    """
    markets.check_known(look.connection, query.market)
    last = query.last_day or query.first_day or sessions.last_final_day(look.connection, query.market)
    first = query.first_day or last
    days = 1 if last is None or first is None else (last - first).days + 1
    if not 1 <= days <= MOST_DAYS:
        fix = f"Ask for 1 to {MOST_DAYS} days, the first one first."
        raise refuse(f"these are {days} days", "first_day, last_day", "oversight_days", fix)
    found = [] if last is None or first is None else sessions.final(look.connection, query.market, first, last)
    if not found:
        span = "" if last is None else f" from {first} to {last}"
        fix = "Wait for final results, or ask for other days."
        raise refuse(f"market {query.market} has no final result{span}", "first_day, last_day", "result_known", fix)
    pairs, groups = _pairs(query.groups), Groups()
    if pairs:
        load = book_loader(look.secrets)
        plans = [(s, runs.plan_of(look.connection, s.id, s.version)) for s in found]
        groups = groups_of(pairs, {m for s, plan in plans for m in members_of(load(look.connection, s, plan))})
    figures = []
    for session in found:
        held = _held(look, session, session.version)
        assert held.results is not None, "a final session has a result"
        figures.append((session, of_session(held.book, held.results, groups, session)))
    return figures


def _pairs(text: str) -> list[tuple[str, str]]:
    """Return member and group of each membership in `North=M-0001,M-0002;South=M-0003`.

    Raises:
        BadInput: It is written differently (rule `group_table`).

    >>> _pairs("North=M-0001,M-0002;South=M-0003")
    [('M-0001', 'North'), ('M-0002', 'North'), ('M-0003', 'South')]
    """
    pairs = []
    for part in filter(None, text.split(";")):
        group, equals, members = part.partition("=")
        if not equals:
            fix = "Write North=M-0001,M-0002;South=M-0003."
            raise refuse(f"{part[:80]!r} names no members", "groups", "group_table", fix)
        pairs += [(member.strip(), group.strip()) for member in members.split(",")]
    return pairs


def _obligations(look: Look, session: Row[Any], book: Book) -> Obligations:
    """Return what sellers of confirmed contracts deliver beside the auction in the zones where these begin."""
    definition = markets.version(look.connection, session.market, session.market_version).definition
    return promised(look.connection, session.market, definition, book)


def _answer(
    query: GetConcentration | GetPivotalSuppliers, found: Sequence[tuple[Row[Any], pl.DataFrame]],
    said: dict[str, float], summary: Callable[[pl.DataFrame], pl.DataFrame],
) -> Shown:  # fmt: skip
    table = summary(pl.concat([t for _, t in found]))
    days = [s.delivery_day for s, _ in found]
    by_day = {day: pl.concat([t for s, t in found if s.delivery_day == day]) for day in dict.fromkeys(days)}
    return {
        "market": query.market, "first_day": days[0], "last_day": days[-1], **said,
        "sessions": [s.id for s, _ in found], "items": list(_plain(table)), "next": None,
        "days": [{"delivery_day": day} | row for day, of in by_day.items() for row in _plain(summary(of))],
    }  # fmt: skip


def _plain(table: pl.DataFrame) -> Iterator[Shown]:
    yield from table.iter_rows(named=True)


def _csv(found: Sequence[tuple[Row[Any], pl.DataFrame]]) -> File:
    marked = [table.select(pl.lit(s.id).alias("session"), pl.all()) for s, table in found]
    content = pl.concat(marked).write_csv(datetime_format="%Y-%m-%dT%H:%M:%SZ").encode()
    return File(content, CSV, bytes_digest(content))
