"""The race drill: two or more act at the same moment; exactly one legal outcome, and a clean refusal for who lost.

Each function below is one kind of race. It makes what it needs, lets threads of two processes'
worth of the service loose on it, and returns what is not as it must be.
"""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from tests.drills.arena import Arena, Told

from walras.errors import BadInput
from walras.results.publication import SigningKey
from walras.service import commands as c
from walras.service import submitted
from walras.service.clock import microseconds
from walras.service.gate import book_loader
from walras.service.plan import Plan
from walras.service.roles import SYSTEM
from walras.service.store import orders as order_store
from walras.service.store import sessions as session_store
from walras.service.store.schema import artefacts, cases, companies, documents, orders, proposals, runs, submissions
from walras.service.trail_check import flaws
from walras.service.worker import timetable
from walras.service.worker.finalise import certify_finals

KEY = SigningKey.from_seed(b"s" * 32)
OF_EVERY_SESSION = {"scheduled", "open", "run failed", "orders", "capacity shown", "capacity held", "capacity freed"}


def gate(arena: Arena, chance) -> list[str]:
    """Members send while two close the gate, by command or because its time has come."""
    by_clock = chance.random() < 0.4
    session, until = _with_gate(arena) if by_clock else (arena.session(), 0.0)
    sent = [(chance.choice(arena.traders), f"o{n}") for n in range(chance.randint(3, 5))]
    if by_clock:
        closes = [lambda n=n: _tick_until_closed(arena, n, session) for n in range(2)]
        time.sleep(max(0.0, until - chance.uniform(0, 0.03) - datetime.now(UTC).timestamp()))
    else:
        closes = [arena.do(n, arena.officers[n], c.CloseSession(session=session)) for n in range(2)]
    sends = [arena.do(chance.randrange(2), who, arena.orders(session, name)) for who, name in sent]
    told = arena.at_once(*sends, *closes)
    found = _one_won(told[len(sends) :], {"session_moves"}) if not by_clock else _failures(told)
    found += _failures(told)
    with arena.store.read() as connection:
        row = session_store.get(connection, session)
        last = min(row.gate_at - 1, row.key_released_at or 0)
        standing = {(r.member, r.name): r.submission for r in order_store.live(connection, session)}
        book = book_loader(arena.secrets)(connection, row, Plan())
    acknowledged = {}
    for (who, name), one in zip(sent, told, strict=False):
        if one.is_done:
            acknowledged[who.company, name] = one.answer["sequence"]
            if microseconds(datetime.fromisoformat(one.answer["at"])) > last:
                found.append(f"{name} was acknowledged after the gate")
        elif one.rules != {"gate_open"}:
            found.append(f"{name} was refused by {one.rules}")
    if standing != acknowledged:
        found.append(f"standing {standing}, acknowledged {acknowledged}")
    if set(book.curves.name) != {f"{member}.{name}" for member, name in acknowledged}:
        found.append(f"the run reads {book.curves.name}, acknowledged {acknowledged}")
    if arena.acts(session).count("closed") != 1:
        found.append("it was not closed once")
    if arena.runner(arena.store).once() != "done":
        found.append("its run was not done")
    return found


def finalise(arena: Arena, chance) -> list[str]:
    """Two officers approve the same proposal, or each the other's, or one of them cancels."""
    session = arena.cleared()
    final, cancel = c.FinaliseSession(session=session), c.CancelSession(session=session, reason="it is void")
    way = chance.randrange(3)
    first = _proposed(arena, 0, final)
    second = first if way == 0 else _proposed(arena, 1, final if way == 1 else cancel)
    approvals = [arena.do(0, arena.officers[2], c.ApproveProposal(proposal=first)),
                 arena.do(1, arena.officers[1 if way == 0 else 0], c.ApproveProposal(proposal=second))]  # fmt: skip
    told = arena.at_once(*approvals)
    found = _one_won(told, {"proposal_waiting", "session_moves"})
    ended = [a for a in arena.acts(session) if a in {"final", "cancelled"}]
    if len(ended) != 1 or (way < 2 and ended != ["final"]):
        found.append(f"it ended by {ended}")
    if ended == ["final"] and chance.random() < 0.3:
        certify = [
            lambda n=n: certify_finals(arena.dispatches[n].store, arena.secrets, KEY, book_loader(arena.secrets))
            for n in range(2)
        ]
        found += _failures(arena.at_once(*certify))
        if arena.acts(session).count("certified") != 1:
            found.append("it was not certified once")
    return found


def decided_twice(arena: Arena, chance) -> list[str]:
    """One officer approves a proposal while another rejects it."""
    session = arena.session()
    number = _proposed(arena, 0, c.CancelSession(session=session, reason="it is void"))
    told = arena.at_once(
        arena.do(0, arena.officers[1], c.ApproveProposal(proposal=number)),
        arena.do(1, arena.officers[2], c.RejectProposal(proposal=number, reason="it stays")),
    )
    found = _one_won(told, {"proposal_waiting"})
    with arena.store.read() as connection:
        state = connection.scalar(select(proposals.c.state).where(proposals.c.id == number))
        session_state = session_store.get(connection, session).state
    if (state, session_state) not in {("approved", "cancelled"), ("rejected", "open")}:
        found.append(f"the proposal is {state}, the session {session_state}")
    return found


def workers(arena: Arena, chance) -> list[str]:
    """Two workers at one run, each of which takes the other for dead; some learn of it by a beat, some at the end."""
    session = arena.closed()
    beat = chance.choice((0.02, 30.0))
    runners = [arena.runner(d.store, stale=0, beat_seconds=beat) for d in arena.dispatches]
    told = arena.at_once(*(r.once for r in runners))
    found = _failures(told)
    ends = Counter(t.answer for t in told)
    if ends["done"] != 1 or set(ends) - {"done", "lost", "idle"}:
        found.append(f"they ended {ends}")
    with arena.store.read() as connection:
        states = list(connection.scalars(select(runs.c.state).where(runs.c.session == session)))
        files = connection.scalar(select(func.count()).where(artefacts.c.session == session))
    if states != ["done"] or not files or arena.acts(session).count("cleared") != 1:
        found.append(f"runs {states}, {files} files, acts {arena.acts(session)}")
    if chance.random() < 0.5:
        again = c.RunSession(session=session, reason="once more")
        told = arena.at_once(*(arena.do(n, arena.officers[n], again) for n in range(2)))
        found += _one_won(told, {"one_run"})
        if arena.runner(arena.store).once() != "done":
            found.append("the second run was not done")
    return found


def case(arena: Arena, chance) -> list[str]:
    """Two officers decide one case, or one officer decides it twice."""
    application = {"name": "Volgotrans Ekzempl LLC", "country": "SI", "contact_name": "Ada Example"}
    asked = c.ApplyForMembership(**application, contact_email="ada@example.invalid")
    company = arena.plain.do(arena.officers[0], asked)["company"]
    with arena.store.read() as connection:
        number = connection.scalar(select(cases.c.id).where(cases.c.company == company))
    way = chance.randrange(3)
    who = arena.officers[0], arena.officers[0 if way == 2 else 1]
    verdicts = "clear", "confirm" if way == 1 else "clear"
    told = arena.at_once(
        *(arena.do(n, who[n], c.DecideCase(case=number, verdict=verdicts[n], reason="looked at it")) for n in range(2))
    )
    with arena.store.read() as connection:
        state = connection.scalar(select(cases.c.state).where(cases.c.id == number))
        after = connection.scalar(select(companies.c.state).where(companies.c.code == company))
    expected = (("cleared", "applied"), ("rejected", "rejected"), ("held", "held"))[way]
    found = _failures(told) + ([] if (state, after) == expected else [f"the case is {state}, the company {after}"])
    if way == 2:
        return found + _one_won(told, {"two_different_officers"})
    if way == 0 and not all(t.is_done for t in told):
        found.append(f"they were told {told}")
    if way == 1 and (not told[1].is_done or told[0].rules - {"case_held", "company_state"}):
        found.append(f"they were told {told}")
    return found


def same_order(arena: Arena, chance) -> list[str]:
    """Two users of one member change the same order, and take it back."""
    session = arena.session()
    acts = []
    for n in range(chance.randint(2, 5)):
        take_back = chance.random() < 0.25
        command = c.WithdrawOrders(session=session, names=("x",)) if take_back else arena.orders(session, "x", price=n)
        acts.append(arena.do(chance.randrange(2), arena.traders[chance.randrange(2)], command))
    told = arena.at_once(*acts)
    found = _failures(told) + [f"refused by {t.rules}" for t in told if t.rules - {"order_live"}]
    answers = sorted((t.answer for t in told if t.is_done), key=lambda a: a["sequence"])
    if [a["orders"]["x"] for a in answers] != list(range(1, len(answers) + 1)):
        found.append(f"versions by sequence: {[a['orders'] for a in answers]}")
    with arena.store.read() as connection:
        rows = connection.execute(select(orders).where(orders.c.session == session)).all()
    stands = [(r.version, r.submission, r.is_live) for r in rows]
    if stands != [(len(answers), a["sequence"], a["kind"] == "orders") for a in answers[-1:]]:
        found.append(f"it stands {stands}")
    return found


def same_key(arena: Arena, chance) -> list[str]:
    """One idempotency key comes several times at once, with one content or with two."""
    session, is_same = arena.session(), chance.random() < 0.5
    many, key = chance.randint(2, 5), f"key-{arena.number}"
    kind = chance.randrange(3)
    if kind == 0:
        told = arena.at_once(
            *(arena.do(n, arena.officers[0], c.CloseSession(session=session), key) for n in range(many))
        )
        is_one = all(t.is_done and t.answer == told[0].answer for t in told)
        return [] if is_one and arena.acts(session).count("closed") == 1 else [f"they were told {told}"]
    if kind == 1:
        made = [arena.orders(session, "x", price=0 if is_same else n % 2) for n in range(many)]
        who, table, place = arena.traders[0], submissions, submissions.c.session == session
    else:
        body = {"company": "M-0001", "media_type": "text/plain", "name": key}
        made = [c.AttachDocument(**body, content_base64="AAAA" if is_same or n % 2 else "AAAB") for n in range(many)]
        who, table, place = arena.traders[0], documents, documents.c.name == key
    told = arena.at_once(*(arena.do(chance.randrange(2), who, one, key) for one in made))
    found = _failures(told) + [f"refused by {t.rules}" for t in told if t.rules - {"idempotency_key"}]
    answers = [t.answer for t in told if t.is_done]
    winners = {n % 2 for n, t in enumerate(told) if t.is_done}
    losers = {n % 2 for n, t in enumerate(told) if not t.is_done}
    if any(a != answers[0] for a in answers) or (is_same and losers) or (not is_same and winners & losers):
        found.append(f"they were told {told}")
    with arena.store.read() as connection:
        if connection.scalar(select(func.count()).select_from(table).where(place)) != 1:
            found.append("it was not carried out once")
    return found


def closed_or_cancelled(arena: Arena, chance) -> list[str]:
    """One officer closes the gate while another cancels the session, and a worker waits for its run."""
    session = arena.session()
    number = _proposed(arena, 0, c.CancelSession(session=session, reason="it is void"))
    told = arena.at_once(
        arena.do(0, arena.officers[0], c.CloseSession(session=session)),
        arena.do(1, arena.officers[1], c.ApproveProposal(proposal=number)),
        lambda: arena.runner(arena.dispatches[1].store).once(),
    )
    acts = [a for a in arena.acts(session) if a not in OF_EVERY_SESSION]
    ways = (["cancelled"], ["closed", "cancelled"], ["closed", "cleared", "cancelled"])
    found = _failures(told) + ([] if acts in ways else [f"its acts are {acts}"])
    if not told[1].is_done or told[0].rules - {"session_moves"} or told[0].is_done != ("closed" in acts):
        found.append(f"they were told {told}")
    while arena.runner(arena.store).once() != "idle":  # what waits ends without a result
        pass
    with arena.store.read() as connection:
        states = set(connection.scalars(select(runs.c.state).where(runs.c.session == session)))
        if session_store.get(connection, session).state != "cancelled" or states - {"failed", "done", "superseded"}:
            found.append(f"its runs are {states}")
    return found


RACES = (gate, gate, gate, finalise, finalise, workers, case, same_order, same_order, same_key, same_key,
         decided_twice, closed_or_cancelled)  # fmt: skip


def drill(arena: Arena, many: int, first_seed: int) -> tuple[Counter[str], list[str]]:
    """Run so many interleavings; return how many of each kind, and what went wrong, with its seed."""
    counts: Counter[str] = Counter()
    found: list[str] = []
    for seed in range(first_seed, first_seed + many):
        while arena.runner(arena.store).once() != "idle":
            pass  # what an earlier race left waiting
        race = RACES[seed % len(RACES)]
        counts[race.__name__] += 1
        wrong = race(arena, arena.begin(seed))
        found += [f"race {race.__name__}, seed {seed}: {one}" for one in wrong]
        for one in wrong:
            print(f"race {race.__name__}, seed {seed}: {one}", flush=True)
    with arena.store.read() as connection:
        found += [f"trail: {f}" for f in flaws(connection, arena.secrets, submitted)]
    return counts, found


def _proposed(arena: Arena, officer: int, command) -> int:
    return int(arena.plain.do(arena.officers[officer], command)["proposal"])


def _with_gate(arena: Arena) -> tuple[str, float]:
    """Return an open session whose gate closes soon, and when; again where this machine was too slow to open it."""
    for seconds in (0.3, 0.6, 1.2, 2.4):
        gate_at = datetime.now(UTC) + timedelta(seconds=seconds)
        try:
            return arena.session(name=f"i{arena.number}-{seconds}", gate_at=gate_at), gate_at.timestamp()
        except BadInput:
            continue
    raise AssertionError("no session could be opened within two seconds")


def _tick_until_closed(arena: Arena, n: int, session: str):
    """Be the timetable of one process until the session's gate has closed."""
    dispatch = arena.dispatches[n]
    while True:
        timetable.tick(dispatch)
        with dispatch.store.read() as connection:
            if session_store.get(connection, session).state == "closed":
                return SYSTEM


def _failures(told: list[Told]) -> list[str]:
    return [t.failure for t in told if t.failure]


def _one_won(told: list[Told], rules: set[str]) -> list[str]:
    """Return what is wrong unless exactly one was done and every other was refused by one of these rules."""
    lost = [t for t in told if not t.is_done]
    if len(told) - len(lost) == 1 and all(t.rules and t.rules <= rules for t in lost):
        return []
    return [f"they were told {told}"]
