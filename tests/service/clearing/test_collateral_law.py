"""Whatever is sent, taken back, paid, cancelled and settled: what is reserved is what orders bind, and is covered."""

import shutil
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select
from tests.drills import figures
from tests.service.border.stage import BUYER, DAY, SELLER
from tests.service.clearing.stage import Clearing
from tests.service.clearing.test_collateral import ASKED, block, curve, guarantee, money
from tests.service.two_states import documents

from walras.errors import BadInput
from walras.results.publication import SigningKey
from walras.service import batch
from walras.service import commands as c
from walras.service.batch import Entry
from walras.service.canonical import bytes_digest
from walras.service.clearing.collateral import room_of
from walras.service.clock import MINUTE
from walras.service.dispatch import carry_out
from walras.service.gate import book_loader
from walras.service.intake import payload
from walras.service.roles import SYSTEM, Actor, Role
from walras.service.secrets import Secrets
from walras.service.store import collateral as stored
from walras.service.store import markets, orders, sessions
from walras.service.store.engine import open_store
from walras.service.store.settlement_schema import reservations
from walras.service.terms import market_terms
from walras.service.trail_check import flaws
from walras.service.work import Work
from walras.service.worker.certified import certified
from walras.service.worker.run import Runner
from walras.settlement.collateral.exposure import exposures

OFFICER = Actor(Role.OPERATOR, "U-0001", "OP")
SECRETS = Secrets(b"k" * 32)
MEMBERS = (BUYER, SELLER)
WHO = st.sampled_from(MEMBERS)
AMOUNTS = st.sampled_from([100_00, 300_00, 700_00])
MODEL: dict[str, Path] = {}
FEW = 5
MANY = 80
"""Sequences of the drill."""


class Collateral(RuleBasedStateMachine):
    """Two members, sessions of several days, and an officer; what is refused changes nothing."""

    def __init__(self):
        super().__init__()
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name) / "walras.db"
        shutil.copy(MODEL["path"], path)
        self.store = open_store(str(path))
        self.store.clock.ahead = MODEL["ahead"]
        self.count, self.days, self.open, self.settled = 0, 0, [], 0
        self.opens()

    def teardown(self):
        with self.store.read() as connection:
            assert list(flaws(connection, SECRETS)) == []
        self.store.close()
        self.folder.cleanup()

    def do(self, command, actor=OFFICER):
        try:
            with self.store.write() as connection:
                work = Work(connection, self.store.clock, actor, SECRETS)
                answer = carry_out(work, command)
                work.finish()
        except BadInput as error:
            return [m.rule for m in error.mistakes]
        return answer

    def send(self, who, session, sent, names=None):
        content = b"" if sent is None else payload.encode(sent)
        entry = Entry(Actor(Role.MEMBER, f"U-{who}", who), session, sent, None, "", names, content=content,
                      digest=bytes_digest(content))  # fmt: skip
        batch.prepare(self.store, [entry])
        batch.write(self.store, SECRETS, [entry])
        assert entry.error is None or {m.rule for m in entry.error.mistakes} <= {
            "collateral", "order_live", "family_whole",
        }  # fmt: skip

    def opens(self):
        day = DAY + timedelta(days=self.days)
        self.days += 1
        session = self.do(c.ScheduleSession(market="two", delivery_day=day, name="da"))["session"]
        assert self.do(c.OpenSession(session=session))["state"] == "open"
        self.open.append((session, day))

    @precondition(lambda self: self.days < 3)
    @rule()
    def another_session(self):
        self.opens()

    @precondition(lambda self: self.open)
    @rule(who=WHO, which=st.integers(0, 9), name=st.sampled_from("AB"), side=st.sampled_from(["demand", "supply"]),
          price=st.sampled_from([-20.0, 10.0, 40.0]), hours=st.integers(1, 2))  # fmt: skip
    def a_curve(self, who, which, name, side, price, hours):
        session, day = self.open[which % len(self.open)]
        self.send(who, session, tuple(documents(curve(name, side, price, 10.0, hours, day=day))))

    @precondition(lambda self: self.open and self.open[0][1] == DAY)
    @rule(who=WHO, prices=st.lists(st.sampled_from([10.0, 30.0]), min_size=2, max_size=2),
          more=st.sampled_from([{"group": "G"}, {"parents": ["A"]}]))  # fmt: skip
    def two_blocks(self, who, prices, more):
        first = {"group": "G"} if "group" in more else {}
        pair = [block("A", prices[0], 10.0, **first), block("B", prices[1], 10.0, **more)]
        self.send(who, self.open[0][0], tuple(documents(*pair)))

    @precondition(lambda self: self.open)
    @rule(who=WHO, which=st.integers(0, 9), names=st.sampled_from([("A",), ("B",), None]))
    def orders_go(self, who, which, names):
        self.send(who, self.open[which % len(self.open)][0], None, names)

    @precondition(lambda self: self.open)
    @rule(who=WHO, prices=st.lists(st.sampled_from([10.0, 40.0, 60.0]), min_size=2, max_size=4))
    def one_order_changes(self, who, prices):
        """The same name again and again: only its last version binds."""
        for price in prices:
            self.send(who, self.open[0][0], tuple(documents(curve("A", price=price, day=self.open[0][1]))))

    @rule(who=WHO, amount=AMOUNTS, goes=st.booleans())
    def cash_moves(self, who, amount, goes):
        self.count += 1
        of = c.ReleaseCollateral if goes else c.DepositCollateral
        self.do(money(amount, f"C-{self.count}", who, of))

    @rule(who=WHO, amount=AMOUNTS, ends=st.booleans())
    def guarantees_move(self, who, amount, ends):
        if ends:
            self.do(c.EndGuarantee(market="two", reference=f"G-{self.count}", reason="a law"))
        else:
            self.count += 1
            self.do(guarantee(amount, f"G-{self.count}", member=who, last="2028-01-01"))

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, 9))
    def a_session_is_cancelled(self, which):
        session, _ = self.open.pop(which % len(self.open))
        assert self.do(c.CancelSession(session=session, reason="a law"))["state"] == "cancelled"

    @precondition(lambda self: self.open and not self.settled)
    @rule()
    def the_first_session_is_settled(self):
        session, _ = self.open.pop(0)
        self.settled += 1
        with self.store.read() as connection:
            gate_at = sessions.get(connection, session).gate_at
            self.store.clock.ahead += gate_at - self.store.clock.now(connection)
        assert self.do(c.CloseSession(session=session), SYSTEM)["state"] == "closed"
        self.reserved_is_what_orders_bind()
        key = SigningKey.from_seed(b"s" * 32)
        assert Runner(self.store, SECRETS, book_loader(SECRETS), certified(key)).once() == "done"
        self.store.clock.ahead += 90 * MINUTE
        assert self.do(c.FinaliseSession(session=session))["state"] == "final"
        self.everything_is_covered()
        assert self.do(c.SettleSession(session=session))["run"] == 1

    @invariant()
    def reserved_is_what_orders_bind(self):
        """Counted again from the orders that are live in the store."""
        with self.store.read() as connection:
            rows = connection.execute(select(reservations).where(reservations.c.freed_at.is_(None))).all()
            for row in rows:
                session = sessions.get(connection, row.session)
                key = SECRETS.session_key(session.id, session.sealed_key)
                definition = markets.version(connection, "two", session.market_version).definition
                day = next(
                    d for d in (DAY + timedelta(days=n) for n in range(self.days)) if str(d) == session.delivery_day
                )
                sent = list(orders.payloads(connection, session.id, key, row.member))
                book = payload.book_of(market_terms(definition, day), sent)
                bound = stored.shown(key, session.id, row.member, row.sealed, "reserved")
                assert bound == exposures(book).total

    @invariant()
    def everything_is_covered(self):
        with self.store.read() as connection:
            found = stored.positions(connection, SECRETS, [(m, "two") for m in MEMBERS])
            now = self.store.clock.now(connection)
            for position in found.values():
                assert room_of(connection, "two", "EUR", position, now).free >= 0


@pytest.fixture(scope="module", autouse=True)
def model(sqlite_model, tmp_path_factory):
    """A store whose market asks for collateral, to be copied."""
    path = tmp_path_factory.mktemp("collateral") / "walras.db"
    shutil.copy(sqlite_model, path)
    store = open_store(str(path))
    with Clearing(store, SECRETS) as clearing:
        clearing.set_terms(**ASKED)
        clearing.bank("main-eur", "EUR")
        for member in MEMBERS:
            clearing.do("OP", money(700_00, f"first {member}", member))
    with store.engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    MODEL.update(path=path, ahead=store.clock.ahead)
    store.close()


@pytest.mark.parametrize("many", [FEW, pytest.param(MANY, marks=pytest.mark.drill)])
def test_what_is_reserved_is_what_orders_bind_and_always_covered(many):
    run_state_machine_as_test(
        Collateral,
        settings=settings(max_examples=many, stateful_step_count=12 if many == FEW else 25, deadline=None,
                          derandomize=True, suppress_health_check=list(HealthCheck)),
    )  # fmt: skip
    if many == MANY:
        figures.note("collateral machine", "sqlite", 0, f"{many} sequences of up to 25 commands", 0)
