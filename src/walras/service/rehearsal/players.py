"""The players: parties of a rehearsal that go on by themselves, so that whoever looks sees a market that lives.

Once a second: members send the orders of each session that opened, one after another over its first minutes, and some
think again; officers plan the next days, hold a trial now and then, and make results final that nobody objected to.
They ask by the same commands as everybody. What is done is read from the store each time, so players that are
started again go on where others stopped, and a person may do any of it before them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select

from walras.errors import BadInput
from walras.service import commands as c
from walras.service.clock import moment
from walras.service.rehearsal.cast import OFFICER, Cast
from walras.service.rehearsal.opening import DAY_MINUTES, SESSIONS_AHEAD
from walras.service.rehearsal.other_days import drawn
from walras.service.store.schema import objections, runs, sessions, submissions

log = logging.getLogger("walras.players")

SENT_BY = 0.6
"""Share of a session's time by which everybody has sent orders."""
AGAIN_BY = 0.9
"""Share of it by which those have sent again that think again."""
THINK_AGAIN = 0.3
"""Share of traders that do."""
TRIAL_MINUTES = 30
FINAL_MINUTES = 3
"""Minutes after the last objection could come in which a person may make a result final before the players do."""


@dataclass
class Players:
    """The players of one market.

    Attributes:
        cast: Who they are.
        refused: What was refused once is not asked again: session and what was asked.
    """

    cast: Cast
    refused: set[tuple[str, str]] = field(default_factory=set)

    def turn(self) -> list[str]:
        """Do what is due now; return what was done, in words."""
        now = self.cast.stage.now()
        done = []
        for session in self._sessions("open"):
            done += self._send(session, now)
        done += self._plan(now)
        for session in self._sessions("cleared"):
            done += self._finalise(session, now)
        return done + self._trial(now)

    def _send(self, session: Row[Any], now: datetime) -> list[str]:
        """Send the orders of whoever is due, and send again for who thinks again."""
        opened, gate = moment(session.opens_at), moment(session.gate_at)
        if now >= gate:
            return []
        past = (now - opened) / (gate - opened)
        sent, done = self._sent(session.id), []
        day = self.cast.day_of(session.id)
        for name in self.cast.traders:
            times = sent.get(self.cast.stage.codes[name], 0)
            chance = (1 + drawn(day, name, "when")) / 2
            is_doubtful = (1 + drawn(day, name, "again")) / 2 < THINK_AGAIN
            if times == 0 and past >= chance * SENT_BY:
                done += self._asked(session.id, f"orders of {name}", lambda n=name: self.cast.send(n, session.id))
            elif times == 1 and is_doubtful and past >= SENT_BY + chance * (AGAIN_BY - SENT_BY):
                done += self._asked(
                    session.id, f"orders of {name} again", lambda n=name: self.cast.send(n, session.id, again="again")
                )
        return done

    def _plan(self, now: datetime) -> list[str]:
        """Plan a day if too few are ahead; its session opens at the gate of the one before."""
        ahead = [s for s in self._sessions("scheduled") if moment(s.opens_at) > now]
        if len(ahead) >= SESSIONS_AHEAD:
            return []
        opens = max([now, *(moment(s.gate_at) for s in [*ahead, *self._sessions("open")])])
        day = self.cast.next_day().isoformat()
        gate = opens + timedelta(minutes=DAY_MINUTES)
        return self._asked(day, "next day planned", lambda: self.cast.plan(opens, gate))

    def _finalise(self, session: Row[Any], now: datetime) -> list[str]:
        """Make a result final that could be objected to until some minutes ago, and was not."""
        after = session.final_after
        if after is None or now < moment(after) + timedelta(minutes=FINAL_MINUTES):
            return []
        with self.cast.stage.service.store.read() as connection:
            if connection.scalar(select(func.count()).where(objections.c.session == session.id)):
                return []  # a person is at work on it
        command = c.FinaliseSession(session=session.id, version=session.version)
        return self._asked(session.id, "result final", lambda: self.cast.stage.do(OFFICER, command))

    def _trial(self, now: datetime) -> list[str]:
        """Hold a trial some time after the one before, when no run waits."""
        s = sessions.c
        with self.cast.stage.service.store.read() as connection:
            busy = connection.scalar(select(func.count()).where(runs.c.state.in_(("waiting", "running"))))
            trials = connection.execute(
                select(s.id, s.opens_at).where(s.market == self.cast.script.market, s.kind == "simulation")
            ).all()
        last = max((moment(t.opens_at) for t in trials), default=datetime.min.replace(tzinfo=now.tzinfo))
        if busy or now < last + timedelta(minutes=TRIAL_MINUTES) or self._gate_is_near(now):
            return []
        number = len(trials) + 1
        return self._asked(f"trial {number}", "held", lambda: self.cast.trial(number))

    def _gate_is_near(self, now: datetime) -> bool:
        """Return whether a trial's run could make the run of a live session wait."""
        near = timedelta(minutes=DAY_MINUTES / 2)
        return any(moment(s.gate_at) - now < near for s in self._sessions("open"))

    def _sessions(self, state: str) -> Sequence[Row[Any]]:
        with self.cast.stage.service.store.read() as connection:
            of = sessions.c.market == self.cast.script.market
            found = select(sessions).where(of, sessions.c.state == state, sessions.c.kind == "live")
            return connection.execute(found.order_by(sessions.c.gate_at)).all()

    def _sent(self, session: str) -> dict[str, int]:
        """Return how often each member has sent something."""
        member = submissions.c.member
        with self.cast.stage.service.store.read() as connection:
            counted = select(member, func.count()).where(submissions.c.session == session).group_by(member)
            return {code: int(count) for code, count in connection.execute(counted)}

    def _asked(self, where: str, what: str, ask: Any) -> list[str]:
        """Ask, and say what was refused: once, then it is left to people."""
        if (where, what) in self.refused:
            return []
        try:
            ask()
        except BadInput as error:
            self.refused.add((where, what))
            log.warning("%s, %s: %s", where, what, error)
            return []
        return [f"{where}: {what}"]
