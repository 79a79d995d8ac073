"""The crash drill of settlement: desks and clocks die by SIGKILL under officers who settle, pay, bill and secure.

Afterwards what every caller was told is held against the store: each session has one first run,
each reference of the bank is booked once, no number of a document is missing or used twice, every
currency sums to zero, events rebuild the ledger byte for byte, every key gives its answer again.
"""

import random
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from tests.drills.desks import MASTER, Desks
from tests.drills.money_callers import Caller, Said, Scene
from tests.drills.treasury import Treasury

from walras.service import commands as c
from walras.service import submitted
from walras.service.canonical import canonical
from walras.service.clearing import due
from walras.service.clearing.inputs import Inputs
from walras.service.clock import MINUTE
from walras.service.dispatch import Dispatch
from walras.service.secrets import Secrets
from walras.service.store import ledger
from walras.service.store.schema import idempotency, sessions
from walras.service.store.settlement_schema import bills, ledger_events, ledgers, payments, settlement_runs
from walras.service.trail_check import flaws
from walras.settlement.books import replay
from walras.settlement.documents.numbering import number_of

SECRETS = Secrets(MASTER)
DAYS = 24 * 60 * MINUTE
BY_CLOCK = {"initial", "rerun 4 months", "rerun 13 months"}
CASH = {"collateral in", "collateral out"}
MADE = {"counted", "blocked", "sent", "held"}
"""States in which payments begin."""


@dataclass
class Outcome:
    """Figures of one drill, and what is wrong."""

    kills: dict[str, int]
    sessions: int
    runs: int
    documents: int
    payments: int
    events: int
    acknowledged: int
    refused: int
    again: int
    twice: int
    longest: float
    complaints: list[str]


def drill(store, url: str, folder: Path, kills: int, seed: int, days: int) -> Outcome:
    """Kill so often while sessions of so many days are settled and paid, and judge what is left."""
    with Treasury(store, SECRETS) as market:
        cleared = [market.cleared() for _ in range(days)]
        officers = market.officers
    with Desks(url, store.clock.ahead, folder / "clock.log", seed) as desks:
        scene = Scene(desks, officers, list(cleared))
        callers = [Caller(scene, f"{seed}-{n}") for n in range(desks.desks)]
        with ThreadPoolExecutor(len(callers)) as pool:
            try:
                working = [pool.submit(caller.work) for caller in callers]
                _keep_killing(desks, kills, seed, scene)
            finally:
                scene.over.set()
            for future in working:
                future.result()
        store.clock.ahead = desks.shared.value
    dispatch = Dispatch(store, SECRETS)
    due.tick(dispatch)
    found = desks.complaints + scene.wrong + judged(dispatch, scene.said, [s for s, _ in scene.final])
    with store.read() as connection:
        rows = {t: len(connection.execute(select(t)).all()) for t in (settlement_runs, bills, payments, ledger_events)}
    done = sum(s.answer is not None for s in scene.said)
    return Outcome(
        {p.name: p.kills for p in desks.all}, len(scene.final), *rows.values(), done, len(scene.said) - done,
        scene.again, scene.twice, desks.longest, found,
    )  # fmt: skip


def _keep_killing(desks: Desks, kills: int, seed: int, scene: Scene) -> None:
    """Kill, and let a day go by after every few of them; half way five months, so that reruns fall due."""
    chance, steps = random.Random(seed), 8
    for step in range(1, steps + 1):
        desks.kill_at_random(kills * step // steps, chance, scene.over)
        desks.shared.value += (150 if step == steps // 2 else 1) * DAYS


def judged(dispatch: Dispatch, said: list[Said], final: list[str]) -> list[str]:
    """Return everything in the store that is not as the callers were told, or not as a ledger must be."""
    with dispatch.store.read() as connection:
        found = [f"trail: {f}" for f in flaws(connection, SECRETS, submitted)]
        found += _ledger_complaints(connection)
        found += _run_complaints(connection, said, final)
        found += _payment_complaints(connection, said)
        found += _document_complaints(connection, said)
    return found + _key_complaints(dispatch, said)


def _ledger_complaints(connection) -> list[str]:
    """Sum every currency, and build the ledger again from its events."""
    held, sums = ledger.entries(connection, "two", limit=10**6), Counter()
    for sealed in held:
        for p in sealed.entry.postings:
            sums[p.currency] += p.amount_minor
    again = list(replay(ledger.events(connection, "two"), Inputs(connection, SECRETS)))
    found = [f"{currency} sums to {minor}" for currency, minor in sums.items() if minor]
    balances = Counter()
    for (_, currency), minor in ledger.balances(connection, "two").items():
        balances[currency] += minor
    found += [f"balances of {currency} sum to {minor}" for currency, minor in balances.items() if minor]
    return found + ([] if again == held else ["its events lead to another ledger"])


def _run_complaints(connection, said: list[Said], final: list[str]) -> list[str]:
    """Each final session has runs 1, 2, ... of names of their own, the first `initial`; each event has one author."""
    runs = defaultdict(list)
    for r in connection.execute(select(settlement_runs).order_by(settlement_runs.c.run)):
        runs[r.session].append((r.run, r.name))
    states = {r.id: r.state for r in connection.execute(select(sessions.c.id, sessions.c.state))}
    found = [f"{s} is {states[s]}" for s in final if states[s] != "final"]
    if set(runs) != set(final):
        found.append(f"sessions with a run differ from final ones: {set(runs) ^ set(final)}")
    for session, own in runs.items():
        names = [name for _, name in own]
        is_first = names[0] == "initial" and names.count("initial") == 1
        if [n for n, _ in own] != list(range(1, len(own) + 1)) or len(set(names)) < len(names) or not is_first:
            found.append(f"{session} has runs {own}")
    told = Counter(s.inner["event"] for s in said if "event" in s.inner)
    found += [f"event {e} was told {n} times" for e, n in told.items() if n > 1]
    for e in connection.execute(select(ledger_events).order_by(ledger_events.c.number)):
        is_clock = e.kind == "settlement" and '"name":"initial"' in e.body.replace(" ", "")
        is_clock |= e.kind == "settlement" and any(f'"{name}"' in e.body for name in BY_CLOCK)
        if not told.pop(e.number, 0) and not is_clock and e.kind != "document issued" and not _is_set_up(e.reference):
            found.append(f"event {e.number} ({e.kind} {e.reference}) was never acknowledged to anybody")
    return found + [f"event {number} was acknowledged, and it is not there" for number in told]


def _is_set_up(reference: str) -> bool:
    return "first" in reference or reference == "PAY-0001"


def _payment_complaints(connection, said: list[Said]) -> list[str]:
    """Each reference of a bank is booked once a direction, or once as cash; payments are those that were told."""
    booked = Counter(
        (r.bank, r.bank_reference, r.direction)
        for r in connection.execute(select(payments))
        if r.bank_reference.startswith("R-")
    )
    for e in connection.execute(select(ledger_events).where(ledger_events.c.kind.in_(CASH))):
        bank, _, reference = e.reference.partition(" ")
        booked[bank, reference, "cash"] += reference.startswith("R-")
    found = [f"{place} was booked {many} times" for place, many in booked.items() if many > 1]
    cash = {(bank, reference) for (bank, reference, way), many in booked.items() if way == "cash" and many}
    found += [f"{b} {r} is cash and a payment" for b, r, way in booked if way != "cash" and (b, r) in cash]
    made = Counter(s.inner["payment"] for s in said if s.inner.get("state") in MADE and not _is_move(s.command))
    found += [f"{p} was acknowledged {n} times" for p, n in made.items() if n > 1]
    held = set(connection.scalars(select(payments.c.id).where(payments.c.bank_reference != "lent")))
    return found + [f"payments differ from those that were acknowledged: {held ^ set(made)}"] * (held != set(made))


def _is_move(command) -> bool:
    return isinstance(command, c.ReleasePayment | c.ReturnPayment | c.FreePayout)


def _document_complaints(connection, said: list[Said]) -> list[str]:
    """Numbers are without gaps, and each was told to one officer alone."""
    found, series = [], defaultdict(list)
    held = list(connection.scalars(select(bills.c.number)))
    for number in map(number_of, held):
        series[number.series, number.year].append(number.count)
    for name, counts in series.items():
        if sorted(counts) != list(range(1, len(counts) + 1)):
            found.append(f"numbers of {name}: {sorted(counts)}")
    told = Counter(n for s in said for n in s.inner.get("documents", ()))
    if told != Counter(held):
        found.append(f"documents differ: {told - Counter(held)} were told only, {Counter(held) - told} are there only")
    return found


def _key_complaints(dispatch: Dispatch, said: list[Said]) -> list[str]:
    """Ask everything again that was acknowledged: the same answers, and the ledger stays as it is."""

    def head():
        with dispatch.store.read() as connection:
            return connection.execute(select(ledgers)).all()

    before = head()
    found = [
        f"{s.key} gets another answer than {s.answer}"
        for s in said
        if s.answer is not None and canonical(dispatch.do(s.actor, s.command, s.key)) != canonical(s.answer)
    ]
    with dispatch.store.read() as connection:
        kept = {key for key in connection.scalars(select(idempotency.c.key)) if key.partition("-")[0].isdigit()}
    if kept != {s.key for s in said if s.answer is not None}:
        found.append("keys that are kept differ from those that were acknowledged")
    return found + ([] if head() == before else ["asking again moved the ledger"])
