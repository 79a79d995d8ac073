"""The record as a whole: streams, seals and files of it."""

from __future__ import annotations

import json

from sqlalchemy import select

from walras.service.canonical import canonical
from walras.service.clock import time_text
from walras.service.queries import GetTrailFile, ListSeals, ListStreams, ListTrail
from walras.service.readers.registry import File, Look, Shown, csv_table, page, reads
from walras.service.store import streams, trail
from walras.service.store.schema import sessions

GUESSED_FROM = frozenset({"versions", "digest"})
"""What is not shown of orders before the gate. The row's own digest covers the hash of a ciphertext as well."""
HEADS = ("row", "at", "actor", "company", "act", "body", "digest", "seal")


@reads(ListTrail)
def list_trail(look: Look, query: ListTrail) -> Shown:
    """Return the record of a stream; before the gate without what orders could be guessed from."""
    found = trail.listed(
        look.connection, query.stream, query.after, query.limit + 1, is_newest_first=query.first == "newest"
    )
    is_open = _is_open(look, query.stream)
    return page([row if is_open else row | {"body": _sealed(row["act"], row["body"])} for row in found],
                query.limit, "row")  # fmt: skip


@reads(GetTrailFile)
def get_trail_file(look: Look, query: GetTrailFile) -> File:
    """Return the record of a stream as it is listed, a row of the trail each."""
    is_open = _is_open(look, query.stream)
    rows = (
        (r.id, time_text(r.at), r.actor, r.company, r.act,
         r.body if is_open else canonical(_sealed(r.act, json.loads(r.body))), r.digest, r.seal)
        for r in streams.all_rows(look.connection, query.stream)
    )  # fmt: skip
    return csv_table(HEADS, rows)


@reads(ListStreams)
def list_streams(look: Look, query: ListStreams) -> Shown:
    """Return streams by name."""
    found = streams.listed(look.connection, query.contains, query.after, query.limit + 1)
    return page(found, query.limit, "stream")


@reads(ListSeals)
def list_seals(look: Look, query: ListSeals) -> Shown:
    """Return seals by number."""
    found = streams.seals_of(look.connection, query.stream, query.after, query.limit + 1)
    return page(found, query.limit, "number")


def _is_open(look: Look, stream: str) -> bool:
    """Return whether the gate of the session that a stream is of has closed."""
    released = select(sessions.c.key_released_at).where(sessions.c.id == stream)
    return look.connection.scalar(released) is not None


def _sealed(act: str, body: Shown) -> Shown:
    """Return the body of a row without names and digests of orders: whoever guesses an order could test it on them."""
    return {n: v for n, v in body.items() if n not in GUESSED_FROM} if act == "orders" else body
