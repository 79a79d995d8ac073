"""Markets of three rules profiles, each with its people at a border, for days that are solved on paper."""

import io
import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import select, update
from tests.service.border.stage import EARLY, NORTH, SOUTH, THIRD, Border, set_clock
from tests.service.world import World

from walras.service import commands as c
from walras.service import submitted
from walras.service.plan import UNLIMITED, Plan
from walras.service.roles import Role
from walras.service.store import sessions
from walras.service.store.schema import artefacts, runs, trail
from walras.service.trail_check import flaws
from walras.service.worker import timetable
from walras.service.worker.sealing import seal_all

DAY = date(2027, 3, 10)
PEOPLE = {"M-0003": Role.MEMBER, "M-0004": Role.MEMBER, "S-0002": Role.SYSTEM_OPERATOR}


def line(name, start, end, mw):
    return {"line": name, "carrier": "electricity", "from_zone": start, "to_zone": end, "capacity_forward_mw": mw,
            "capacity_backward_mw": mw}  # fmt: skip


def market(profile, currency, time_zone, zones, lines=(), minutes=60, most=10_000.0, **more):
    """A market's definition; zones are (name, country, system operator)."""
    grid = {"carrier": "electricity", "mtu_minutes": minutes, "price_min_per_mwh": 0.0, "price_max_per_mwh": most,
            "price_tick_per_mwh": 0.01, "quantity_tick_mw": 0.1}  # fmt: skip
    named = [{"zone": z, "country": s, "system_operator": o} for z, s, o in zones]
    return {"name": profile, "currency": currency, "time_zone": time_zone, "profile": profile, "zones": named,
            "grids": [grid | {"zone": z} for z, _, _ in zones], "lines": list(lines)} | more  # fmt: skip


SAPP = market(
    "sapp", "ZAR", "Africa/Johannesburg", (("MZ", "MZ", NORTH), ("ZA", "ZA", SOUTH), ("ZM", "ZM", None)),
    (line("MZ-ZA", "MZ", "ZA", 250.0), line("ZA-ZM", "ZA", "ZM", 300.0)),
)  # fmt: skip
INDIAN = market("indian", "INR", "Asia/Kolkata", (("W", "IN", NORTH), ("S", "IN", SOUTH)),
                (line("W-S", "W", "S", 400.0),), minutes=15)  # fmt: skip
TURKISH = market("turkish", "TRY", "Europe/Istanbul", (("TR", "TR", None),), most=2000.0)


class Day(Border):
    """One delivery day of a market whose code is `two`; times of it are said as hours of its local clock."""

    def __init__(self, store, secrets, definition):
        set_clock(store, EARLY)
        World.__init__(self, store, secrets)
        self.definition, self.zone = definition, ZoneInfo(definition["time_zone"])
        for code, role in PEOPLE.items():
            self._add(code, role)
        self.by_two(c.SetMarket(market="two", valid_from=date(2027, 1, 1), definition=definition))
        products = tuple((z["zone"], "electricity") for z in definition["zones"])
        for member in ("M-0001", "M-0002", THIRD, "M-0004"):
            self.by_two(c.SetRights(company=member, market="two", products=products))

    def local(self, hour, minute=0, day=DAY - timedelta(days=1)):
        """Return a local time, of the day before unless another is named."""
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone).astimezone(UTC)

    def at(self, moment):
        set_clock(self.store, moment)
        for who in self.keys:
            self.add_key(who)

    @property
    def starts(self):
        """When the MTUs of the day begin."""
        minutes = self.definition["grids"][0]["mtu_minutes"]
        return [self.local(0, day=DAY) + timedelta(minutes=minutes * n) for n in range(1440 // minutes)]

    def volumes(self, mw):
        minutes = (self.starts[1] - self.starts[0]).seconds // 60
        return tuple(c.Volume(start=at, minutes=minutes, mw=mw) for at in self.starts)

    def offer(self, member, order, zone, side, *steps, at=None):
        """Send a curve of (price, MW) steps for all MTUs of the day, or for some of them."""
        said = [{"price_per_mwh": p, "quantity_mw": mw} for p, mw in steps]
        rows = [{"mtu_start": text(s), "steps": said} for n, s in enumerate(self.starts) if at is None or n in at]
        self.send_order(member, {"family": "curve", "order": order, "zone": zone, "carrier": "electricity",
                                 "side": side, "mtus": rows})  # fmt: skip

    def send_order(self, member, order):
        body = json.dumps({"session": self.session, "orders": [order]}).encode()
        sent = self.send("/commands/submit-orders", body, member)
        assert sent.status_code == 200, sent.text

    def plan_session(self, kind="live"):
        """Plan the auction of the day and open it as an officer does."""
        self.session = self.do("OP", c.ScheduleSession(market="two", delivery_day=DAY, kind=kind))["session"]
        self.do("OP", c.OpenSession(session=self.session))

    def clock(self, moment):
        """Set the clock, and let the service do what is due; return the commands that it gave."""
        self.at(moment)
        self.tick()
        return [type(d.command).__name__ for d in timetable.tick(self.dispatch)]

    def row(self):
        with self.store.read() as connection:
            return sessions.get(connection, self.session)

    def table(self, name, version=None):
        """A stored table of the newest result, or of a version."""
        return pl.read_parquet(io.BytesIO(self.file(f"{name}.parquet", version)))

    def file(self, name, version=None):
        a = artefacts.c
        with self.store.read() as connection:
            query = select(a.content).where(a.session == self.session, a.name == name,
                                            a.version == (version or self.row().version))  # fmt: skip
            return connection.scalar(query)

    def prices(self, name="published/prices", version=None):
        """Prices of each zone over the MTUs of the day."""
        found = self.table(name, version).sort("mtu_start")
        price = next(n for n in found.columns if n.startswith("price_") and n.count("_") == 3)
        return {z: found.filter(pl.col("zone") == z)[price].to_list() for z in sorted(set(found["zone"]))}

    def exchanges(self, name="published/scheduled_exchanges", version=None):
        found = self.table(name, version).sort("mtu_start")
        return {n: found.filter(pl.col("line") == n)["exchange_mw"].to_list() for n in sorted(set(found["line"]))}

    def acts(self):
        """The acts in the session's stream of the trail, with what they say."""
        with self.store.read() as connection:
            rows = connection.execute(select(trail.c.act, trail.c.body).where(trail.c.stream == self.session)
                                      .order_by(trail.c.id)).all()  # fmt: skip
        return [(r.act, json.loads(r.body)) for r in rows]

    def plans(self):
        with self.store.read() as connection:
            texts = connection.scalars(select(runs.c.plan).where(runs.c.session == self.session).order_by(runs.c.id))
            return ["first pass" if Plan.read(t).network == UNLIMITED else Plan.read(t).rung for t in texts]

    def changed(self, table, column, value):
        """Write a value into a column of the session's first row of a table; return what was there."""
        with self.store.write() as connection:
            where = table.c.session == self.session
            before = connection.scalars(select(table.c[column]).where(where)).first()
            connection.execute(update(table).where(where, table.c[column] == before).values({column: value}))
            return before

    def is_sound(self):
        """Whether the whole store is what its trail says."""
        seal_all(self.store)
        with self.store.read() as connection:
            return list(flaws(connection, self.secrets, submitted)) == []


def text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
