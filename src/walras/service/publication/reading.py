"""What the store holds for everybody: sessions, versions, stages, public files.

A stage says what a version of a result is worth now: `preliminary` may still change, `final`
binds, `superseded` was replaced, `withdrawn` belongs to a session without a result, `provisional` is no result:
a first pass without network limits.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection, Row, func, select

from walras.errors import Mistake
from walras.service.canonical import canonical
from walras.service.permissions import NotKnown
from walras.service.plan import UNLIMITED
from walras.service.store.runs import plan_of
from walras.service.store.schema import artefacts, markets, sessions

PUBLIC_KINDS = ("live", "public_test")
"""Kinds of sessions that the public knows of; dry runs and simulations are for companies."""
STAGES = ("preliminary", "final", "superseded", "withdrawn", "provisional")
PUBLISHED, FINAL = "published/", "final/"
"""What the public tables are called in the store, and what takes the place of a file once a result is final."""


@dataclass(frozen=True)
class Published:
    """One version of a session's result."""

    session: str
    market: str
    delivery_day: str
    kind: str
    version: int
    stage: str
    objections_until: int | None
    rung: str = "coupled"
    cut_off: tuple[str, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether this version can never change its stage again."""
        return self.stage == "final"


def stage_of(session: Row[Any], version: int) -> str:
    """Return the stage of a version of a session's result."""
    if session.state in ("cancelled", "fallback"):
        return "withdrawn"
    if version != session.version:
        return "superseded"
    return "final" if session.state == "final" else "preliminary"


def files_count(connection: Connection, of: Published) -> int:
    """Return how many files a result has: more once its final certificate is there."""
    query = select(func.count()).select_from(artefacts)
    return int(
        connection.scalar(query.where(artefacts.c.session == of.session, artefacts.c.version == of.version)) or 0
    )


def published(connection: Connection, session: str, version: int | None = None) -> Published:
    """Return a version of a session's result, the newest unless one is named.

    Raises:
        NotKnown: There is no such session, or it has no such result (rules `session_known`, `result_known`).
    """
    found = connection.execute(select(sessions).where(sessions.c.id == session)).one_or_none()
    if found is None or found.kind not in PUBLIC_KINDS:
        raise unknown_session(session)
    result = result_of(connection, found, version)
    if result is None:
        if not found.version and found.state in {"fallback", "cancelled"}:
            what, fix = f"session {session} ended without a result: {found.state}", "None will come by itself."
            raise _unknown(what, "result_known", fix)
        what = f"session {session} has no result" + (f" of version {version}" if version else " yet")
        raise _unknown(what, "result_known", "Wait for its results.")
    return result


def result_of(connection: Connection, found: Row[Any], version: int | None = None) -> Published | None:
    """Return a version of the result of a session's row, the newest unless one is named; None if there is none."""
    wanted = version if version is not None else found.version
    held = select(func.count()).where(artefacts.c.session == found.id, artefacts.c.version == wanted)
    if not wanted or not connection.scalar(held):
        return None
    plan = plan_of(connection, found.id, wanted)
    stage = "provisional" if plan.network == UNLIMITED else stage_of(found, wanted)
    return Published(
        found.id, found.market, found.delivery_day, found.kind, wanted, stage, found.objections_until,
        plan.rung, plan.cut_off,
    )  # fmt: skip


def latest(connection: Connection, market: str, stage: str) -> Published:
    """Return the result of the latest delivery day of a market that has this stage.

    Raises:
        NotKnown: There is none, or no such market or stage.
    """
    states = {"final": ("final",), "preliminary": ("cleared",)}.get(stage)
    if states is None:
        raise _unknown(f"there is no stage {stage[:40]!r}", "stage_known", "Ask for final or preliminary.")
    if connection.scalar(select(markets.c.code).where(markets.c.code == market)) is None:
        raise _unknown(f"there is no market {market[:40]!r}", "market_known", "Take a code from /public.")
    found = connection.scalar(
        select(sessions.c.id)
        .where(sessions.c.market == market, sessions.c.state.in_(states), sessions.c.kind == "live")
        .order_by(sessions.c.delivery_day.desc(), sessions.c.id.desc())
        .limit(1)
    )
    if found is None:
        raise _unknown(f"market {market} has no {stage} result", "result_known", "Wait for its results.")
    return published(connection, found)


def file(connection: Connection, of: Published, name: str) -> Row[Any]:
    """Return a public file of a result.

    Raises:
        NotKnown: There is none of that name that is public; whether there is a secret one is not said.
    """
    here = (artefacts.c.session == of.session) & (artefacts.c.version == of.version) & artefacts.c.is_public
    wanted = (f"{FINAL}{name}", name) if of.stage == "final" else (name,)
    held = connection.execute(select(artefacts).where(here, artefacts.c.name.in_(wanted))).all()
    if not held:
        raise _unknown(f"there is no public file {name[:120]!r}", "file_known", "Take a name from the list of results.")
    return min(held, key=lambda f: wanted.index(f.name))


def names(connection: Connection, of: Published) -> list[str]:
    """Return the names under which public files of a result are asked for, sorted."""
    query = select(artefacts.c.name).where(
        artefacts.c.session == of.session, artefacts.c.version == of.version, artefacts.c.is_public
    )
    return sorted({n.removeprefix(FINAL) for n in connection.scalars(query)})


def table(connection: Connection, of: Published, name: str) -> pl.DataFrame | None:
    """Return a published table, None if this result has none of that name."""
    full = f"{PUBLISHED}{name}.parquet"
    if full not in names(connection, of):
        return None
    return table_of(file(connection, of, full).content)


def table_of(content: bytes) -> pl.DataFrame:
    """Return the table in the bytes of a stored file."""
    return pl.read_parquet(io.BytesIO(content))


def marked(content: bytes, of: Published) -> bytes:
    """Return a JSON object with session, version and stage in it."""
    said = {"session": of.session, "result_version": of.version, "stage": of.stage}
    return (canonical(json.loads(content) | said) + "\n").encode()


def summary(connection: Connection, of: Published) -> dict[str, Any]:
    """Return the public summary of a result, empty without one."""
    name = f"{PUBLISHED}summary.json"
    if name not in names(connection, of):
        return {}
    content: dict[str, Any] = json.loads(file(connection, of, name).content)
    return content


def certificate(connection: Connection, of: Published) -> dict[str, Any] | None:
    """Return the certificate of a result as JSON, None without one."""
    if "certificate.json" not in names(connection, of):
        return None
    content: dict[str, Any] = json.loads(file(connection, of, "certificate.json").content)
    return content


def unknown_session(session: str) -> NotKnown:
    """Return the answer about a session that the public does not know."""
    return _unknown(f"there is no session {session[:80]!r}", "session_known", "Take an id from /public.")


def _unknown(what: str, rule: str, fix: str) -> NotKnown:
    return NotKnown(Mistake(what, "address", rule, fix))
