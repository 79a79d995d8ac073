"""The check before trade: an order that would bind more collateral than is free is refused.

Part of a batch (`batch`): it holds the rights rows of its members, so what is free of a member's collateral, and
what its other sessions have reserved, stands still while orders are decided on one after the other::

    total of a session = what was reserved - exposure of orders that go + exposure of orders that come
    refused where the total grows and headroom would be below zero

Orders that go always may, and so may orders that bind no more than those that they replace. A guarantee counts if
it is valid at the last gate among the sessions that its member has orders in. A market without collateral in its
terms never comes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import Connection

from walras.service.canonical import bytes_digest
from walras.service.clearing.collateral import amount_text, room_of, secured_until
from walras.service.secrets import Secrets
from walras.service.store import collateral as stored
from walras.service.store.orders import Place, Standing
from walras.service.work import refuse


class Sent(Protocol):
    """An entry of a batch, as far as it binds collateral."""

    session: str
    exposure: dict[str, int] | None
    currency: str
    guarantee_days: int

    @property
    def member(self) -> str:
        """Return whose orders they are."""


@dataclass
class Reserve:
    """What the members of a batch have reserved, as it goes on.

    Attributes:
        connection, secrets: The transaction, and what opens sums.
        sessions: Rows of the sessions of the batch, by id.
        now: Time of the batch, microseconds.
        positions: What each member and market has; loaded once.
        totals: What is reserved after the entries that were decided on.
    """

    connection: Connection
    secrets: Secrets
    sessions: Mapping[str, Any]
    now: int
    positions: dict[tuple[str, str], stored.Position] = field(default_factory=dict)
    totals: dict[Place, int] = field(default_factory=dict)
    _market: dict[str, str] = field(default_factory=dict)
    _fresh: dict[Place, dict[str, int]] = field(default_factory=dict)
    _maps: dict[int, dict[str, int]] = field(default_factory=dict)
    _sealed: dict[int, bytes] = field(default_factory=dict)

    def load(self, entries: Sequence[Sent], state: Mapping[Place, Mapping[str, Standing]]) -> None:
        """Read the positions of everybody whose entries bind collateral, and what orders that may go have bound.

        Args:
            entries: All of the batch.
            state: How the orders stand that they name, with their families.
        """
        owners = sorted({(e.member, self.sessions[e.session].market) for e in entries if e.exposure is not None})
        self.positions = stored.positions(self.connection, self.secrets, owners)
        self._market = {session: row.market for session, row in self.sessions.items()}
        for (member, market), position in self.positions.items():
            for session, reserved in position.reserved.items():
                self.totals[session, member] = reserved.minor
                self._market[session] = market
        places = {(e.session, e.member) for e in entries if e.exposure is not None}
        numbers = {s.submission for place in places for s in state.get(place, {}).values() if s.is_live}
        self._sealed = stored.exposures(self.connection, sorted(numbers))

    def decide(self, entry: Sent, known: Mapping[str, Standing], changes: Mapping[str, Standing]) -> None:
        """Move what is reserved by what an entry does, or refuse it.

        Args:
            entry: With its exposure by order or family; empty for a withdrawal.
            known: How the orders stood before.
            changes: How those stand that it names.

        Raises:
            BadInput: Its orders bind more than is free (rule `collateral`).
        """
        assert entry.exposure is not None, "it binds collateral"
        place = (entry.session, entry.member)
        before = self.totals.get(place, 0)
        after = before - self._going(place, known, changes) + sum(entry.exposure.values())
        if after > before:
            self._check(entry, after - before)
        self.totals[place] = after
        self._fresh.setdefault(place, {}).update(entry.exposure)

    def _going(self, place: Place, known: Mapping[str, Standing], changes: Mapping[str, Standing]) -> int:
        """Return what orders that are replaced or taken back have reserved."""
        gone = {(s.submission, s.kin or n) for n in changes if (s := known.get(n)) is not None and s.is_live}
        fresh = self._fresh.get(place, {})
        return sum((self._opened(number, place) if number else fresh).get(kin, 0) for number, kin in gone)

    def _opened(self, number: int, place: Place) -> dict[str, int]:
        """Return what the orders of a submission that is stored have bound; nothing where there was no collateral."""
        sealed = self._sealed.pop(number, None)
        if sealed is not None:
            session = self.sessions[place[0]]
            key = self.secrets.session_key(session.id, session.sealed_key)
            self._maps[number] = stored.shown(key, *place, sealed, "exposure")
        return self._maps.get(number, {})

    def _check(self, entry: Sent, more: int) -> None:
        market = self.sessions[entry.session].market
        position = self.positions[entry.member, market]
        mine = [t for (s, member), t in self.totals.items() if member == entry.member and self._market[s] == market]
        gates = [r.gate_at for r in position.reserved.values()]
        at = secured_until(self.now, [self.sessions[entry.session].gate_at, *gates], entry.guarantee_days)
        room = room_of(self.connection, market, entry.currency, position, at, reserved=sum(mine))
        if more <= room.free:
            return
        missing = amount_text(more - room.free, entry.currency)
        what = f"{missing} of collateral are missing: the orders bind {amount_text(more, entry.currency)} more"
        what += f", free are {amount_text(max(room.free, 0), entry.currency)}"
        fix = f"Give {missing} of collateral, or send orders that may owe less."
        raise refuse(what, f"session {entry.session}", "collateral", fix)

    def sealed(self, places: Iterable[Place]) -> dict[Place, bytes]:
        """Return the sums of places as they are stored, and store them."""
        out, rows = {}, []
        for place in sorted(set(places)):
            session = self.sessions[place[0]]
            key = self.secrets.session_key(session.id, session.sealed_key)
            out[place] = stored.hidden(key, *place, self.totals[place], "reserved")
            rows.append({"session": place[0], "member": place[1], "market": session.market, "sealed": out[place]})
        stored.put_reserved(self.connection, rows)
        return out

    def write(self, taken: Iterable[tuple[Sent, int]]) -> dict[int, dict[str, str]]:
        """Store exposures of submissions by number and the sums; return what the trail has to say of each."""
        mine = [(entry, number) for entry, number in taken if entry.exposure is not None]
        sums = self.sealed((e.session, e.member) for e, _ in mine)
        rows, said = [], {}
        for entry, number in mine:
            place = (entry.session, entry.member)
            session = self.sessions[entry.session]
            key = self.secrets.session_key(session.id, session.sealed_key)
            sealed = stored.hidden(key, *place, entry.exposure, "exposure")
            rows.append({"submission": number, "sealed": sealed})
            said[number] = {"exposure_digest": bytes_digest(sealed), "reserved_digest": bytes_digest(sums[place])}
        stored.add_exposures(self.connection, rows)
        return said
