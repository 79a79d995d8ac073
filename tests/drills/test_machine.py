"""Any sequence of commands, legal or not, leaves a store that is as it must be (a state machine of hypothesis)."""

import shutil
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select
from tests.drills.arena import FAR, PRODUCTS, TERMS
from tests.service.two_states import DAY, block, curve, documents
from tests.service.world import World

from walras.errors import BadInput
from walras.service import commands as c
from walras.service import submitted
from walras.service.gate import book_loader
from walras.service.permissions import NotAllowed
from walras.service.plan import Plan
from walras.service.queries import ListOrders
from walras.service.readers import ask
from walras.service.roles import Actor, Role
from walras.service.secrets import Secrets
from walras.service.store.engine import open_store
from walras.service.store.schema import artefacts, orders, sessions
from walras.service.store.sessions import MOVES
from walras.service.trail_check import flaws
from walras.service.worker.run import Runner
from walras.service.worker.sealing import seal_all

SESSIONS = [f"two-{DAY}-{name}-simulation" for name in "ab"]
MEMBERS = ("M-0001", "M-0002")
NAMES = st.sampled_from(("x", "y", "parent", "child"))
ENDS = {c.FinaliseSession: "final", c.CancelSession: "cancelled", c.StartFallback: "fallback"}
ACTOR = {m: Actor(Role.MEMBER, f"U-{m}", m) for m in MEMBERS}
OFFICERS = tuple(Actor(Role.OPERATOR, f"U-{n}", "OP") for n in range(3))


class Day(RuleBasedStateMachine):
    """Two sessions, two members, three officers; `state` is what the sessions must be in, `live` what must stand."""

    model: Path

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="walras-machine-"))
        shutil.copy(self.model, self.folder / "walras.db")
        self.store, self.secrets = open_store(str(self.folder / "walras.db")), Secrets(b"k" * 32)
        self.world = World(self.store, self.secrets)
        self.world.by_two(c.SetMarket(market="two", valid_from=date(2020, 1, 1), definition=TERMS))
        for member in MEMBERS:
            self.world.by_two(c.SetRights(company=member, market="two", products=PRODUCTS))
        self.state: dict[str, str] = {}
        self.waiting: dict[str, bool] = {}
        self.live: dict[tuple[str, str], dict[str, int]] = {}
        self.proposed: dict[int, tuple[int, str, type]] = {}

    def teardown(self):
        with self.store.read() as connection:
            assert list(flaws(connection, self.secrets, submitted)) == []
        self.world.__exit__()
        self.store.close()
        shutil.rmtree(self.folder)

    def told(self, actor, command):
        """Return the answer to a command, None if it was refused."""
        try:
            if isinstance(command, c.SubmitOrders | c.WithdrawOrders):
                return self.world.door.submit(actor, command, None).result(30)
            return self.world.dispatch.do(actor, command)
        except (BadInput, NotAllowed):
            return None

    def moved(self, session, state, answer):
        """Check that a move was made if and only if it is legal."""
        assert (answer is not None) == (state in MOVES.get(self.state.get(session), ())), (session, self.state, answer)
        if answer is not None:
            self.state[session] = state

    @rule(session=st.sampled_from("ab"))
    def schedule(self, session):
        plan = c.ScheduleSession(market="two", delivery_day=DAY, kind="simulation", name=session, **FAR)
        answer = self.told(OFFICERS[0], plan)
        assert (answer is None) == (SESSIONS["ab".index(session)] in self.state)
        self.state.setdefault(SESSIONS["ab".index(session)], "scheduled")

    @rule(session=st.sampled_from(SESSIONS))
    def open(self, session):
        self.moved(session, "open", self.told(OFFICERS[0], c.OpenSession(session=session)))

    @rule(session=st.sampled_from(SESSIONS))
    def close(self, session):
        is_open = self.state.get(session) == "open"
        answer = self.told(OFFICERS[1], c.CloseSession(session=session))
        assert (answer is not None) == is_open, (self.state, answer)
        if is_open:
            self.state[session], self.waiting[session] = "closed", True

    @rule(session=st.sampled_from(SESSIONS), member=st.sampled_from(MEMBERS), names=st.sets(NAMES, min_size=1),
          price=st.integers(0, 50))  # fmt: skip
    def submit(self, session, member, names, price):
        sent = [curve(n, "North", "supply", price, 5, [0]) for n in sorted(names & {"x", "y"})]
        sent += [block("parent", "North", "supply", price, 5, [0])] if "parent" in names else []
        sent += [block("child", "North", "supply", price, 5, [1], parents=["parent"])] if "child" in names else []
        answer = self.told(ACTOR[member], c.SubmitOrders(session=session, orders=documents(*sent)))
        place = self.live.setdefault((session, member), {})
        is_whole = not ("child" in names) ^ ("parent" in names) or ("child" not in names and place.get("child", 0) <= 0)
        assert (answer is not None) == (self.state.get(session) == "open" and is_whole), (answer, place)
        self._stand(place, names, 1, answer)

    @rule(session=st.sampled_from(SESSIONS), member=st.sampled_from(MEMBERS), names=st.sets(NAMES))
    def withdraw(self, session, member, names):
        answer = self.told(
            ACTOR[member], c.WithdrawOrders(session=session, names=tuple(sorted(names)), is_all=not names)
        )
        place = self.live.setdefault((session, member), {})
        are_live = {n for n, v in place.items() if v > 0}
        family = {"parent", "child"} & are_live
        is_legal = names <= are_live and (len(family) < 2 or len(family & names) != 1)
        assert (answer is not None) == (self.state.get(session) == "open" and is_legal), (answer, place)
        self._stand(place, names or are_live, -1, answer)

    @staticmethod
    def _stand(place, names, sign, answer):
        if answer is not None:
            for name in names:
                place[name] = sign * (abs(place.get(name, 0)) + 1)
            assert answer["orders"] == {n: abs(place[n]) for n in names}

    @rule()
    def work(self):
        runner = Runner(self.store, self.secrets, book_loader(self.secrets))
        while (end := runner.once()) != "idle":
            assert end in {"done", "failed", "lost"}
        for session in [s for s, waits in self.waiting.items() if waits]:
            self.waiting[session] = False
            if self.state[session] == "closed":
                self.state[session] = "cleared"

    @rule(session=st.sampled_from(SESSIONS))
    def run_again(self, session):
        answer = self.told(OFFICERS[0], c.RunSession(session=session, reason="once more"))
        may = self.state.get(session) in {"closed", "cleared", "fallback"} and not self.waiting.get(session)
        assert (answer is not None) == may, (self.state, self.waiting, answer)
        if may:
            self.state[session], self.waiting[session] = "closed", True

    @rule(session=st.sampled_from(SESSIONS), officer=st.integers(0, 2), kind=st.sampled_from(sorted(ENDS, key=str)))
    def propose(self, session, officer, kind):
        body = {"session": session} | ({} if kind is c.FinaliseSession else {"reason": "it is so"})
        self.proposed[self.told(OFFICERS[officer], kind(**body))["proposal"]] = officer, session, kind

    @precondition(lambda self: self.proposed)
    @rule(data=st.data(), officer=st.integers(0, 2))
    def approve(self, data, officer):
        number = data.draw(st.sampled_from(sorted(self.proposed)))
        proposer, session, kind = self.proposed[number]
        answer = self.told(OFFICERS[officer], c.ApproveProposal(proposal=number))
        if officer == proposer:
            assert answer is None
            return
        self.moved(session, ENDS[kind], answer)
        if answer is not None:
            self.waiting[session] = self.waiting.get(session, False) and kind is c.FinaliseSession  # its run has ended
            del self.proposed[number]
            assert self.told(OFFICERS[officer], c.ApproveProposal(proposal=number)) is None

    @precondition(lambda self: self.proposed)
    @rule(data=st.data(), officer=st.integers(0, 2))
    def reject(self, data, officer):
        number = data.draw(st.sampled_from(sorted(self.proposed)))
        assert self.told(OFFICERS[officer], c.RejectProposal(proposal=number, reason="no")) is not None
        del self.proposed[number]

    @rule()
    def seal(self):
        seal_all(self.store)

    @rule(session=st.sampled_from(SESSIONS), member=st.sampled_from(MEMBERS))
    def pry(self, session, member):
        """Nobody but the member reads its orders before the gate."""
        if self.state.get(session) not in {"scheduled", "open"}:
            return
        query = ListOrders(session=session, member=member)
        others = [ACTOR[m] for m in MEMBERS if m != member]
        others += [OFFICERS[0], Actor(Role.REGULATOR, "U-9", "R-0001"), Actor(Role.SYSTEM_OPERATOR, "U-8", "S-0001")]
        for other in others:
            with pytest.raises(NotAllowed):
                ask(self.store, self.secrets, other, query)
        with self.store.read() as connection:
            row = connection.execute(select(sessions).where(sessions.c.id == session)).one()
            with pytest.raises(BadInput):
                book_loader(self.secrets)(connection, row, Plan())

    @invariant()
    def the_store_is_as_it_must_be(self):
        with self.store.read() as connection:
            held = {r.id: r for r in connection.execute(select(sessions))}
            rows = connection.execute(select(orders)).all()
            results = {
                tuple(r) for r in connection.execute(select(artefacts.c.session, artefacts.c.version).distinct())
            }
        assert {s: r.state for s, r in held.items()} == self.state
        stands = {(r.session, r.member, r.name): r.version if r.is_live else -r.version for r in rows}
        assert stands == {(*place, n): v for place, mine in self.live.items() for n, v in mine.items()}
        assert all((s, r.version) in results for s, r in held.items() if r.state in {"cleared", "final"})


@pytest.mark.parametrize("many", [6, pytest.param(150, marks=pytest.mark.drill)])
def test_any_sequence_of_commands_leaves_a_store_as_it_must_be(sqlite_model, many):
    Day.model = sqlite_model
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Day,
        settings=settings(
            max_examples=many, stateful_step_count=40, deadline=None, derandomize=True, suppress_health_check=checks
        ),
    )
