"""Officers who move money through desks that keep dying: each command goes out under one key until it is answered."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.drills.treasury import BUYER, DAY, SELLER, THIRD, rate
from tests.service.clearing.test_collateral import guarantee, money

from walras.service import commands as c
from walras.service.canonical import canonical

TWICE = 0.15
"""Share of commands that two desks get at the same moment."""
PARTIES = (f"member/{SELLER}", f"member/{BUYER}", f"member/{THIRD}", "operator/S-0001")
BANKS = (("main-usd", "USD"), ("main-eur", "EUR"))
VALUE_DAY = date(2027, 3, 9)
EXPECTED = {
    "settled_once", "settled_final", "settled_before", "run_once", "fixing_missing", "fixing_once", "fixing_known",
    "payment_once", "payment_owed", "payment_state", "bank_holds", "document_known", "payment_currency",
    "collateral_held", "collateral_bound", "cover_known", "cover_once", "reversed_once",
}  # fmt: skip
"""Rules by which a command of the drill may be refused."""


@dataclass(frozen=True)
class Said:
    """What a caller was told in the end: an answer, or rules."""

    actor: object
    command: object
    key: str
    answer: dict | None
    rules: tuple[str, ...] = ()

    @property
    def inner(self) -> dict:
        """Return the answer of the command itself where it was a proposal that was approved."""
        return (self.answer or {}).get("answer", self.answer or {})


@dataclass
class Scene:
    """What all callers share: the desks, the sessions, and what they were told."""

    desks: object
    officers: list
    cleared: list
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    said: list[Said] = field(default_factory=list)
    final: list = field(default_factory=list)
    references: int = 0
    payments: list[str] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    bills: list[str] = field(default_factory=list)
    again: int = 0
    twice: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def today(self) -> date:
        """Return the day by the clock that all processes share, in UTC."""
        return date.fromtimestamp(0) + timedelta(microseconds=time.time_ns() // 1000 + self.desks.shared.value)


class Caller:
    """One thread of officers; the acts that it chooses from are the methods named in `ACTS`."""

    def __init__(self, scene: Scene, seed: str) -> None:
        self.scene, self.seed, self.chance, self.sent = scene, seed, random.Random(seed), 0

    def work(self) -> None:
        """Do one act after another until the end."""
        acts, weights = zip(*ACTS.items(), strict=True)
        while not self.scene.over.is_set():
            getattr(self, self.chance.choices(acts, weights)[0])()

    def do(self, command, officer: int = 0) -> Said:
        """Send a command until it is answered; now and then to two desks at the same moment."""
        self.sent += 1
        scene, key, actor = self.scene, f"{self.seed}-{self.sent}", self.scene.officers[officer]
        many = 2 if self.chance.random() < TWICE else 1
        desks = [random.Random(f"{key} {n}") for n in range(many)]
        with ThreadPoolExecutor(many) as pool:
            told = list(pool.map(lambda d: self._until_answered(d, actor, command, key), desks))
        done = [answer for state, answer in told if state == "done"]
        if len({canonical(a) for a in done}) > 1:
            scene.wrong.append(f"{key} got two answers: {done}")
        scene.wrong += [f"{key} {command}: {answer}" for state, answer in told if state == "failed"]
        rules = () if done else tuple(told[0][1])
        if set(rules) - EXPECTED:
            scene.wrong.append(f"{key} {command} was refused by {rules}")
        said = Said(actor, command, key, done[0] if done else None, rules)
        with scene.lock:
            scene.twice += len(done) == 2
            scene.said.append(said)
        return said

    def by_two(self, command) -> Said:
        """Propose by one officer and approve by another."""
        proposed = self.do(command)
        return self.do(c.ApproveProposal(proposal=proposed.answer["proposal"]), 1)

    def _until_answered(self, chance, actor, command, key):
        while True:
            told = self.scene.desks.ask(chance.randrange(self.scene.desks.desks), actor, command, key)
            if told is not None:
                return told
            self.scene.again += 1

    # --- sessions -----------------------------------------------------------------------------

    def finalise(self):
        with self.scene.lock:
            if not self.scene.cleared:
                return
            session, day = self.scene.cleared.pop(0)
        self.by_two(c.FinaliseSession(session=session))
        with self.scene.lock:
            self.scene.final.append((session, day))
        self.do(rate(day))

    def settle(self):
        if self.scene.final:
            self.do(c.SettleSession(session=self.chance.choice(self.scene.final[-3:])[0]))

    def resettle(self):
        if self.scene.final:
            session, name = self.chance.choice(self.scene.final)[0], f"rerun {self.chance.randrange(5)}"
            self.do(c.ResettleSession(session=session, name=name, reason="a drill"))

    def correct(self):
        if self.scene.final:
            day = self.chance.choice(self.scene.final)[1]
            self.by_two(rate(day, c.CorrectFixing, f"1.{self.chance.randrange(50, 130):03d}"))

    # --- money --------------------------------------------------------------------------------

    def reference(self) -> str:
        """Return a reference of the bank: mostly a new one, now and then one that may be booked already."""
        with self.scene.lock:
            if self.chance.random() < 0.75:
                self.scene.references += 1
                return f"R-{self.scene.references}"
            return f"R-{max(1, self.scene.references - self.chance.randrange(5))}"

    def receive(self):
        bank, currency = self.chance.choice(BANKS)
        named = self.chance.choice(self.scene.bills[-5:]) if self.scene.bills and self.chance.random() < 0.2 else None
        said = self.do(
            c.ReceivePayment(market="two", party=self.chance.choice(PARTIES[:3]), bank=bank, currency=currency,
                             amount_minor=self.chance.randint(1, 900_000), value_day=VALUE_DAY, for_document=named,
                             bank_reference=self.reference(), is_blocked=self.chance.random() < 0.25)
        )  # fmt: skip
        self.note(self.scene.payments, said, "payment")

    def send(self):
        bank, currency = self.chance.choice(BANKS)
        said = self.by_two(
            c.SendPayment(market="two", party=self.chance.choice(PARTIES), bank=bank, currency=currency,
                          amount_minor=self.chance.randint(1, 150_000), value_day=VALUE_DAY,
                          bank_reference=self.reference())
        )  # fmt: skip
        self.note(self.scene.sent, said, "event")

    def hold(self):
        said = self.do(c.HoldPayout(market="two", party=self.chance.choice(PARTIES), currency="EUR",
                                    amount_minor=self.chance.randint(1, 50_000), reason="a drill"))  # fmt: skip
        self.note(self.scene.payments, said, "payment")

    def move(self):
        if self.scene.payments:
            payment = self.chance.choice(self.scene.payments[-8:])
            acts = (c.ReleasePayment(payment=payment, value_day=VALUE_DAY), c.FreePayout(payment=payment),
                    c.ReturnPayment(payment=payment, reason="a drill"))  # fmt: skip
            self.do(self.chance.choice(acts))

    def reverse(self):
        if self.scene.sent:
            event = self.chance.choice(self.scene.sent[-4:])
            self.by_two(c.ReverseEvent(market="two", event=event, reason="a drill"))

    def note(self, where: list, said: Said, name: str) -> None:
        """Keep what later acts are about."""
        if said.answer is not None:
            where.append(said.inner[name])

    # --- documents and collateral -------------------------------------------------------------

    def issue(self):
        said = self.do(c.IssueDocuments(market="two", first_day=DAY, last_day=DAY + timedelta(days=365)))
        self.scene.bills += (said.answer or {}).get("documents", [])

    def interest(self):
        self.do(c.ChargeInterest(market="two", until=self.scene.today - timedelta(days=1)))

    def cash(self):
        of = self.chance.choice((c.DepositCollateral, c.ReleaseCollateral))
        command = money(self.chance.randint(1, 400_000_000), self.reference(), self.chance.choice((SELLER, THIRD)), of)
        return self.by_two(command) if of is c.ReleaseCollateral else self.do(command)

    def cover(self):
        name = f"G-{self.chance.randrange(12)}"
        if self.chance.random() < 0.6:
            self.do(guarantee(self.chance.randint(1, 10_000), name, last="2028-01-01"))
        else:
            self.do(c.EndGuarantee(market="two", reference=name, reason="a drill"))


ACTS = {
    "finalise": 5, "settle": 5, "resettle": 4, "correct": 2, "receive": 8, "send": 5, "hold": 2, "move": 4,
    "reverse": 2, "issue": 4, "interest": 2, "cash": 4, "cover": 2,
}  # fmt: skip
"""What callers do, and how often against each other."""
