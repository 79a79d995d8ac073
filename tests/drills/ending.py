"""How an incident must end: a final result that anybody verifies, nothing acknowledged lost, everybody told.

`Place` is what a drill is given; `kept_receipts` notes what the door acknowledges; `ends_final` judges.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from walras.coupling.clear import clear
from walras.results.publication import KeyRing, PublicKey, SigningKey, verify
from walras.results.publication.leaves import pseudonym_of
from walras.service import commands as c
from walras.service import submitted
from walras.service.canonical import bytes_digest
from walras.service.gate import book_loader
from walras.service.secrets import Secrets, publication_secret
from walras.service.store import markets, notices, runs, sessions
from walras.service.store.engine import Store
from walras.service.store.schema import artefacts, submissions, trail
from walras.service.store.schema import runs as run_table
from walras.service.store.schema import sessions as session_table
from walras.service.trail_check import flaws
from walras.service.worker.certified import certified
from walras.service.worker.finalise import certify_finals
from walras.service.worker.outcome import Cleared
from walras.service.worker.run import settings_of
from walras.service.worker.sealing import seal_all

KEY = SigningKey.from_seed(b"s" * 32)
RING = KeyRing((PublicKey(KEY.public_key, datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)),))


@dataclass(frozen=True)
class Place:
    """Where a drill takes place.

    Attributes:
        store, secrets, url: A fresh store of either kind, and its address.
        folder: For files.
        is_long: Whether minutes are minutes.
    """

    store: Store
    secrets: Secrets
    url: str
    folder: Path
    is_long: bool = False


def kept_receipts(world) -> list[dict]:
    """Return a list that every answer of the world's door is added to before anybody gets it."""
    told, answer = [], world.door._answer

    def noted(facts):
        given = answer(facts)
        if given not in told:  # the same request again gets the same answer
            told.append(given)
        return given

    world.door._answer = noted
    return told


def made_final(world, session: str) -> None:
    """Let the objection window pass, and two officers make the result final; it is signed as such."""
    with world.store.read() as connection:
        row, now = sessions.get(connection, session), world.store.clock.now(connection)
    world.store.clock.ahead += max(0, row.final_after - now)
    world.by_two(c.FinaliseSession(session=session))
    signed = certify_finals(world.store, world.secrets, KEY, book_loader(world.secrets))
    assert session in signed


def ends_final(
    world, session: str, place: Place, told, *, rung="coupled", cut_off=(), excluded=(), flaws_known=()
) -> dict:
    """Make a result final and hold everything against it; return the document of its certificate.

    Args:
        world: The people of the market.
        session: Whose result it is.
        place: With a folder for bundles.
        told: What the door acknowledged (`kept_receipts`).
        rung, cut_off, excluded: What the certificate must admit; orders as `M-0001.name`.
        flaws_known: Places of the flaws that the trail must have, since the drill damaged the store.
    """
    made_final(world, session)
    with world.store.read() as connection:
        row = sessions.get(connection, session)
    assert row.state == "final"
    document = json.loads(file_of(world.store, session, "final/certificate.json"))["document"]
    assert (document["stage"], document["fallback"]) == ("final", {"rung": rung, "cut_off": list(cut_off)})
    secret = publication_secret(world.secrets.session_key(session, row.sealed_key))
    assert document["excluded_orders"] == sorted(pseudonym_of(secret, name) for name in excluded)
    assert document["audit"]["verdict"] == "clean", document["audit"]
    _verifies(world, session, place, told, excluded)
    nothing_lost(world, told)
    told_all(world, session, "result final")
    for name in excluded:
        assert [n for n in notices_of(world, name.split(".")[0], session) if n["kind"] == "order excluded"], name
    assert {f.where for f in found_flaws(world)} == set(flaws_known)
    return document


def ends_without_result(world, session: str, told) -> None:
    """Hold an honest none against the store: nothing is published, everybody knows, nothing is lost."""
    with world.store.read() as connection:
        row = sessions.get(connection, session)
        files = connection.scalars(select(artefacts.c.name).where(artefacts.c.session == session)).all()
    assert (row.state, row.rung, row.version, files) == ("fallback", "none", 0, [])
    seen = world.get(f"/sessions/{session}", "").json()
    assert (seen["state"], seen["rung"]) == ("fallback", "none")
    page = world.http.get(f"/public/{session}")
    assert page.status_code == 200
    assert world.http.get(f"/v1/sessions/{session}/results/prices.csv").status_code == 404
    assert "ended without a result" in page.text
    told_all(world, session, "session fallback")
    nothing_lost(world, told)
    assert found_flaws(world) == []


def nothing_lost(world, told) -> None:
    """Hold every receipt against the store."""
    with world.store.read() as connection:
        held = {r.sequence: r for r in connection.execute(select(submissions))}
        gates = dict(connection.execute(select(session_table.c.id, session_table.c.gate_at)).all())
    for one in told:
        row = held.pop(one["sequence"])
        digest = world.secrets.blind(one["session"], one["member"], one["digest"])
        assert (row.session, row.member, row.digest) == (one["session"], one["member"], digest)
        assert row.at < gates[row.session], "taken in after the gate"
    assert [n for n, row in held.items() if row.user != "default"] == [], "stored, and acknowledged to nobody"


def told_all(world, session: str, kind: str) -> None:
    """Both members and the regulator have a notice of this kind, once."""
    for company in ("M-0001", "M-0002", "R-0001"):
        assert [n["kind"] for n in notices_of(world, company, session)].count(kind) == 1, (company, kind)


def notices_of(world, company: str, session: str) -> list[dict]:
    with world.store.read() as connection:
        return [n for n in notices.of_company(connection, company, 0, 1000) if n["session"] == session]


def found_flaws(world) -> list:
    """Seal the trail, and return what is wrong with the store."""
    seal_all(world.store)
    with world.store.read() as connection:
        return list(flaws(connection, world.secrets, submitted))


def file_of(store, session: str, name: str, version: int | None = None) -> bytes:
    """Return a stored file of a session's newest result, or of a version."""
    with store.read() as connection:
        a = artefacts.c
        wanted = version or sessions.get(connection, session).version
        query = select(a.content).where(a.session == session, a.version == wanted, a.name == name)
        return connection.scalar(query)


def acts_of(store, stream: str) -> list[str]:
    with store.read() as connection:
        return list(connection.scalars(select(trail.c.act).where(trail.c.stream == stream).order_by(trail.c.id)))


def _verifies(world, session: str, place: Place, told, excluded) -> None:
    """Verify the public bundle, the regulator's, and each member's with the receipts that it was given."""
    for name in ("public.zip", "final/public.zip", "final/regulator.zip"):
        done = verify(_bundle(world, session, place, name), RING)
        assert done.is_ok, (name, done.checks)
    for member in {one["member"] for one in told if one["session"] == session}:
        content = file_of(world.store, session, f"final/member/{member}.zip")
        if content is None:  # every order of it was left out
            assert member in {name.split(".")[0] for name in excluded}
            continue
        receipts = None
        if member not in {name.split(".")[0] for name in excluded}:
            receipts = place.folder / f"receipts-{member}.json"
            own = [one["receipt"] for one in told if (one["session"], one["member"]) == (session, member)]
            receipts.write_text(json.dumps(own))
        done = verify(_bundle(world, session, place, f"final/member/{member}.zip"), RING, receipts)
        assert done.is_ok, (member, done.checks)


def _bundle(world, session: str, place: Place, name: str) -> Path:
    path = place.folder / name.replace("/", "-")
    path.write_bytes(file_of(world.store, session, name))
    return path


def is_as_undisturbed(world, session: str) -> None:
    """Clear the newest plan again as if nothing had happened, and compare every file of the preliminary result."""
    with world.store.read() as connection:
        row = sessions.get(connection, session)
        plan = runs.plan_of(connection, session, row.version)
        book = book_loader(world.secrets)(connection, row, plan)
        settings = settings_of(markets.version(connection, row.market, row.market_version).definition.run)
        asked = select(run_table.c.at).where(run_table.c.session == session, run_table.c.version == row.version)
        asked_at = connection.scalar(asked)
        where = (artefacts.c.session == session, artefacts.c.version == row.version)
        stored = dict(connection.execute(select(artefacts.c.name, artefacts.c.digest).where(*where)).all())
    secret = world.secrets.session_key(session, row.sealed_key)
    results = clear(book, settings)
    twin = Cleared(session, row.kind, row.version, asked_at, secret, book, results, settings.canonical(), plan)
    assert {f.name: bytes_digest(f.content) for f in certified(KEY)(twin)} == {
        name: digest for name, digest in stored.items() if not name.startswith("final/")
    }


__all__ = ["KEY", "RING", "Place", "ends_final", "ends_without_result", "is_as_undisturbed", "kept_receipts"]
