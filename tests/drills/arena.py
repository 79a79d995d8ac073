"""Two processes' worth of the service on one store, whose threads pause at random between statements."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy import event, select
from tests.service.two_states import DAY, curve, definition, documents
from tests.service.world import World

from walras.errors import BadInput
from walras.service import commands as c
from walras.service.dispatch import Dispatch
from walras.service.door import Door
from walras.service.gate import book_loader
from walras.service.permissions import NotAllowed
from walras.service.roles import SYSTEM, Actor, Role
from walras.service.store import users
from walras.service.store.engine import open_store
from walras.service.store.schema import trail
from walras.service.work import Work
from walras.service.worker.run import Runner

LIST = "name,aliases,identifiers,kind,source,listed_on\nВолготранс Экземпл,,,company,made up,2025-01-31\n"
FAR = {"opens_at": datetime(2026, 1, 1, tzinfo=UTC), "gate_at": datetime(2060, 1, 1, tzinfo=UTC)}
PRODUCTS = (("North", "electricity"), ("South", "electricity"))


@dataclass(frozen=True)
class Told:
    """What one of those who acted at once was told: an answer, or rules; anything else is a failure."""

    answer: object = None
    rules: frozenset[str] = frozenset()
    failure: str = ""

    @property
    def is_done(self) -> bool:
        return not self.rules and not self.failure


@dataclass
class Arena:
    """Officers and members, and two dispatches and doors that share nothing but the store.

    Attributes:
        store: Without pauses, to set up and to judge.
        dispatches, doors: Of two processes; their threads pause.
        officers: Three of them.
        traders: Two users of the first member and one of the second.
    """

    store: object
    secrets: object
    url: str
    dispatches: list[Dispatch] = field(default_factory=list)
    doors: list[Door] = field(default_factory=list)
    officers: list[Actor] = field(default_factory=list)
    traders: list[Actor] = field(default_factory=list)
    number: int = 0

    def __enter__(self):
        with World(self.store, self.secrets) as world:
            world.by_two(c.SetMarket(market="two", valid_from=date(2020, 1, 1), definition=TERMS))
            for member in ("M-0001", "M-0002"):
                world.by_two(c.SetRights(company=member, market="two", products=PRODUCTS))
            found = dict(world.users)
        with self.store.write() as connection:
            work = Work(connection, self.store.clock, SYSTEM, self.secrets)
            more = [users.add_user(work, of, role, "Ada Example", "ada@example.invalid", work.now())
                    for of, role in (("OP", Role.OPERATOR), ("M-0001", Role.MEMBER))]  # fmt: skip
        self.officers = [Actor(Role.OPERATOR, u, "OP") for u in (found["OP"], found["OP-2"], more[0])]
        ones = ((found["M-0001"], "M-0001"), (more[1], "M-0001"), (found["M-0002"], "M-0002"))
        self.traders = [Actor(Role.MEMBER, u, m) for u, m in ones]
        self.plain = Dispatch(self.store, self.secrets)
        self.plain.do(self.officers[0], c.ImportRestrictedList(name="ours", csv=LIST))
        self.open_processes()
        return self

    def open_processes(self) -> None:
        """Open the dispatches and doors of two processes, and threads for those who act."""
        for _ in range(2):
            store = open_store(self.url, self.store.clock)
            event.listen(store.engine, "before_cursor_execute", self._pause)
            self.dispatches.append(Dispatch(store, self.secrets))
            self.doors.append(Door(self.dispatches[-1], lambda said, at: {"signed_at": at.isoformat()} | said))
            self.doors[-1].start()
        self.pool = ThreadPoolExecutor(8)

    def __exit__(self, *error):
        self.pool.shutdown()
        for door in self.doors:
            door.stop()
            door.dispatch.store.close()

    def begin(self, seed: int) -> random.Random:
        """Begin an interleaving; return what its choices come from."""
        self.number, self._seed, self._own = self.number + 1, seed, threading.local()
        return random.Random(seed)

    def at_once(self, *acts) -> list[Told]:
        """Do all of them at the same moment, more or less; return what each was told."""
        futures = [self.pool.submit(self._told, f"act {n}", act) for n, act in enumerate(acts)]
        return [f.result(120) for f in futures]

    def _told(self, name, act) -> Told:
        chance = self._own.chance = random.Random(f"{self._seed} {name}")
        time.sleep(chance.uniform(0, 0.006))
        try:
            return Told(act())
        except BadInput as error:
            return Told(rules=frozenset(m.rule for m in error.mistakes))
        except NotAllowed as error:
            return Told(rules=frozenset({error.mistake.rule}))
        except Exception as error:
            return Told(failure=f"{type(error).__name__}: {error}")

    def _pause(self, *_):
        chance = getattr(self._own, "chance", None)
        if chance is None:  # a thread of the door, or a heart
            chance = self._own.chance = random.Random(f"{self._seed} {threading.current_thread().name}")
        if chance.random() < 0.3:
            time.sleep(chance.uniform(0, 0.003))

    # --- what interleavings are made of -------------------------------------------------------

    def do(self, n: int, actor: Actor, command, key=None):
        """Return an act: a command to process `n`."""
        if isinstance(command, c.SubmitOrders | c.WithdrawOrders):
            return lambda: self.doors[n % 2].submit(actor, command, key).result(60)
        return lambda: self.dispatches[n % 2].do(actor, command, key)

    def orders(self, session: str, *names: str, price=20.0):
        """Return a command that sends sellers of one hour, and a buyer."""
        sent = [curve(n, "North", "supply", price, 10, [0]) for n in names]
        return c.SubmitOrders(session=session, orders=documents(*sent))

    def session(self, **more) -> str:
        """Return a new session, open."""
        told = FAR | {"kind": "simulation", "name": f"i{self.number}"} | more
        plan = c.ScheduleSession(market="two", delivery_day=DAY, **told)
        session = str(self.plain.do(self.officers[0], plan)["session"])
        self.plain.do(self.officers[0], c.OpenSession(session=session))
        return session

    def closed(self) -> str:
        """Return a new session, closed, with two orders."""
        session = self.session()
        self.doors[0].submit(self.traders[0], self.orders(session, "a", "b"), None).result(60)
        self.plain.do(self.officers[0], c.CloseSession(session=session))
        return session

    def cleared(self) -> str:
        """Return a new session with a preliminary result."""
        session = self.closed()
        assert self.runner(self.store).once() == "done"
        return session

    def runner(self, store, **more) -> Runner:
        return Runner(store, self.secrets, book_loader(self.secrets), **more)

    def acts(self, stream: str) -> list[str]:
        with self.store.read() as connection:
            return list(connection.scalars(select(trail.c.act).where(trail.c.stream == stream).order_by(trail.c.id)))


TERMS = definition(run={"objection_minutes": 0})
