"""What a newcomer finds when the curtain rises again: a market in the middle of its life.

Beside the finished day of the script there are then: a day with a preliminary result; a session that takes orders and
has those of everybody, its gate a few minutes ahead; one that is about to open, and another after it; and a trial, a
simulation whose run can be watched for minutes. Days follow each other every `DAY_MINUTES` of the clock, so that
whoever watches for an hour sees several: an operator may plan sessions off the timetable, two officers at a time.
"""

from __future__ import annotations

from datetime import timedelta

from walras.service import commands as c
from walras.service.definition import MarketDefinition
from walras.service.rehearsal.cast import OFFICER, Cast

DAY_MINUTES = 10
"""From the gate of one session to that of the next."""
FIRST_GATE_MINUTES = 4
OBJECTION_MINUTES = 6.0
RUN_SECONDS = 180.0
"""A run ends after so long; those of live sessions need about one second."""
REGULATOR = "Regulator of the common market"
SESSIONS_AHEAD = 2
"""So many sessions are planned and not open yet."""


def open_market(cast: Cast) -> dict[str, str]:
    """Bring a market to the middle of its life; return sessions by what they show.

    The last act is the gate of the trial, whose run waits for a worker: the caller starts one.

    Returns:
        Ids by `preliminary`, `open`, `scheduled`, `later`, `trial`.
    """
    stage = cast.stage
    _admit_regulator(cast)
    _set_terms(cast)
    found = {"preliminary": _preliminary(cast)}
    now = stage.now()
    gate = now + timedelta(minutes=FIRST_GATE_MINUTES)
    found["open"] = cast.plan(now, gate)
    stage.work()
    for name in cast.traders:
        cast.send(name, found["open"])
    for name in ("scheduled", "later"):
        found[name] = cast.plan(gate, gate + timedelta(minutes=DAY_MINUTES))
        gate += timedelta(minutes=DAY_MINUTES)
    stage.work()
    found["trial"] = cast.trial(1)
    return found


def _admit_regulator(cast: Cast) -> None:
    """Let a regulator in; the script has none."""
    command = c.ApplyForMembership(
        role="regulator", name=REGULATOR, country=cast.definition.zones[0].country,
        contact_name="Ada Example", contact_email="ada@example.invalid",
    )  # fmt: skip
    company = cast.stage.do("", command)["company"]
    cast.stage.do(OFFICER, c.AdmitCompany(company=company))


def _set_terms(cast: Cast) -> None:
    """Shorten the time to object, and bound the time of a run: a version of the market from the next day on."""
    body = cast.definition.model_dump(mode="json")
    body["run"] |= {"objection_minutes": OBJECTION_MINUTES, "time_limit_seconds": RUN_SECONDS}
    command = c.SetMarket(
        market=cast.script.market, valid_from=cast.next_day(), definition=MarketDefinition.model_validate(body)
    )
    cast.stage.do(OFFICER, command)


def _preliminary(cast: Cast) -> str:
    """Hold a session whose gate has just closed: its result may be objected to."""
    now = cast.stage.now()
    gate = now + timedelta(minutes=2)
    session = cast.plan(now, gate)
    cast.stage.work()
    for name in cast.traders:
        cast.send(name, session)
    cast.stage.at(gate)
    return session
