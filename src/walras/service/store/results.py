"""Files of results: what there is, and who may have it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select

from walras.service.clock import time_text
from walras.service.store.schema import artefacts
from walras.service.work import refuse


def listed(connection: Connection, session: str, version: int | None, *, is_all: bool) -> list[dict[str, Any]]:
    """Return the files of a session's results without their content, the public ones unless `is_all`."""
    a = artefacts.c
    query = (
        select(a.name, a.version, a.media_type, a.digest, a.is_public, a.at, func.length(a.content).label("size"))
        .where(a.session == session)
        .order_by(a.version, a.name)
    )
    if version is not None:
        query = query.where(a.version == version)
    if not is_all:
        query = query.where(a.is_public)
    plain = ("name", "version", "media_type", "digest", "is_public", "size")
    rows = connection.execute(query).all()
    return [{n: getattr(r, n) for n in plain} | {"at": time_text(r.at)} for r in rows]


def bundle(connection: Connection, session: str, version: int, name: str) -> Row[Any]:
    """Return a bundle with its content, as it was signed last: when the result was final, or else before.

    Raises:
        BadInput: There is none (rule `artefact_known`).
    """
    a = artefacts.c
    names = (f"final/{name}", name)
    query = select(artefacts).where(a.session == session, a.version == version, a.name.in_(names)).order_by(a.name)
    rows = {r.name: r for r in connection.execute(query)}
    found = next((rows[n] for n in names if n in rows), None)
    if found is None:
        fix = "Wait for a result, or take a version from the list of results."
        raise refuse(f"there is no {name!r} in version {version}", "level", "artefact_known", fix)
    return found
