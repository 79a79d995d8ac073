"""The database's clock steps an hour forward and back, around every moment at which the service acts."""

import random
from datetime import timedelta

from sqlalchemy import update
from tests.drills.ending import Place, acts_of, ends_final, found_flaws, is_as_undisturbed, kept_receipts
from tests.service.border.stage import BUYER, DAY, NORTH, SELLER, SOUTH, Border, gate_of, profile, refused
from tests.service.three_states import DAY as NIGHT_DAY
from tests.service.three_states import Night
from tests.service.two_states import curve
from tests.service.world import World

from walras.service import commands as c
from walras.service.clock import MINUTE, moment
from walras.service.store import runs, sessions
from walras.service.store.schema import runs as run_table
from walras.service.worker import timetable

HOUR = 60 * MINUTE


def a_clock_that_steps_at_a_session(place: Place) -> str:
    """Steps around opening, gate, ladder and objection window of a session."""
    with World(place.store, place.secrets) as world:
        told = kept_receipts(world)
        night = Night(world)
        assert night.runner().once() == "done"
        clock, ticks = place.store.clock, lambda: timetable.tick(world.dispatch)
        session = _scheduled(night, "steps", opens=30, gate=120)
        clock.ahead += HOUR  # opens half an hour early by any other clock
        assert [d.session for d in ticks()] == [session]
        clock.ahead -= HOUR
        assert ticks() == []
        assert _state(world, session) == "open", "it does not close again"
        assert _sent(world, session, "early").status_code == 200, "its time of opening does not come twice"
        clock.ahead += 2 * HOUR
        assert _rule(_sent(world, session, "late")) == "gate_open", "after the gate by the clock of this moment"
        clock.ahead -= 2 * HOUR
        assert _sent(world, session, "kept").status_code == 200, "no gate has closed yet"
        clock.ahead += 2 * HOUR
        assert [d.session for d in ticks()] == [session]
        for step in (-HOUR, -HOUR, HOUR, HOUR):
            clock.ahead += step
            assert ticks() == []
            assert _rule(_sent(world, session, "late")) == "gate_open", "a gate that has closed stays closed"
        taken = _ladder(world, session, clock)
        assert night.runner().once() == "done"
        clock.ahead -= HOUR
        with refused("session_time"):  # the objection window is not shorter by a step
            world.by_two(c.FinaliseSession(session=session))
        clock.ahead += HOUR
        is_as_undisturbed(world, session)
        ends_final(world, session, place, told, rung=taken, cut_off=("A", "B", "C") if taken == "local" else ())
        clock.ahead -= HOUR
        assert _state(world, session) == "final"
        with refused("session_moves"):
            world.by_two(c.FinaliseSession(session=session))
        acts = acts_of(place.store, session)
        assert [acts.count(a) for a in ("open", "closed", "rung", "cleared", "final")] == [1, 1, 2, 1, 1], acts
        assert found_flaws(world) == []
    return "opened, closed, each rung and the final act once, final"


def _ladder(world, session: str, clock) -> str:
    """Step over the ladder's deadlines and back; return the rung at the end."""
    with world.store.read() as connection:
        gate = sessions.get(connection, session).gate_at
        now = clock.now(connection)
    clock.ahead += gate + 51 * MINUTE - now
    assert len(timetable.tick(world.dispatch)) >= 1
    for _ in range(2):
        clock.ahead -= HOUR
        assert timetable.tick(world.dispatch) == []
        clock.ahead += HOUR
        assert timetable.tick(world.dispatch) == [], "a rung is taken once"
    clock.ahead += 16 * MINUTE
    assert len(timetable.tick(world.dispatch)) >= 1
    clock.ahead -= HOUR
    assert timetable.tick(world.dispatch) == []
    with world.store.read() as connection:
        return sessions.get(connection, session).rung


def a_clock_that_steps_back_over_a_dead_worker(place: Place) -> str:
    """A worker dies, and the clock is set back: its last beat lies an hour ahead."""
    with World(place.store, place.secrets) as world:
        told = kept_receipts(world)
        night = Night(world)
        with place.store.read() as connection:
            ahead = place.store.clock.now(connection) + HOUR
        with place.store.write() as connection:
            connection.execute(update(run_table).values(state="running", worker="dead", attempts=1, heartbeat_at=ahead))
        assert night.runner().once() == "done", "nobody waits for an hour that comes again"
        with place.store.read() as connection:
            assert runs.of_session(connection, night.session)[0]["attempts"] == 2
        is_as_undisturbed(world, night.session)
        ends_final(world, night.session, place, told)
    return "taken over at once, final"


def a_clock_that_steps_at_the_border(place: Place) -> str:
    """Steps around the deadlines of capacities and nominations: what was closed stays closed."""
    with Border(place.store, place.secrets) as border:
        told = kept_receipts(border)
        border.permit()
        contract = border.contract(10.0)
        border.declare(NORTH, forward=40.0)
        session = border.auction((SELLER, "North", "supply", 10.0, 100.0), (BUYER, "South", "demand", 90.0, 100.0))
        other = DAY + timedelta(days=1)
        border.permit(first=other, last=other)
        contract = border.contract(10.0, day=other)
        border.at(gate_of(other) - timedelta(hours=2, minutes=30))
        nominate = c.NominateSchedule(contract=contract, delivery_day=other, volumes=profile(8.0, other))
        border.do(SELLER, nominate)
        border.store.clock.ahead += HOUR  # past the deadline of capacities
        assert border.tick() >= 1
        border.store.clock.ahead -= HOUR
        with refused("capacity_deadline"):
            border.declare(SOUTH, forward=5.0, day=other)
        border.store.clock.ahead += 2 * HOUR  # past that of nominations
        assert border.tick() >= 1
        border.store.clock.ahead -= 2 * HOUR
        with refused("nomination_deadline"):
            border.do(BUYER, nominate)
        for step in (HOUR, HOUR, -HOUR, -HOUR, 2 * HOUR):
            border.store.clock.ahead += step
            assert border.tick() == 0, "closed and matched once"
        assert border.schedules(day=other)["layers_mw"]["bilateral"] == [8.0] * 24
        for side in (NORTH, SOUTH):
            assert len([n for n in border.notices(side, "capacity missing") if n["delivery_day"] == str(other)]) == 1
        is_as_undisturbed(border, session)
        ends_final(border, session, place, told)
        assert found_flaws(border) == []
    return "capacities closed and schedules matched once, final"


def a_clock_that_steps_at_random(place: Place) -> str:
    """Steps at random between orders and looks of the clock: each act once, in one order, no order after a gate."""
    many = 40 if place.is_long else 2
    with World(place.store, place.secrets) as world:
        told = kept_receipts(world)
        night = Night(world)
        assert night.runner().once() == "done"
        for seed in range(many):
            _stepped(night, random.Random(8_000_000 + seed), f"s{seed}")
        ends_final(world, night.session, place, told)
    return f"{many} sessions under random steps: each opened and closed once, in order, no order after its gate"


def _stepped(night: Night, chance: random.Random, name: str) -> None:
    """Let a session live under a clock that steps an hour at any moment, until its gate has closed."""
    world, clock = night.world, night.store.clock
    session = _scheduled(night, name, opens=20, gate=50)
    was_closed = False
    for _ in range(200):
        act = chance.choices(("step", "on", "tick", "send"), (2, 2, 3, 3))[0]
        if act == "step":
            clock.ahead += chance.choice((-HOUR, HOUR))
        elif act == "on":
            clock.ahead += chance.randrange(20 * MINUTE)
        elif act == "tick":
            timetable.tick(world.dispatch)
        else:
            answer = _sent(world, session, f"{chance.random()}")
            assert answer.status_code == 200 or _rule(answer) == "gate_open", answer.text
            assert answer.status_code != 200 or not was_closed, "an order after a gate that has closed"
        was_closed = was_closed or _state(world, session) == "closed"
        if was_closed and chance.random() < 0.1:
            break
    acts = [a for a in acts_of(night.store, session) if a in {"scheduled", "open", "closed"}]
    assert acts == ["scheduled", "open", "closed"][: len(acts)], acts
    world.by_two(c.CancelSession(session=session, reason="the next one"))


def _scheduled(night: Night, name: str, opens: int, gate: int) -> str:
    """Return another session of the market; times in minutes from now."""
    with night.store.read() as connection:
        now = night.store.clock.now(connection)
    times = {"opens_at": moment(now + opens * MINUTE), "gate_at": moment(now + gate * MINUTE)}
    return night.world.by_two(c.ScheduleSession(market="three", delivery_day=NIGHT_DAY, name=name, **times))["session"]


def _sent(world, session: str, key: str):
    orders = [curve("plant", "A", "supply", 12, 10, [0]), curve("town", "A", "demand", 60, 5, [0])]
    return world.post("submit-orders", {"session": session, "orders": orders}, "M-0001", Idempotency_Key=key)


def _rule(answer) -> str:
    return answer.json()["mistakes"][0]["rule"]


def _state(world, session: str) -> str:
    with world.store.read() as connection:
        return sessions.get(connection, session).state
