"""Two states at a border: a system operator on each side, two members, a line and the cross-section of it."""

import json
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert
from tests.service.world import World

from walras.errors import Problem
from walras.results.publication import SigningKey
from walras.service import commands as c
from walras.service import queries as q
from walras.service.clock import microseconds
from walras.service.gate import book_loader
from walras.service.roles import SYSTEM, Role
from walras.service.store import users
from walras.service.store.schema import companies
from walras.service.work import Work
from walras.service.worker import border
from walras.service.worker.certified import certified
from walras.service.worker.run import Runner

DAY = date(2027, 3, 10)
LONG_DAY, SHORT_DAY = date(2027, 10, 31), date(2027, 3, 28)
EARLY = datetime(2027, 3, 5, 8, tzinfo=UTC)
NORTH, SOUTH, SELLER, BUYER, THIRD = "S-0001", "S-0002", "M-0001", "M-0002", "M-0003"
PRODUCTS = (("North", "electricity"), ("South", "electricity"))


def definition(**changes):
    """The market: hourly electricity in two states, 50 MW between them, the rules of the interstate profile."""
    grid = {"carrier": "electricity", "mtu_minutes": 60, "price_min_per_mwh": -500.0, "price_max_per_mwh": 4000.0,
            "price_tick_per_mwh": 0.01, "quantity_tick_mw": 0.1}  # fmt: skip
    line = {"line": "N-S", "carrier": "electricity", "from_zone": "North", "to_zone": "South",
            "capacity_forward_mw": 50.0, "capacity_backward_mw": 50.0}  # fmt: skip
    return {
        "name": "Two states", "currency": "EUR", "time_zone": "Europe/Rome", "profile": "interstate",
        "zones": [{"zone": "North", "country": "IT", "system_operator": NORTH},
                  {"zone": "South", "country": "SI", "system_operator": SOUTH}],
        "grids": [grid | {"zone": "North"}, grid | {"zone": "South"}], "lines": [line],
        "cross_sections": [{"cross_section": "IT-SI", "kind": "interstate", "from_area": "IT", "to_area": "SI",
                            "lines": ["N-S"]}],
        "run": {"objection_minutes": 1.0},
    } | changes  # fmt: skip


def starts(day=DAY):
    """When the hours of a day in Rome begin."""
    zone = ZoneInfo("Europe/Rome")
    at = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC)
    return [at + timedelta(hours=n) for n in range(int((end - at) / timedelta(hours=1)))]


def profile(mw, day=DAY):
    """A volume in each hour of a day."""
    return tuple(c.Volume(start=at, minutes=60, mw=mw) for at in starts(day))


def figures(forward=50.0, backward=50.0, reserve=0.0, day=DAY, element="N-S", **changes):
    """One criterion's figures of a day."""
    mtus = tuple(
        c.CapacityMtu(mtu_start=at, forward_mw=(forward,), backward_mw=(backward,), reserve_forward_mw=reserve,
                      reserve_backward_mw=reserve)
        for at in starts(day)
    )  # fmt: skip
    return c.CapacityFigures(**({"element": element, "criteria": ("thermal",), "mtus": mtus} | changes))


class Border(World):
    """A world with the market `two`; `at(moment)` sets the clock, `tick()` does what is due at the border."""

    def __init__(self, store, secrets, **changes):
        set_clock(store, EARLY)
        super().__init__(store, secrets)
        self._add(SOUTH, Role.SYSTEM_OPERATOR)
        self._add(THIRD, Role.MEMBER)
        self.by_two(c.SetMarket(market="two", valid_from=date(2027, 1, 1), definition=definition(**changes)))
        for member in (SELLER, BUYER, THIRD):
            self.by_two(c.SetRights(company=member, market="two", products=PRODUCTS))

    def _add(self, code, role):
        with self.store.write() as connection:
            work = Work(connection, self.store.clock, SYSTEM, self.secrets)
            at = work.now()
            row = {"code": code, "role": role.value, "name": f"Company {code}", "country": "SI"}
            connection.execute(insert(companies).values(**row, identifiers="[]", state="active", since=at))
            self.users[code] = users.add_user(work, code, role, "Ada Example", "ada@example.invalid", at)
            self.keys[code] = users.add_key(work, self.users[code], (), 90, at)["key"]
            work.finish()

    def at(self, moment):
        set_clock(self.store, moment)
        self.add_key("OP", "OP-2", "M-0001", "M-0002", "M-0003", "S-0001", "S-0002", "R-0001")  # others may have ended

    def tick(self):
        return border.tick(self.dispatch)

    def do(self, who, command):
        return self.client(who).do(command)

    def declare(self, who, *, day=DAY, **more):
        return self.do(who, c.SubmitCapacity(market="two", delivery_day=day, figures=(figures(day=day, **more),)))

    def permit(self, holder=SELLER, most_mw=40.0, element="IT-SI", direction="forward", first=DAY, last=DAY):
        return self.do(NORTH, c.GrantPermit(market="two", holder=holder, element=element, direction=direction,
                                            most_mw=most_mw, valid_from=first, valid_to=last))["permit"]  # fmt: skip

    def register(self, mw=10.0, who=SELLER, role="seller", other=BUYER, element="IT-SI", direction="forward",
                 right=None, day=DAY, volumes=None, legs=None):  # fmt: skip
        legs = legs or (({"element": element, "direction": direction, "right": right},),)
        command = c.RegisterContract(market="two", reference="a contract", role=role, counterparty=other, legs=legs,
                                     volumes=volumes or profile(mw, day))  # fmt: skip
        return self.do(who, command)["contract"]

    def contract(self, mw=10.0, **more):
        """Register and confirm a contract."""
        name = self.register(mw, **more)
        self.do(BUYER, c.ConfirmContract(contract=name))
        return name

    def capacity(self, element="N-S", day=DAY, who="OP"):
        answer = self.client(who).ask(q.GetCapacity(market="two", delivery_day=day, element=element))
        return answer["elements"][0]

    def free(self, element="N-S", way="forward", day=DAY):
        return self.capacity(element, day)[way]["free_mw"]

    def auction(self, *orders, day=DAY, kind="live", name="da", layer="day_ahead"):
        """Hold the auction of a day up to its preliminary result; orders are (member, zone, side, price, MW)."""
        session = self.opened(day=day, kind=kind, name=name, layer=layer)
        for number, (member, zone, side, price, mw) in enumerate(orders):
            steps = [{"price_per_mwh": price, "quantity_mw": mw}]
            mtus = [{"mtu_start": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "steps": steps} for at in starts(day)]
            order = {"family": "curve", "order": f"O-{number}", "zone": zone, "carrier": "electricity", "side": side,
                     "mtus": mtus}  # fmt: skip
            sent = self.send("/commands/submit-orders", json.dumps({"session": session, "orders": [order]}).encode(),
                             member)  # fmt: skip
            assert sent.status_code == 200, sent.text
        self.at(gate_of(day))
        self.do("OP", c.CloseSession(session=session))
        assert self.run() == "done"
        return session

    def opened(self, *, day=DAY, kind="live", name="da", layer="day_ahead"):
        command = c.ScheduleSession(market="two", delivery_day=day, kind=kind, name=name, layer=layer)
        session = self.do("OP", command)["session"]
        self.do("OP", c.OpenSession(session=session))
        return session

    def run(self):
        """Carry out the next run as a worker does."""
        key = SigningKey.from_seed(b"s" * 32)
        return Runner(self.store, self.secrets, book_loader(self.secrets), certified(key)).once()

    def final(self, session):
        """Make a preliminary result final."""
        self.at(gate_of() + timedelta(minutes=90))
        return self.by_two(c.FinaliseSession(session=session))

    def schedules(self, element="N-S", day=DAY, who="OP"):
        answer = self.client(who).ask(q.GetSchedules(market="two", delivery_day=day))
        return next(e for e in answer["elements"] if e["element"] == element)

    def notices(self, who, kind):
        found = self.client(who).ask(q.ListNotices(limit=1000))["items"]
        return [n["body"] for n in found if n["kind"] == kind]


def set_clock(store, moment):
    """Set the clock of a store to a time; it goes on from there."""
    with store.read() as connection:
        store.clock.ahead += microseconds(moment) - store.clock.now(connection)


@contextmanager
def refused(*rules):
    """What is done inside is refused by exactly these rules."""
    with pytest.raises(Problem) as problem:
        yield problem
    found = [m.rule for m in problem.value.mistakes]
    assert set(found) == set(rules), problem.value.mistakes
    assert all(m.fix and m.where for m in problem.value.mistakes)


def gate_of(day=DAY):
    """The gate of the interstate profile: noon of the day before, in Rome."""
    return datetime(day.year, day.month, day.day, 11, tzinfo=UTC) - timedelta(days=1)
