"""The last megawatt: two system operators, two registrations and an auction reach for it at the same moment.

Each interleaving is a delivery day of its own, on which 1 MW is free. Both system operators send
figures, of which one may take the megawatt away; two members register a contract over it; and an
auction's gate closes, which holds what is free. Nothing may be given away twice, and whoever gets
nothing is told why.
"""

import random
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import insert, select, update
from tests.drills.arena import PRODUCTS, Arena, Told
from tests.service.border.stage import SOUTH, definition, figures, profile

from walras.capacity.layers import LAYERS
from walras.service import commands as c
from walras.service.capacity.state import state_of
from walras.service.roles import SYSTEM, Actor, Role
from walras.service.store import users
from walras.service.store.schema import companies, sessions
from walras.service.work import Work

FIRST = date(2027, 6, 1)
STANDING = 50.0
MEGAWATT = 1000


class BorderArena(Arena):
    """An arena with the market `edge`, a system operator on each side, and permits for both members."""

    def __enter__(self):
        super().__enter__()
        with self.store.write() as connection:
            work = Work(connection, self.store.clock, SYSTEM, self.secrets)
            row = {"code": SOUTH, "role": "system_operator", "name": "South", "country": "SI", "identifiers": "[]"}
            connection.execute(insert(companies).values(**row, state="active", since=work.now()))
            add = users.add_user
            names = [add(work, of, Role.SYSTEM_OPERATOR, "Ada Example", "ada@example.invalid", work.now())
                     for of in ("S-0001", SOUTH)]  # fmt: skip
        self.sides = [Actor(Role.SYSTEM_OPERATOR, n, of) for n, of in zip(names, ("S-0001", SOUTH), strict=True)]
        self.members = [self.traders[0], self.traders[2]]
        command = c.SetMarket(market="edge", valid_from=date(2026, 1, 1), definition=definition())
        proposal = self.plain.do(self.officers[0], command)["proposal"]
        self.plain.do(self.officers[1], c.ApproveProposal(proposal=proposal))
        for member in self.members:
            may = c.SetRights(company=member.company, market="edge", products=PRODUCTS)
            proposal = self.plain.do(self.officers[0], may)["proposal"]
            self.plain.do(self.officers[1], c.ApproveProposal(proposal=proposal))
            self.plain.do(self.sides[0], c.GrantPermit(
                market="edge", holder=member.company, element="IT-SI", direction="forward", most_mw=50.0,
                valid_from=FIRST, valid_to=FIRST + timedelta(days=1095)))  # fmt: skip
        return self

    def open_session(self, day: date) -> str:
        """Return an open live session of a day whose gate is past: the clock would close it at any moment."""
        opens, gate_at = datetime(2026, 11, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
        plan = c.ScheduleSession(market="edge", delivery_day=day, opens_at=opens, gate_at=gate_at)
        proposal = self.plain.do(self.officers[0], plan)["proposal"]
        session = self.plain.do(self.officers[1], c.ApproveProposal(proposal=proposal))["answer"]["session"]
        self.plain.do(self.officers[0], c.OpenSession(session=session))
        with self.store.write() as connection:
            connection.execute(update(sessions).where(sessions.c.id == session).values(gate_at=1))
        return session

    def register(self, member: Actor, other: Actor, mw: float, day: date):
        return c.RegisterContract(
            market="edge", reference="the last", role="seller", counterparty=other.company,
            legs=(({"element": "IT-SI", "direction": "forward"},),), volumes=profile(mw, day)[:1],
        )  # fmt: skip

    def declare(self, side: int, forward: float, day: date):
        return c.SubmitCapacity(market="edge", delivery_day=day, figures=(figures(forward=forward, day=day),))


def last_megawatt(arena: BorderArena, chance: random.Random) -> list[str]:
    """One interleaving; return what is not as it must be."""
    day = FIRST + timedelta(days=arena.number)
    one, other = arena.members
    before = arena.plain.do(one, arena.register(one, other, STANDING - 1, day))["contract"]
    arena.plain.do(other, c.ConfirmContract(contract=before))
    session = arena.open_session(day)
    takes_away = chance.random() < 0.5
    north = STANDING - 1 if takes_away else STANDING
    told = arena.at_once(
        arena.do(0, arena.sides[0], arena.declare(0, north, day)),
        arena.do(1, arena.sides[1], arena.declare(1, STANDING + chance.choice([0, 7]), day)),
        arena.do(chance.randrange(2), one, arena.register(one, other, 1.0, day)),
        arena.do(chance.randrange(2), other, arena.register(other, one, 1.0, day)),
        arena.do(chance.randrange(2), arena.officers[0], c.CloseSession(session=session)),
    )
    found = [t.failure for t in told if t.failure] + _judged(arena, day, session, told, takes_away=takes_away)
    for answer, party in zip(told[2:4], (other, one), strict=True):
        if answer.is_done:  # a company has so many contracts waiting and no more
            arena.plain.do(party, c.RefuseContract(contract=answer.answer["contract"], reason="the drill goes on"))
    return found


def _judged(arena: BorderArena, day: date, session: str, told: list[Told], *, takes_away: bool) -> list[str]:
    declared, south, first, second, gate = told
    with arena.store.read() as connection:
        state = state_of(connection, "edge", day, day)
    found = [] if (state.ledger.free >= 0).all() else ["capacity is given away twice"]
    line = state.ledger.taken[:, 0, 0]  # the first hour, forward
    by_auction = int(line[LAYERS.index("day_ahead")]) == MEGAWATT
    by_contract = [t.is_done for t in (first, second)]
    capacity = int(state.ledger.capacity[0, 0])
    if not gate.is_done or not south.is_done:
        found.append(f"gate {gate}, the side that takes nothing {south}")
    if int(line.sum()) > capacity:
        found.append(f"{line.sum()} kW of {capacity} kW are held")
    if sum(by_contract) + by_auction > 1:
        found.append(f"more than one has the last megawatt: contracts {by_contract}, auction {by_auction}")
    lost = [one for one in (first, second) if not one.is_done and one.rules != {"capacity_free"}]
    found += [f"a registration was refused by {set(one.rules)}" for one in lost]
    if takes_away and declared.is_done:
        # nobody has it now: whoever came before gave way in proportion, or nobody came before
        if capacity != (STANDING - 1) * 1000:
            found.append(f"the lower figure stands and {capacity} kW may be used")
    elif takes_away and declared.rules != {"capacity_firm"}:
        found.append(f"the lower figure was refused by {set(declared.rules)}")
    elif sum(by_contract) + by_auction != 1:
        found.append(f"nobody has the last megawatt: contracts {by_contract}, auction {by_auction}")
    return found + _proven(arena, session)


def _proven(arena: BorderArena, session: str) -> list[str]:
    """Return what the trail does not say of the gate."""
    return [] if "capacity held" in arena.acts(session) else ["the trail does not say what the auction holds"]


def drill(arena: BorderArena, interleavings: int, first_seed: int) -> list[str]:
    """Run interleavings and return what went wrong in each, with its seed."""
    found = []
    for seed in range(first_seed, first_seed + interleavings):
        for one in last_megawatt(arena, arena.begin(seed)):
            found.append(f"seed {seed}: {one}")
            print(f"last megawatt, seed {seed}: {one}", flush=True)
    with arena.store.read() as connection:
        doubled = connection.execute(select(sessions.c.id).where(sessions.c.state != "closed")).all()
    return found + [f"{s.id} is not closed" for s in doubled]
