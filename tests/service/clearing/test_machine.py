"""Any sequence of commands keeps the identity of the ledger, and its events rebuild it byte for byte."""

import shutil
from collections import defaultdict
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.drills import figures
from tests.service.border.stage import BUYER, DAY, SELLER, THIRD
from tests.service.clearing.stage import Clearing, fixing, terms
from tests.service.clearing.test_documents import documents, with_documents

from walras.errors import BadInput
from walras.service import commands as c
from walras.service.clearing.inputs import Inputs
from walras.service.dispatch import carry_out
from walras.service.roles import Actor, Role
from walras.service.secrets import Secrets
from walras.service.store import bills, ledger, payments
from walras.service.store.engine import open_store
from walras.service.work import Work
from walras.settlement.accounts import TRANSIT, role_of
from walras.settlement.books import replay

OFFICER = Actor(Role.OPERATOR, "U-0001", "OP")
SECRETS = Secrets(b"k" * 32)
SESSION = f"two-{DAY}-da"
PARTIES = st.sampled_from([*(f"member/{m}" for m in (SELLER, BUYER, THIRD)), "operator/S-0001"])
BANKS = st.sampled_from([("main-usd", "USD"), ("main-eur", "EUR")])
AMOUNTS = st.integers(1, 4_000_000)
MODEL: dict[str, Path] = {}
FEW = 5
MANY = 80
"""Sequences of the drill."""


class Money(RuleBasedStateMachine):
    """A final session, and officers who do anything in any order; what is refused changes nothing."""

    def __init__(self):
        super().__init__()
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name) / "walras.db"
        shutil.copy(MODEL["path"], path)
        self.store = open_store(str(path))
        self.store.clock.ahead = MODEL["ahead"]
        self.payments, self.count, self.before = [], 0, self.state()

    def teardown(self):
        with self.store.read() as connection:
            held = ledger.entries(connection, "two", limit=10**6)
            again = replay(ledger.events(connection, "two"), Inputs(connection, SECRETS))
        assert list(again) == held
        self.store.close()
        self.folder.cleanup()

    def state(self):
        with self.store.read() as connection:
            return ledger.balances(connection, "two")

    def do(self, command):
        """Carry out a command in a transaction of its own; None if it is refused, and then nothing has changed."""
        before = self.state()
        try:
            with self.store.write() as connection:
                work = Work(connection, self.store.clock, OFFICER, SECRETS)
                answer = carry_out(work, command)
                work.finish()
        except BadInput:
            assert self.state() == before
            return None
        return answer

    @rule()
    def settle(self):
        self.do(c.SettleSession(session=SESSION))

    @rule()
    def settle_again(self):
        self.count += 1
        before = self.state()
        done = self.do(c.ResettleSession(session=SESSION, name=f"rerun {self.count}", reason="a law"))
        if done is not None:
            once = self.state()
            self.count += 1
            again = self.do(c.ResettleSession(session=SESSION, name=f"rerun {self.count}", reason="a law"))
            assert again["entries"] == 0
            assert self.state() == once
            if done["entries"] == 0:
                assert once == before

    @rule(rate=st.integers(500, 2000))
    def correct_the_fixing(self, rate):
        self.do(fixing(f"{rate / 1000}", of=c.CorrectFixing))

    @rule(fee=st.integers(0, 99), is_owned=st.booleans(), is_apart=st.booleans(), buyer=st.sampled_from(["USD", "EUR"]))
    def other_terms(self, fee, is_owned, is_apart, buyer):
        said = terms(fees=[{"name": "trading", "per_mwh": f"0.{fee:02d}"}], losses_apart=is_apart)
        said |= {"documents": documents()}
        said |= {} if is_owned else {"keys": []}
        said |= {"payment_currencies": [{"party": f"member/{BUYER}", "currency": buyer}]}
        self.do(c.SetSettlementTerms(market="two", valid_from=DAY, terms=said))

    @rule(party=PARTIES, bank=BANKS, amount=AMOUNTS, is_blocked=st.booleans())
    def money_comes(self, party, bank, amount, is_blocked):
        self.count += 1
        done = self.do(
            c.ReceivePayment(market="two", party=party, bank=bank[0], currency=bank[1], amount_minor=amount,
                             value_day=date(2027, 3, 9), bank_reference=f"R-{self.count}", is_blocked=is_blocked)
        )  # fmt: skip
        self.payments.append(done["payment"])

    @rule(party=PARTIES, bank=BANKS, amount=AMOUNTS)
    def money_goes(self, party, bank, amount):
        self.count += 1
        done = self.do(
            c.SendPayment(market="two", party=party, bank=bank[0], currency=bank[1], amount_minor=amount,
                          value_day=date(2027, 3, 9), bank_reference=f"R-{self.count}")
        )  # fmt: skip
        if done is not None and amount % 2:
            self.do(c.ReverseEvent(market="two", event=done["event"], reason="the bank sent it back"))

    @rule(party=PARTIES, currency=st.sampled_from(["EUR", "USD"]), amount=AMOUNTS)
    def a_payout_is_held(self, party, currency, amount):
        done = self.do(c.HoldPayout(market="two", party=party, currency=currency, amount_minor=amount, reason="a law"))
        if done is not None:
            self.payments.append(done["payment"])

    @rule(which=st.integers(0, 9), how=st.sampled_from(["release", "return", "free"]))
    def a_payment_moves(self, which, how):
        if self.payments:
            payment = self.payments[which % len(self.payments)]
            self.do(
                c.ReleasePayment(payment=payment, value_day=date(2027, 3, 9)) if how == "release"
                else c.ReturnPayment(payment=payment, reason="a law") if how == "return"
                else c.FreePayout(payment=payment)
            )  # fmt: skip

    @rule()
    def issue(self):
        """What members are owed is what their bills leave open, and what is left of their payments."""
        assert self.do(c.IssueDocuments(market="two", first_day=DAY, last_day=DAY)) is not None
        left = defaultdict(int)
        with self.store.read() as connection:
            for item in bills.open_items(connection, "two"):
                left[item.party, item.currency] += item.open_minor
            for member in (SELLER, BUYER, THIRD):
                for _, currency, minor in bills.credits_of(connection, "two", f"member/{member}"):
                    left[f"member/{member}", currency] += minor
            held = payments.listed(connection, "two", None, "", 10**6)
        for p in held:
            left[p.party, p.currency] -= p.amount_minor if p.state == "held" else 0
        owed = {k: v for k, v in self.state().items() if role_of(k[0]) == "member" and v}
        assert owed == {k: v for k, v in left.items() if role_of(k[0]) == "member" and v}

    @invariant()
    def everything_sums_to_zero(self):
        sums = defaultdict(int)
        for (account, currency), amount in self.state().items():
            sums[currency] += amount
            assert not amount or role_of(account) not in TRANSIT
        assert not any(sums.values())


@pytest.fixture(scope="module", autouse=True)
def model(sqlite_model, tmp_path_factory):
    """A store with one final session, its fixing and two bank accounts, to be copied."""
    path = tmp_path_factory.mktemp("machine") / "walras.db"
    shutil.copy(sqlite_model, path)
    store = open_store(str(path))
    with Clearing(store, SECRETS) as found:
        with_documents(found).finished()
        found.bank()
        found.bank("main-eur", "EUR")
        MODEL["ahead"] = store.clock.ahead
    with store.engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    MODEL["path"] = path


@pytest.mark.parametrize("many", [FEW, pytest.param(MANY, marks=pytest.mark.drill)])
def test_any_sequence_of_commands_keeps_the_ledger_whole(many):
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=many, stateful_step_count=15 if many == FEW else 30, deadline=None,
            suppress_health_check=checks,
            derandomize=many == MANY,
        ),
    )  # fmt: skip
    if many == MANY:
        figures.note("money machine", "sqlite", 0, f"{many} sequences of up to 30 commands", 0)
