"""A market that moves money, for drills: sessions of one hour by day, documents, fixings and collateral."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from tests.service.border.stage import BUYER, DAY, SELLER, THIRD, gate_of, set_clock
from tests.service.clearing.stage import Clearing, fixing
from tests.service.clearing.test_collateral import curve, money
from tests.service.clearing.test_documents import documents, with_documents
from tests.service.two_states import documents as sent

from walras.service import commands as c
from walras.service.roles import SYSTEM, Actor, Role
from walras.service.store import users
from walras.service.work import Work

ROME = ZoneInfo("Europe/Rome")
ORDERS = ((SELLER, "North", "supply", 10.0, 60.0), (THIRD, "South", "supply", 50.0, 40.0),
          (BUYER, "South", "demand", 80.0, 80.0))  # fmt: skip
"""In one hour the buyer owes 4,000.00 EUR and fees, in dollars; both sellers are owed."""
PLENTY = 10**9


class Treasury(Clearing):
    """Three officers and three members; bills are due at once, so that they bear interest from the next day on."""

    def __init__(self, store, secrets, **changes):
        super().__init__(store, secrets)
        set_ = {"documents": documents(due={"days": 0, "countries": ["SI"]}), "collateral": {}} | changes
        with_documents(self)
        self.set_terms(**set_)
        with store.write() as connection:
            work = Work(connection, store.clock, SYSTEM, secrets)
            third = users.add_user(work, "OP", Role.OPERATOR, "Ada Example", "ada@example.invalid", work.now())
            work.finish()
        self.officers = [Actor(Role.OPERATOR, u, "OP") for u in (self.users["OP"], self.users["OP-2"], third)]
        self.members = {m: Actor(Role.MEMBER, self.users[m], m) for m in (SELLER, BUYER, THIRD)}
        self.bank()
        self.bank("main-eur", "EUR")
        for member in (BUYER, SELLER):
            self.act(money(PLENTY, f"first {member}", member))
        self.act(c.ReceivePayment(market="two", party="operator/S-0001", bank="main-eur", currency="EUR",
                                  amount_minor=PLENTY, value_day="2027-03-05", bank_reference="lent"))  # fmt: skip
        self.days = 0

    def act(self, command, officer=0):
        """Carry out a command at once, a critical one by two officers."""
        answer = self.dispatch.do(self.officers[officer], command)
        if answer.get("state") != "waiting" or "proposal" not in answer:
            return answer
        return self.dispatch.do(self.officers[officer - 1], c.ApproveProposal(proposal=answer["proposal"]))["answer"]

    def send(self, member, session, *orders):
        """Send orders of a member."""
        command = c.SubmitOrders(session=session, orders=tuple(sent(*orders)))
        return self.door.submit(self.members[member], command, None).result(60)

    def next_open(self, *, moves_clock=True):
        """Return a new live session of the next day, open, and its day; the clock stands three hours before its gate.

        Unless `moves_clock`, it stands where it stood: before the gate of the day before.
        """
        day = DAY + timedelta(days=self.days)
        self.days += 1
        if moves_clock:
            set_clock(self.store, gate_of(day) - timedelta(hours=3))
        session = self.act(c.ScheduleSession(market="two", delivery_day=day, name="da"))["session"]
        self.act(c.OpenSession(session=session))
        return session, day

    def past_gate(self, day):
        """Set the clock to the gate of a day."""
        set_clock(self.store, gate_of(day))

    def cleared(self, *orders):
        """Return a new session with a preliminary result, and its day."""
        session, day = self.next_open()
        for n, (member, zone, side, price, mw) in enumerate(orders or ORDERS):
            self.send(member, session, curve(f"O-{n}", side, price, mw, zone=zone, day=day))
        self.past_gate(day)
        self.act(c.CloseSession(session=session))
        assert self.run() == "done"
        set_clock(self.store, gate_of(day) + timedelta(minutes=90))
        return session, day

    def final(self):
        """Return a new session whose result is final and whose fixing is stored, and its day."""
        session, day = self.cleared()
        self.act(c.FinaliseSession(session=session))
        self.act(rate(day))
        return session, day


def rate(day, of=c.StoreFixing, rate="1.085"):
    """The rate of a day, made at 08:30 in Rome the day before."""
    before = day - timedelta(days=1)
    at = gate_of(day).replace(year=before.year, month=before.month, day=before.day, tzinfo=ROME, hour=8, minute=30)
    return fixing(rate, day=day, fixed_at=at.astimezone(UTC), of=of)
