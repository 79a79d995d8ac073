"""The crash drill: servers and worker die by SIGKILL at random moments under a stream of commands.

Afterwards what every caller was told is held against the store: nothing that was acknowledged is
lost or there twice, nothing that was refused is there, every version follows the one before, the
trail is whole, and each result is byte for byte that of a twin run that nobody disturbed.
"""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import func, select
from tests.drills.callers import MARKET, Caller, Said, Stage
from tests.drills.processes import Processes, settings_of
from tests.service.two_states import definition
from tests.service.world import World

from walras.coupling.clear import clear
from walras.results.publication.documents import canonical_json
from walras.results.publication.key_ring import read_ring
from walras.results.publication.verify_member import check_receipts, read_receipts
from walras.service import submitted
from walras.service.bootstrap import build, signing_key
from walras.service.canonical import canonical
from walras.service.clock import time_text
from walras.service.commands import SetMarket, SetRights
from walras.service.gate import book_loader
from walras.service.plan import Plan
from walras.service.store import markets
from walras.service.store.schema import artefacts, documents, idempotency, orders, runs, sessions, submissions, trail
from walras.service.trail_check import flaws
from walras.service.worker.certified import certified, final_files
from walras.service.worker.outcome import Cleared
from walras.service.worker.run import settings_of as run_settings

MEMBERS = ("M-0001", "M-0002")
ORDER_WORDS = {"submit-orders", "withdraw-orders"}
TRAIL = {
    "document attached": {"attach-document"},
    "default orders set": {"set-default-orders"},
    "proposed": {"finalise-session", "cancel-session"},
    "approved": {"approve-proposal"},
}
SETTING_UP = {"proposed": 3, "approved": 3}
ONCE = {"receipt", "key", "secret"}


@dataclass
class Outcome:
    """Figures of one drill, and what is wrong."""

    kills: dict[str, int]
    sessions: int
    acknowledged: int
    refused: int
    again: int
    twice: int
    runs: int
    attempts: int
    seconds: float
    complaints: list[str]


def drill(url: str, folder: Path, kills: int, seed: int, session_seconds: float = 1.5) -> Outcome:
    """Kill so often, hold sessions meanwhile, and judge what is left."""
    settings = settings_of(folder, url)
    built = build(settings, has_door=False)
    key = signing_key(built.store, settings.keys_folder)
    with World(built.store, built.secrets) as world:
        _found(world)
        api_keys = dict(world.keys)
    begun = time.monotonic()
    held: list[bool] = []
    with Processes(settings) as processes:
        stage = Stage(processes.ports)
        members = [Caller(stage, m, api_keys[m], f"{seed}-{m}-{n}") for m in MEMBERS for n in range(2)]
        first, second = (Caller(stage, "OP", api_keys[who], f"{seed}-{who}") for who in ("OP", "OP-2"))
        with ThreadPoolExecutor(len(members) + 1) as pool:
            try:
                trades = [pool.submit(m.trade) for m in members]
                killing = pool.submit(processes.kill_at_random, kills, random.Random(seed), stage.over)
                while not killing.done() or not any(held):
                    held.append(first.hold(second, f"s{len(held)}", session_seconds))
                    assert all(not t.done() for t in trades), "a caller ended before its time"
            finally:
                stage.over.set()
            for future in (killing, *trades):
                future.result()
        for caller in (first, second, *members):
            caller.http.close()
        _wait_for_certificates(built.store, sum(held))
        complaints = processes.complaints()
    complaints += judged(built, key, settings.keys_folder / "ring.json", stage.said, folder)
    with built.store.read() as connection:
        attempts = list(connection.scalars(select(runs.c.attempts)))
    built.close()
    counts = Counter(s.is_acknowledged for s in stage.said)
    seconds = time.monotonic() - begun
    return Outcome(
        processes.kills, sum(held), counts[True], counts[False], stage.again, stage.twice, len(attempts),
        sum(attempts), seconds, complaints,
    )  # fmt: skip


def judged(built, key, ring: Path, said: list[Said], folder: Path) -> list[str]:
    """Return everything in the store that is not as the callers were told, or as an undisturbed run would leave it."""
    with built.store.read() as connection:
        held = connection.execute(select(sessions).order_by(sessions.c.id)).all()
        found = [f"status {s.status} for {s.word} {s.key}: {s.answer}" for s in said if s.status >= 500]
        found += _key_complaints(connection, built.secrets, said)
        found += _order_complaints(
            connection, built.secrets, held, [s for s in said if s.word in ORDER_WORDS and s.is_acknowledged]
        )
        found += [f"trail: {f}" for f in flaws(connection, built.secrets, submitted)]
        for session in held:
            receipts = [s.answer["receipt"] for s in said if s.answer.get("session") == session.id and s.is_acknowledged
                        and s.word in ORDER_WORDS]  # fmt: skip
            found += _result_complaints(connection, built, key, session)
            if session.key_released_at is None:
                continue
            (folder / "receipts.json").write_bytes(canonical_json(receipts))
            book = book_loader(built.secrets)(connection, session, Plan())
            found += check_receipts(book, read_receipts(folder / "receipts.json", read_ring(ring)))
    return found


def _key_complaints(connection, secrets, said: list[Said]) -> list[str]:
    """Hold every key against the store: one row for what was acknowledged, with that answer; none for a refusal."""
    rows = connection.execute(select(idempotency)).all()
    kept = {r.key: r for r in rows if r.key.split("-")[0].isdigit()}
    found = []
    for s in said:
        row = kept.pop(s.key, None)
        told = canonical({n: v for n, v in s.answer.items() if n not in ONCE})
        if s.is_acknowledged and (row is None or row.company != s.company or secrets.reveal(row.answer) != told):
            found.append(f"{s.word} {s.key} was acknowledged, the store has {row}")
        if not s.is_acknowledged and row is not None:
            found.append(f"{s.word} {s.key} was refused ({s.rules}), and it is there")
    found += [f"key {key} was never answered, and it is there" for key in kept]
    names = Counter(connection.scalars(select(documents.c.name)))
    filed = Counter(s.key for s in said if s.word == "attach-document" and s.is_acknowledged)
    if names != filed:
        found.append(f"documents differ: {names - filed} too many, {filed - names} lost")
    acts = Counter(connection.scalars(select(trail.c.act)))
    for act, words in TRAIL.items():
        done = sum(s.word in words and s.is_acknowledged for s in said) + SETTING_UP.get(act, 0)
        if acts[act] != done:
            found.append(f"the trail says {act!r} {acts[act]} times, callers were told so {done} times")
    return found


def _order_complaints(connection, secrets, held, told: list[Said]) -> list[str]:
    """Hold every receipt against its submission, the versions against each other, the last against what stands."""
    rows = {r.sequence: r for r in connection.execute(select(submissions)) if r.user != "default"}
    gates = {s.id: s.key_released_at for s in held}
    found = []
    last: dict[tuple[str, str, str], tuple[int, int, bool]] = {}
    for s in sorted(told, key=lambda one: one.answer["sequence"]):
        a = s.answer
        row = rows.pop(a["sequence"], None)
        shown = row and (row.session, row.member, row.kind, row.digest, time_text(row.at))
        digest = secrets.blind(a["session"], a["member"], a["digest"])
        if shown != (a["session"], a["member"], a["kind"], digest, a["at"]):
            found.append(f"receipt {a['sequence']} of {s.key}: the store has {shown}")
            continue
        if row.at > gates[row.session]:
            found.append(f"receipt {a['sequence']} of {s.key} is from after the gate")
        for name, version in a["orders"].items():
            before = last.get((row.session, row.member, name), (0, 0, False))
            if version != before[0] + 1:
                found.append(f"{row.session} {row.member} {name}: version {version} follows {before[0]}")
            last[row.session, row.member, name] = (version, row.sequence, row.kind == "orders")
    found += [f"submission {n} was never acknowledged to anybody" for n in rows]
    sent = {(session, member) for session, member, _ in last}
    stands = {
        (r.session, r.member, r.name): (r.version, r.submission, r.is_live)
        for r in connection.execute(select(orders))
        if (r.session, r.member) in sent
    }
    if stands != last:
        found.append(f"orders that stand differ from the receipts: {sorted(set(stands.items()) ^ set(last.items()))}")
    return found


def _result_complaints(connection, built, key, session) -> list[str]:
    """Clear the book of a session again, undisturbed, and compare every file of every version of its result."""
    if session.state == "cancelled":
        return []
    found = [] if session.state == "final" else [f"{session.id} is {session.state}"]
    acts = connection.execute(select(trail.c.act, trail.c.at).where(trail.c.stream == session.id)).all()
    if Counter(a.act for a in acts)["final"] != 1 or Counter(a.act for a in acts)["certified"] != 1:
        found.append(f"{session.id} was not made final and certified once: {Counter(a.act for a in acts)}")
    book = book_loader(built.secrets)(connection, session, Plan())
    settings = run_settings(markets.version(connection, session.market, session.market_version).definition.run)
    results = clear(book, settings)
    secret = built.secrets.session_key(session.id, session.sealed_key)
    expected, stored = {}, {}
    for run in connection.execute(select(runs).where(runs.c.session == session.id)):
        if run.state != "done":
            found.append(f"run {run.id} of {session.id} is {run.state}: {run.error}")
        twin = Cleared(session.id, session.kind, run.version, run.at, secret, book, results, settings.canonical())
        files = certified(key)(twin)
        if run.version == session.version:
            files += final_files(twin, key, next((a.at for a in acts if a.act == "final"), 0))
        expected |= {(run.version, f.name): f.digest for f in files}
    for row in connection.execute(select(artefacts).where(artefacts.c.session == session.id)):
        stored[row.version, row.name] = row.digest
    differing = sorted({k for k in expected.keys() | stored.keys() if expected.get(k) != stored.get(k)})
    return found + ([f"{session.id}: files differ from those of its twin: {differing}"] if differing else [])


def _found(world: World) -> None:
    """Define the market, with no time for objections, and admit both members to it."""
    terms = definition(run={"objection_minutes": 0})
    world.by_two(SetMarket(market=MARKET, valid_from=date(2020, 1, 1), definition=terms))
    products = (("North", "electricity"), ("South", "electricity"))
    for member in MEMBERS:
        world.by_two(SetRights(company=member, market=MARKET, products=products))


def _wait_for_certificates(store, many: int) -> None:
    end = time.monotonic() + 60
    signed = select(func.count()).where(artefacts.c.name == "final/certificate.json")
    while time.monotonic() < end:
        with store.read() as connection:
            if connection.scalar(signed) == many:
                return
        time.sleep(0.1)


__all__ = ["Outcome", "drill", "judged"]
