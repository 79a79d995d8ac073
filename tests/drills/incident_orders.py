"""Orders that stop a run, books that do not come, results that were wrong: what members sent, or could not send."""

import io
import os
import signal
from datetime import date
from unittest.mock import patch

import polars as pl
from sqlalchemy import update
from tests.drills.ending import (
    Place,
    ends_final,
    ends_without_result,
    file_of,
    found_flaws,
    is_as_undisturbed,
    kept_receipts,
    notices_of,
)
from tests.drills.processes import FORKS
from tests.service.three_states import DAY, ORDERS, Night, definition
from tests.service.two_states import curve, documents
from tests.service.world import World

from walras.coupling.clear import clear
from walras.errors import SolverFailed
from walras.service import commands as c
from walras.service.definition import MarketDefinition
from walras.service.gate import book_loader, held_loader
from walras.service.intake import payload
from walras.service.secrets import Secrets
from walras.service.store.engine import open_store
from walras.service.store.schema import submissions
from walras.service.terms import market_terms
from walras.service.worker.run import Runner

POISON, NAME = "c-gas", "M-0002.c-gas"
ALL = ("A", "B", "C")
SENT = [("M-0001", ORDERS["M-0001"]), ("M-0002", ORDERS["M-0002"][1:]), ("M-0002", ORDERS["M-0002"][:1])]
"""What is sent in the night: the order that will do harm comes alone, last."""
TOGETHER = [*SENT[:2], ("M-0002", [*ORDERS["M-0002"][:1], ("c-oil", "C", "supply", 55, 20)])]
"""The same, with another order in the last submission."""
BOTH = (NAME, "M-0002.c-oil")


def bytes_that_do_not_read(place: Place) -> str:
    """A mistake at the door stores half of what was sent; it was acknowledged, and does not read at the gate."""
    encode = payload.encode

    def halved(orders):
        content = encode(orders)
        return content[: len(content) // 2] if POISON in {o.order for o in orders} else content

    with World(place.store, place.secrets) as world:
        told = kept_receipts(world)
        with patch.object(payload, "encode", halved):
            night = Night(world, TOGETHER)
        assert night.runner().once() == "failed"
        assert "do not read" in night.runs()[0]["error"]
        excluded_by_two(night, zone="", gone=BOTH)
        assert night.runner().once() == "done"
        is_as_undisturbed(world, night.session)
        ends_final(world, night.session, place, told, excluded=BOTH, flaws_known=["submission 3"])
    return "named, excluded, final"


def bytes_that_were_changed(place: Place) -> str:
    """A disk changes one byte of what was sealed: its seal does not open any more."""
    with World(place.store, place.secrets) as world:
        told = kept_receipts(world)
        night = Night(world, TOGETHER)
        with world.store.write() as connection:
            sealed = connection.scalar(submissions.select().with_only_columns(submissions.c.sealed).where(
                submissions.c.sequence == 3))  # fmt: skip
            changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
            connection.execute(update(submissions).where(submissions.c.sequence == 3).values(sealed=changed))
        assert {f.where for f in found_flaws(world)} == {"submission 3.sealed"}
        assert night.runner().once() == "failed"
        assert "cannot be opened" in night.runs()[0]["error"]
        excluded_by_two(night, zone="", gone=BOTH)
        assert night.runner().once() == "done"
        ends_final(world, night.session, place, told, excluded=BOTH, flaws_known=["submission 3.sealed"])
    return "named, excluded, final"


def an_order_at_which_the_engine_gives_up(place: Place) -> str:
    """The engine raises whenever one order is in the book."""
    with World(place.store, place.secrets) as world:
        told = kept_receipts(world)
        night = Night(world, SENT)
        assert night.runner(clear=gives_up).once() == "failed"
        excluded_by_two(night, zone="C")
        assert night.runner(clear=gives_up).once() == "done"
        is_as_undisturbed(world, night.session)
        ends_final(world, night.session, place, told, excluded=[NAME])
    return "named, excluded, final"


def gives_up(book, *rest):
    """An engine that gives up on one order."""
    if NAME in book.curves.name:
        raise SolverFailed("the solver gave up")
    return clear(book, *rest)


def an_order_that_kills_the_worker(place: Place) -> str:
    """A native crash ends every process that clears a book with one order in it."""
    orders = [("M-0001", ORDERS["M-0001"][:1]), ("M-0002", ORDERS["M-0002"][:1])]
    deaths = 3 if place.is_long else 1
    with World(place.store, place.secrets) as world:
        told = kept_receipts(world)
        night = Night(world, SENT if place.is_long else orders)
        codes = [_worker_died(place, deaths) for _ in range(deaths)]
        assert codes == [-signal.SIGSEGV] * deaths
        assert _worker_died(place, deaths) == 0, "who looks for the cause lives"
        assert night.runs()[0]["error"].startswith(f"the worker died {deaths} times\n")
        excluded_by_two(night, zone="C")
        assert _worker_died(place, deaths) == 0
        is_as_undisturbed(world, night.session)
        ends_final(world, night.session, place, told, excluded=[NAME])
    return f"{deaths} {'deaths' if deaths > 1 else 'death'} of the worker, named, excluded, final"


def crashes(book, *rest):
    """An engine that a native crash ends on one order."""
    if NAME in book.curves.name:
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGSEGV)
    return clear(book, *rest)


def deadly_worker(url: str, deaths: int, ahead: int) -> None:
    """Be a worker whose engine crashes; takes one run."""
    from tests.drills.ending import KEY

    from walras.service.worker.certified import certified

    store, secrets = open_store(url), Secrets(b"k" * 32)
    store.clock.ahead = ahead
    publish, held = certified(KEY), held_loader(secrets)
    Runner(store, secrets, book_loader(secrets), publish, held, clear=crashes, stale=-1, most_deaths=deaths).once()
    store.close()


def _worker_died(place: Place, deaths: int) -> int | None:
    process = FORKS.Process(target=deadly_worker, args=(place.url, deaths, place.store.clock.ahead))
    process.start()
    process.join(120)
    return process.exitcode


def excluded_by_two(night: Night, zone: str, gone: tuple[str, ...] = (NAME,)) -> None:
    """The run named the order; one officer alone cannot leave it out; nobody but its member is told why."""
    run = night.runs()[-1]
    assert run["culprits"] == [{"member": "M-0002", "order": POISON, "zone": zone}], run["error"]
    assert night.notices("OP", "run failed")[-1]["culprits"] == run["culprits"]
    exclude = night.exclude("M-0002", POISON)
    proposed = night.world.client("OP").do(exclude)["proposal"]
    assert len(night.runs()) == run["version"], "one officer waits for another"
    assert night.world.client("OP-2").approve(proposed)["answer"]["excluded"] == list(gone)
    assert night.notices("M-0001", "order excluded") == []


# --- a book that does not come ------------------------------------------------------------------


CUT = [("M-0001", [*ORDERS["M-0001"], ("c-own", "C", "supply", 45, 30), ("c-town", "C", "demand", 95, 20)])]
"""The orders of the night in which the members of C cannot send, but for what another one has there."""


def an_order_book_that_is_missing(place: Place) -> str:
    """The members of C cannot send; it is declared missing, cut off by the clock, and the rest stays coupled."""
    with World(place.store, place.secrets) as world:
        told = kept_receipts(world)
        night = Night(world, CUT)
        world.by_two(c.DeclareMissingBook(session=night.session, zones=("C",), reason="its members cannot send"))
        assert night.tick(50) == ["StepDown"]
        assert night.tick(65) == ["StepDown"]
        assert night.runs()[-1]["plan"] == {"cut_off": ["C"], "excluded": [], "rung": "partial_decoupling"}
        assert night.runner().once() == "done"
        found = _prices(night.store, night.session)
        assert found["C"] == 45.0, "C has 30 MW at 45 for 20 MW at 95 and nothing else"
        alone = _alone(("A", "B"), CUT)
        assert {z: found[z] for z in "AB"} == alone == {"A": 10.0, "B": 30.0}
        assert _exchanges(night.store, night.session) == {"A-B": 30.0, "A-C": 0.0, "B-C": 0.0}
        assert [n["kind"] for n in notices_of(world, "M-0002", night.session)].count("book missing") == 1
        is_as_undisturbed(world, night.session)
        ends_final(world, night.session, place, told, rung="partial_decoupling", cut_off=["C"])
    return "C alone at 45, A and B coupled as without it, final"


def an_order_book_that_nobody_declares_missing(place: Place) -> str:
    """As before, and the engine does not end: the ladder by the clock alone goes to local."""
    with World(place.store, place.secrets) as world:
        told = kept_receipts(world)
        night = Night(world, CUT)
        steps = [night.tick(minutes) for minutes in (50, 65)]
        assert (steps, night.row().rung) == ([["StepDown"]] * 2, "local"), "nothing to cut off: the rung after"
        assert night.runner().once() == "done"
        found = _prices(night.store, night.session)
        assert found == {zone: _alone((zone,), CUT)[zone] for zone in ALL}
        ends_final(world, night.session, place, told, rung="local", cut_off=ALL)
    return "every zone alone, final"


def a_night_without_any_result(place: Place) -> str:
    """No worker comes back in time: the ladder ends at an honest none."""
    with World(place.store, place.secrets) as world:
        told = kept_receipts(world)
        night = Night(world, CUT)
        for minutes in (50, 65, 75, 85, 86):
            night.tick(minutes)
        assert night.runner().once() == "idle"
        ends_without_result(world, night.session, told)
    return "none, published as such"


def results_that_were_wrong(place: Place) -> str:
    """Servers lock again and again; local results are published, taken back, and a corrected run is final."""
    with World(place.store, place.secrets) as world:
        told = kept_receipts(world)
        night = Night(world, SENT)
        for _ in range(2):  # the lock is there again after the rerun
            assert night.runner(clear=_locked).once() == "failed"
            world.client("OP").do(c.RunSession(session=night.session, reason="the server was restarted"))
        world.by_two(c.StartFallback(session=night.session, reason="it locks again", rung="local"))
        assert night.runner().once() == "done"
        wrong = night.row().version
        page = f"/sessions/{night.session}/results/prices.json?version={wrong}"
        assert world.get(page, "").json()["stage"] == "preliminary"
        world.client("OP").do(c.RunSession(session=night.session, reason="mended", is_coupled=True))
        assert night.runner().once() == "done"
        assert world.get(page, "").json()["stage"] == "superseded"
        is_as_undisturbed(world, night.session)
        ends_final(world, night.session, place, told)
        assert world.get(page, "").json()["stage"] == "superseded"
        assert file_of(night.store, night.session, "final/certificate.json", wrong) is None, "final is one alone"
    return "local results superseded, coupled ones final"


def _locked(*_):
    raise SolverFailed("the server is locked")


def _first(store, session: str, table: str, key: str) -> dict[str, float]:
    frame = pl.read_parquet(io.BytesIO(file_of(store, session, f"published/{table}.parquet")))
    first = frame.filter(pl.col("mtu_start") == frame["mtu_start"].min())
    return dict(zip(first[key], first[first.columns[-1]], strict=True))


def _prices(store, session: str) -> dict[str, float]:
    return _first(store, session, "prices", "zone")


def _exchanges(store, session: str) -> dict[str, float]:
    return _first(store, session, "scheduled_exchanges", "line")


def _alone(zones: tuple[str, ...], sent) -> dict[str, float]:
    """Return the prices of the first hour of a market of these zones alone, with their orders alone."""
    whole = definition()
    part = {
        "zones": [z for z in whole["zones"] if z["zone"] in zones],
        "grids": [g for g in whole["grids"] if g["zone"] in zones],
        "lines": [line for line in whole["lines"] if {line["from_zone"], line["to_zone"]} <= set(zones)],
    }
    terms = market_terms(MarketDefinition.model_validate(whole | part), date.fromisoformat(str(DAY)))
    payloads = []
    for member, rows in sent:
        mine = documents(*[curve(*r, hours=(0,)) for r in rows if r[1] in zones])
        payloads.append((member, payload.encode(tuple(mine)), frozenset(d.order for d in mine)))
    book = payload.book_of(terms, payloads)
    results = clear(book)
    names = [z.name for z in book.cells.zones]
    return {names[grid.zone]: float(results.price[first])
            for grid, first in zip(book.cells.grids, book.cells.first, strict=False)}  # fmt: skip
