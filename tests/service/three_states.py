"""A night in which the auction fails: three states A, B, C at a door, their orders sent, the gate closed."""

from datetime import date

from sqlalchemy import select
from tests.service.two_states import LIMITS, curve, documents

from walras.results.publication import SigningKey
from walras.service import commands as c
from walras.service.clock import MINUTE, moment
from walras.service.gate import book_loader, held_loader
from walras.service.roles import SYSTEM, Actor, Role
from walras.service.store import notices, runs, sessions
from walras.service.store.schema import artefacts, trail
from walras.service.worker import timetable
from walras.service.worker.certified import certified
from walras.service.worker.run import Runner

DAY = date(2026, 12, 1)
KEY = SigningKey.from_seed(b"s" * 32)
LINES = (("A-B", "A", "B", 30.0), ("A-C", "A", "C", 25.0), ("B-C", "B", "C", 20.0))
ZONES = ("A", "B", "C")


def definition(**run):
    """Three zones in a triangle of lines, hourly, Rome's time."""
    grids = [{"zone": z, "carrier": "electricity", "mtu_minutes": 60} | LIMITS for z in ZONES]
    lines = [
        {"line": name, "carrier": "electricity", "from_zone": a, "to_zone": b, "capacity_forward_mw": mw,
         "capacity_backward_mw": mw} for name, a, b, mw in LINES
    ]  # fmt: skip
    return {
        "name": "Three states", "currency": "EUR", "time_zone": "Europe/Rome", "profile": "european",
        "zones": [{"zone": z, "country": s} for z, s in zip(ZONES, ("IT", "SI", "AT"), strict=True)],
        "grids": grids, "lines": lines, "run": run,
    }  # fmt: skip


ORDERS = {
    "M-0001": [("a-sun", "A", "supply", 10, 100), ("a-need", "A", "demand", 90, 40),
               ("b-coal", "B", "supply", 30, 100), ("b-need", "B", "demand", 70, 50)],
    "M-0002": [("c-gas", "C", "supply", 50, 100), ("c-need", "C", "demand", 80, 60)],
}  # fmt: skip
"""By hand, one hour: coupled 10, 30, 50 with 30, 25 and 20 MW; without B 10 and 50 with 25 MW from A to C."""


class Night:
    """A session of the market whose gate has closed, and the people of `world`."""

    def __init__(self, world, orders=ORDERS, kind="live", **run):
        """Orders by member, or pairs of a member and what it sends at once."""
        self.world, self.store, self.secrets = world, world.store, world.secrets
        world.by_two(c.SetMarket(market="three", valid_from=date(2020, 1, 1), definition=definition(**run)))
        for member in ("M-0001", "M-0002"):
            products = tuple((z, "electricity") for z in ZONES)
            world.by_two(c.SetRights(company=member, market="three", products=products, most_orders=1000))
        with self.store.read() as connection:
            now = self.store.clock.now(connection)
        self.gate = now + 10 * MINUTE
        times = {"opens_at": moment(now - MINUTE), "gate_at": moment(self.gate)}
        planned = c.ScheduleSession(market="three", delivery_day=DAY, kind=kind, **times)
        answer = world.by_two(planned) if kind == "live" else world.client("OP").do(planned)
        self.session = answer["session"]
        world.dispatch.do(SYSTEM, c.OpenSession(session=self.session))
        for member, rows in orders.items() if isinstance(orders, dict) else orders:
            docs = [r if isinstance(r, dict) else curve(*r, hours=(0,)) for r in rows]
            actor = Actor(Role.MEMBER, world.users[member], member)
            world.door.submit(actor, c.SubmitOrders(session=self.session, orders=documents(*docs)), None).result(30)
        self.at(0)
        timetable.tick(world.dispatch)

    def at(self, minutes):
        """Set the clock to so many minutes after the gate."""
        with self.store.read() as connection:
            self.store.clock.ahead += self.gate + round(minutes * MINUTE) - self.store.clock.now(connection)

    def tick(self, minutes):
        """Let the clock of the service look at this time; return the commands that it gave."""
        self.at(minutes)
        return [type(d.command).__name__ for d in timetable.tick(self.world.dispatch)]

    def runner(self, **given):
        return Runner(
            self.store, self.secrets, book_loader(self.secrets), certified(KEY), held_loader(self.secrets), **given
        )

    def row(self):
        with self.store.read() as connection:
            return sessions.get(connection, self.session)

    def runs(self):
        with self.store.read() as connection:
            return runs.of_session(connection, self.session)

    def notices(self, company, kind):
        with self.store.read() as connection:
            return [n["body"] for n in notices.of_company(connection, company, 0, 1000) if n["kind"] == kind]

    def acts(self):
        with self.store.read() as connection:
            return list(
                connection.scalars(select(trail.c.act).where(trail.c.stream == self.session).order_by(trail.c.id))
            )

    def file(self, name, version=None):
        with self.store.read() as connection:
            a = artefacts.c
            query = select(a.content).where(
                a.session == self.session, a.version == (version or self.row().version), a.name == name
            )
            return connection.scalar(query)

    def exclude(self, member, order):
        return c.ExcludeOrder(session=self.session, member=member, order=order, reason="it stops the engine")
