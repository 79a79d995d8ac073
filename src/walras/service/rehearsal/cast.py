"""Who goes on after the script: officers that plan days, system operators that declare, members that send orders.

A cast reads from the script who there is and what each did on the script's day, and does the same for other days
(`other_days`), by the commands of the API. `opening` puts a market on the stage with it, `players` keeps it alive.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import select

from walras.service import commands as c
from walras.service.definition import MarketDefinition
from walras.service.rehearsal.orders import tables_of, zipped
from walras.service.rehearsal.other_days import Tables, apart, drawn, is_full, on_another_day
from walras.service.rehearsal.script import Script, Step, filled, inside
from walras.service.rehearsal.stage import Stage
from walras.service.rehearsal.trial import CARRIER, trial_blocks
from walras.service.store import markets
from walras.service.store.schema import artefacts, companies, sessions

OFFICER = "OP"
TRIAL_BLOCKS = 220
"""Blocks of a trial, of all traders together."""
DECLARED_LESS = 0.08
"""So much less than usual a system operator may declare."""
PRICES = "published/prices.parquet"


@dataclass
class Cast:
    """The parties of a script, on a stage that is left standing.

    Attributes:
        script: What was played.
        stage: Where.
    """

    script: Script
    stage: Stage

    def __post_init__(self) -> None:
        """Find out which code each company got that the script names."""
        named = {s.body["name"]: s.gives for s in self._steps("apply-for-membership") if s.gives}
        with self.stage.service.store.read() as connection:
            found = connection.execute(select(companies.c.name, companies.c.code)).all()
        self.stage.codes |= {named[row.name]: row.code for row in found if row.name in named}

    @cached_property
    def definition(self) -> MarketDefinition:
        """The market as the script defines it."""
        with self.stage.service.store.read() as connection:
            return markets.version_for(connection, self.script.market, self.script.delivery_day).definition

    @cached_property
    def zone(self) -> ZoneInfo:
        """Time zone of the market."""
        return ZoneInfo(self.definition.time_zone)

    @cached_property
    def traders(self) -> dict[str, str]:
        """Who sends orders, by name, and the folder that they are in."""
        return {step.by: step.orders for step in self._steps("send-orders")}

    def next_day(self) -> date:
        """Return the first day of 24 hours after today and after every live session."""
        today = self.stage.now().astimezone(self.zone).date()
        with self.stage.service.store.read() as connection:
            s = sessions.c
            days = connection.scalars(
                select(s.delivery_day).where(s.market == self.script.market, s.kind == "live")
            ).all()
        day = max(today, *map(date.fromisoformat, days)) + timedelta(days=1)
        return day if is_full(day, self.zone) else day + timedelta(days=1)

    def plan(self, opens: datetime, gate: datetime) -> str:
        """Plan the live session of the next day, and let both sides declare its capacities; return its id."""
        day = self.next_day()
        command = c.ScheduleSession(market=self.script.market, delivery_day=day, opens_at=opens, gate_at=gate)
        session = str(self.stage.do(OFFICER, command)["session"])
        today = self.stage.now().astimezone(self.zone).date()
        is_in_time = day > today + timedelta(days=1)  # what holds for tomorrow may be fixed already
        for step in self._steps("submit-capacity") if is_in_time else ():
            self.stage.do(step.by, c.SubmitCapacity.model_validate(self._capacity(step, day)))
        return session

    def send(self, name: str, session: str, *, again: str = "") -> None:
        """Send a trader's orders of a session's day.

        Args:
            name: Of the trader.
            session: Id.
            again: Another word makes other prices: a trader that thinks again.
        """
        self.stage.send(name, session, zipped(self._orders(name, self.day_of(session), again)))

    def trial(self, number: int) -> str:
        """Hold a trial of the day after next: orders and many blocks of everybody, the gate closed; return its id.

        Its run waits for a worker from then on.
        """
        now = self.stage.now()
        day = self.next_day()
        prices = self._last_prices(day)
        command = c.ScheduleSession(
            market=self.script.market, delivery_day=day, kind="simulation", name=f"trial-{number}",
            opens_at=now, gate_at=now + timedelta(hours=1),
        )  # fmt: skip
        session = str(self.stage.do(OFFICER, command)["session"])
        self.stage.do(OFFICER, c.OpenSession(session=session))
        for n, name in enumerate(self.traders):
            orders = self._orders(name, day, "")
            blocks = trial_blocks(_places(orders), prices, TRIAL_BLOCKS // len(self.traders) + 1, (number, n))
            self.stage.send(name, session, zipped(_together(orders, blocks)))
        self.stage.do(OFFICER, c.CloseSession(session=session))
        return session

    def day_of(self, session: str) -> date:
        """Return the delivery day of a session."""
        with self.stage.service.store.read() as connection:
            text = connection.execute(select(sessions.c.delivery_day).where(sessions.c.id == session)).scalar_one()
        return date.fromisoformat(text)

    def _orders(self, name: str, day: date, again: str) -> Tables:
        folder = inside(self.script.folder, self.traders[name])
        return on_another_day(tables_of(folder, name), self.definition, self.script.delivery_day, day, again)

    def _capacity(self, step: Step, day: date) -> dict[str, Any]:
        """Return what a system operator declared on the script's day, for another day, and a little less."""
        body: dict[str, Any] = filled(step.body, self.script.folder, self.stage.codes)
        by = apart(self.script.delivery_day, day, self.zone)
        factor = 1 - DECLARED_LESS * abs(drawn(day, step.by, "capacity"))
        figures = [
            figure | {"mtus": [_declared(mtu, by, factor) for mtu in figure["mtus"]]} for figure in body["figures"]
        ]
        return body | {"delivery_day": day.isoformat(), "figures": figures}

    def _last_prices(self, day: date) -> pl.DataFrame:
        """Return the published prices of the last live session that has a result, as if they were those of a day."""
        a, s = artefacts.c, sessions.c
        with self.stage.service.store.read() as connection:
            found = connection.execute(
                select(a.content, s.delivery_day)
                .join(sessions, (s.id == a.session) & (s.version == a.version))
                .where(s.market == self.script.market, s.kind == "live", a.name == PRICES)
                .order_by(s.delivery_day.desc())
                .limit(1)
            ).one()  # fmt: skip - there is the script's own session
        by = apart(date.fromisoformat(found.delivery_day), day, self.zone)
        return pl.read_parquet(io.BytesIO(found.content)).with_columns(pl.col("mtu_start") + by)

    def _steps(self, do: str) -> Iterator[Step]:
        return (step for step in self.script.steps if step.do == do)


def _declared(mtu: dict[str, Any], by: timedelta, factor: float) -> dict[str, Any]:
    limits = {d: [round(mw * factor, 1) for mw in mtu[d]] for d in ("forward_mw", "backward_mw")}
    return mtu | limits | {"mtu_start": (datetime.fromisoformat(mtu["mtu_start"]) + by).isoformat()}


def _places(orders: Tables) -> list[tuple[str, str]]:
    """Return zones and sides of a trader's orders of power."""
    rows = [row for table in orders.values() for row in table.iter_rows(named=True)]
    return sorted({(r["zone"], r["side"]) for r in rows if r.get("carrier") == CARRIER and r.get("side")})


def _together(orders: Tables, more: Tables) -> Tables:
    both = {
        name: pl.concat([orders[name], rows.select(orders[name].columns)])
        for name, rows in more.items()
        if name in orders
    }
    return orders | more | both
