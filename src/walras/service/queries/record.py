"""Queries about the record as a whole and the health of the service."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from walras.service.commands import SessionId
from walras.service.queries.query import WATCHING, After, Limit, Query
from walras.service.roles import Role

StreamText = Annotated[str, Field(max_length=80)]


class ListStreams(Query):
    """Streams of the record by name, with their rows and their last seal; those whose name contains a text."""

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "trail"
    path: ClassVar[str] = "/streams"
    contains: StreamText = ""
    after: StreamText = ""
    limit: Limit = 100


class ListSeals(Query):
    """The seals of a stream, each with the digest of the one before, oldest first."""

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "trail"
    path: ClassVar[str] = "/trail/{stream}/seals"
    stream: SessionId
    after: After = 0
    limit: Limit = 200


class GetTrailFile(Query):
    """The whole record of a stream with digests and seals, as CSV."""

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "trail"
    path: ClassVar[str] = "/trail/{stream}/csv"
    stream: SessionId


class GetHealth(Query):
    """How the service fares: workers, queues, seals, clock, store and disk."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.OPERATOR})
    scope: ClassVar[str] = "operation"
    path: ClassVar[str] = "/health"
