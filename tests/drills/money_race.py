"""The race drill of settlement: two or more move the same money at the same moment, and one has it.

Each function below is one kind of race over what exists once: the first run of a session, a
reference of the bank, what a member is owed, the last of its collateral, a number of a document.
"""

import time
from collections import Counter
from datetime import date, timedelta

from sqlalchemy import func, select
from tests.drills.arena import Arena, Told
from tests.drills.lock_order import LockOrder
from tests.drills.treasury import BUYER, DAY, SELLER, THIRD, Treasury, rate
from tests.service.clearing.test_collateral import curve, money
from tests.service.two_states import documents

from walras.service import commands as c
from walras.service import submitted
from walras.service.clearing import due
from walras.service.clearing.collateral import room_of
from walras.service.clearing.inputs import Inputs
from walras.service.clock import moment
from walras.service.dispatch import Dispatch
from walras.service.roles import SYSTEM
from walras.service.store import collateral as stored
from walras.service.store import ledger
from walras.service.store import payments as payment_store
from walras.service.store import sessions as session_store
from walras.service.store.settlement_schema import bills, ledger_events, payments, settlement_runs
from walras.service.trail_check import flaws
from walras.settlement.books import replay
from walras.settlement.documents.numbering import broken_series, number_of

VALUE_DAY = date(2027, 3, 9)
BIT = 100_00
"""Minor units of which one party can have one."""


class MoneyArena(Arena):
    """An arena on a market that moves money; `unsettled` and `books` keep sessions that races have not used up."""

    def __enter__(self):
        self.market = Treasury(self.store, self.secrets, reruns=[]).__enter__()
        self.officers, self.plain = self.market.officers, Dispatch(self.store, self.secrets)
        self.members = self.market.members
        self.open_processes()
        self.longest, self.order = 0.0, LockOrder()
        for dispatch in self.dispatches if self.store.is_postgresql else ():
            self.order.watch(dispatch.store.engine)
        first, self.day = self.market.final()
        self.settled = [first]
        self.act(c.SettleSession(session=first))
        self.act(pay("member/" + THIRD, 10**8, "all at first"))  # it is owed more than any race takes
        return self

    def __exit__(self, *error):
        super().__exit__(*error)
        self.market.__exit__(*error)

    def _told(self, name, act) -> Told:
        begun = time.monotonic()
        told = super()._told(name, act)
        self.longest = max(self.longest, time.monotonic() - begun)
        return told

    def act(self, command):
        return self.market.act(command)

    def name(self, word: str) -> str:
        """Return a reference of the bank that this interleaving alone has."""
        return f"{word}-{self.number}"

    def approvals(self, *made):
        """Return acts: for each proposal an approval by an officer of its own, in processes by turns."""
        proposed = [self.plain.do(self.officers[0], one)["proposal"] for one in made]
        return [self.do(n, self.officers[1 + n % 2], c.ApproveProposal(proposal=p)) for n, p in enumerate(proposed)]

    def balance(self, account: str, currency: str = "EUR") -> int:
        with self.store.read() as connection:
            return ledger.balance(connection, "two", account, currency)

    def free(self, member: str) -> int:
        """Return the headroom of a member, open books among it."""
        with self.store.read() as connection:
            position = stored.positions(connection, self.secrets, [(member, "two")])[member, "two"]
            return room_of(connection, "two", "EUR", position, self.store.clock.now(connection)).free

    def has_just(self, member: str, minor: int) -> None:
        """Move cash until so much of a member's collateral is free."""
        more = minor - self.free(member)
        if more:
            of = c.DepositCollateral if more > 0 else c.ReleaseCollateral
            self.act(money(abs(more), self.name(f"just {member}"), member, of))

    def sends(self, n: int, member: str, session: str, day, name: str = "A", price: float = 10.0):
        """Return an act: a buyer of 10 MW in one hour, which binds 100.00 EUR at a price of 10."""
        order = curve(name, price=price, mw=10.0, day=day)
        return self.do(n, self.members[member], c.SubmitOrders(session=session, orders=tuple(documents(order))))


def pay(party, amount, reference, currency="EUR", bank="main-eur", of=c.ReceivePayment, **more):
    """Money in or out."""
    said = {"party": party, "bank": bank, "currency": currency, "amount_minor": amount, "value_day": VALUE_DAY}
    return of(market="two", bank_reference=reference, **said, **more)


# --- runs of settlement --------------------------------------------------------------------


def settle(arena: MoneyArena, chance) -> list[str]:
    """An officer of each process and the clock settle the same session; or a first run meets a rerun."""
    session, _ = arena.market.final()
    first = c.SettleSession(session=session)
    way = chance.randrange(3)
    acts = [arena.do(n, arena.officers[n], first) for n in range(2)]
    if way == 1:
        acts += [lambda n=n: [t for t in due.tick(arena.dispatches[n]) if t.session == session] for n in range(2)]
    if way == 2:
        acts.append(arena.do(1, arena.officers[2], c.ResettleSession(session=session, name="again", reason="a drill")))
    told = arena.at_once(*acts)
    found = _failures(told)
    won = [t for t in told[:2] if t.is_done] + [t for t in told[2:] if way == 1 and t.answer]
    if len(won) != 1 or any(t.rules - {"settled_once"} for t in told[:2]):
        found.append(f"they were told {told}")
    if way == 2 and told[2].rules - {"settled_before"}:
        found.append(f"the rerun was told {told[2]}")
    names = ["initial", "again"] if way == 2 and told[2].is_done else ["initial"]
    arena.settled.append(session)
    return found + _runs(arena, session, names)


def rerun(arena: MoneyArena, chance) -> list[str]:
    """Two reruns of one name, and one of another, while the fixing that they read is corrected."""
    session = arena.settled[-1]
    with arena.store.read() as connection:
        day = date.fromisoformat(session_store.get(connection, session).delivery_day)
        before = connection.scalar(select(func.count()).where(settlement_runs.c.session == session))
    same, other = arena.name("same"), arena.name("other")
    again = [c.ResettleSession(session=session, name=n, reason="a drill") for n in (same, same, other)]
    acts = [arena.do(n, arena.officers[n], one) for n, one in enumerate(again)]
    acts += arena.approvals(rate(day, c.CorrectFixing, f"1.{chance.randrange(50, 130):03d}"))
    told = arena.at_once(*acts)
    found = _failures(told) + _one_won(told[:2], {"run_once"})
    if not told[2].is_done or not told[3].is_done:
        found.append(f"they were told {told[2:]}")
    with arena.store.read() as connection:
        names = list(connection.scalars(select(settlement_runs.c.name).where(settlement_runs.c.session == session)))
    if len(names) != before + 2 or Counter(names)[same] != 1 or Counter(names)[other] != 1:
        found.append(f"its runs are {names}")
    return found


# --- payments ------------------------------------------------------------------------------


def same_reference(arena: MoneyArena, chance) -> list[str]:
    """Several book one movement of the bank: as a payment of one party or another, or as collateral."""
    reference = arena.name("same")
    ways = [pay(f"member/{SELLER}", BIT, reference), pay(f"member/{THIRD}", BIT, reference),
            pay(f"member/{SELLER}", BIT, reference, is_blocked=True), money(BIT, reference, SELLER),
            c.ContributeDefaultFund(**dict(money(BIT, reference, SELLER)))]  # fmt: skip
    made = [chance.choice(ways) for _ in range(chance.randint(2, 4))]
    before = -arena.balance("bank/main-eur")
    told = arena.at_once(*(arena.do(n, arena.officers[n % 3], one) for n, one in enumerate(made)))
    more = -arena.balance("bank/main-eur") - before
    return _one_won(told, {"payment_once"}) + ([] if more == BIT else [f"the bank holds {more} more"])


def same_proposal(arena: MoneyArena, chance) -> list[str]:
    """Two officers approve one payment out, and now and then a third turns it down."""
    command = pay(f"member/{THIRD}", BIT, arena.name("out"), of=c.SendPayment)
    number = arena.plain.do(arena.officers[0], command)["proposal"]
    acts = [arena.do(n, arena.officers[1 + n], c.ApproveProposal(proposal=number)) for n in range(2)]
    if chance.random() < 0.3:
        acts.append(arena.do(0, arena.officers[0], c.RejectProposal(proposal=number, reason="a drill")))
    before = -arena.balance("bank/main-eur")
    told = arena.at_once(*acts)
    less = before + arena.balance("bank/main-eur")
    went = any(t.is_done for t in told[:2])
    return _one_won(told, {"proposal_waiting"}) + ([] if less == BIT * went else [f"the bank holds {less} less"])


def owed_once(arena: MoneyArena, chance) -> list[str]:
    """Two payments out, or one and a hold, of which what is owed covers one alone."""
    party = "operator/S-0002"
    short = BIT - arena.balance(party)
    if short > 0:
        arena.act(pay(party, short, arena.name("owed")))
    owed = arena.balance(party)
    amounts = [owed - chance.randrange(owed // 2) for _ in range(2)]
    acts = arena.approvals(*(pay(party, a, arena.name(f"out {n}"), of=c.SendPayment) for n, a in enumerate(amounts)))
    if chance.random() < 0.4:
        hold = c.HoldPayout(market="two", party=party, currency="EUR", amount_minor=amounts[1], reason="a drill")
        acts[1] = arena.do(1, arena.officers[2], hold)
    told = arena.at_once(*acts)
    left = arena.balance(party)
    return _one_won(told, {"payment_owed"}) + ([] if left >= 0 else [f"{party} owes {-left}"])


def moved_once(arena: MoneyArena, chance) -> list[str]:
    """A payment that is held is released, returned, or both, by several at once; or a payment out is taken back."""
    if chance.random() < 0.4:
        sent = arena.act(pay(f"member/{THIRD}", BIT, arena.name("back"), of=c.SendPayment))
        back = c.ReverseEvent(market="two", event=sent["event"], reason="a drill")
        before = arena.balance(f"member/{THIRD}")
        told = arena.at_once(*arena.approvals(back, back))
        more = arena.balance(f"member/{THIRD}") - before
        return _one_won(told, {"reversed_once"}) + ([] if more == BIT else [f"{more} came back"])
    held = arena.act(pay(f"member/{SELLER}", BIT, arena.name("held"), is_blocked=True))["payment"]
    release = c.ReleasePayment(payment=held, value_day=VALUE_DAY)
    back = c.ReturnPayment(payment=held, reason="a drill")
    made = [chance.choice((release, back)) for _ in range(3)]
    told = arena.at_once(*(arena.do(n, arena.officers[n], one) for n, one in enumerate(made)))
    done = [type(one) for one, t in zip(made, told, strict=True) if t.is_done]
    found = _failures(told) + [f"refused by {t.rules}" for t in told if t.rules - {"payment_state"}]
    with arena.store.read() as connection:
        state = payment_store.get(connection, held).state
    want = "returned" if back in made else "counted"
    if state != want or Counter(done)[c.ReleasePayment] > 1 or Counter(done)[c.ReturnPayment] != (want == "returned"):
        found.append(f"it is {state}, they were told {told}")
    return found


def same_key(arena: MoneyArena, chance) -> list[str]:
    """One key comes several times at once."""
    command, key = pay(f"member/{THIRD}", BIT, arena.name("key")), arena.name("key")
    many = chance.randint(2, 4)
    told = arena.at_once(*(arena.do(n, arena.officers[0], command, key) for n in range(many)))
    same = all(t.is_done and t.answer == told[0].answer for t in told)
    with arena.store.read() as connection:
        booked = connection.scalar(select(func.count()).where(payments.c.bank_reference == command.bank_reference))
    return [] if same and booked == 1 else [f"booked {booked} times, they were told {told}"]


# --- documents -----------------------------------------------------------------------------


def issue(arena: MoneyArena, chance) -> list[str]:
    """Documents of the same days, and late interest, are asked for by several at once, while a payment comes."""
    session, day = arena.market.final()
    arena.act(c.SettleSession(session=session))
    arena.settled.append(session)
    of = c.IssueDocuments(market="two", first_day=DAY, last_day=max(day, DAY))
    acts = [arena.do(n, arena.officers[n], of) for n in range(2)]
    if chance.random() < 0.5:
        acts.append(arena.do(1, arena.officers[2], pay(f"member/{BUYER}", BIT, arena.name("in"), "USD", "main-usd")))
    if chance.random() < 0.5:
        charge = c.ChargeInterest(market="two", until=_today(arena) - timedelta(days=1))
        acts += [arena.do(n, arena.officers[n], charge) for n in range(2)]
    told = arena.at_once(*acts)
    found = _failures(told) + [f"refused by {t.rules}" for t in told if t.rules]
    lists = [t.answer["documents"] for t in told if t.is_done and "documents" in t.answer]
    if sum(bool(one) for one in lists[:2]) != 1 or sum(bool(one) for one in lists[2:]) > 1:
        found.append(f"documents were written twice: {lists}")
    numbers = [n for one in lists for n in one]
    with arena.store.read() as connection:
        held = list(connection.scalars(select(bills.c.number)))
    found += [m.what for m in broken_series(map(number_of, held))]
    return found + ([] if len(set(numbers)) == len(numbers) and set(numbers) <= set(held) else [f"numbers {numbers}"])


def _today(arena) -> date:
    with arena.store.read() as connection:
        return moment(arena.store.clock.now(connection)).date()


# --- collateral ----------------------------------------------------------------------------


def last_unit(arena: MoneyArena, chance) -> list[str]:
    """The last of a member's collateral is bound by an order in one session or in the other."""
    (one, day), (other, after) = arena.market.next_open(), arena.market.next_open(moves_clock=False)
    arena.has_just(SELLER, BIT)
    told = arena.at_once(arena.sends(0, SELLER, one, day), arena.sends(1, SELLER, other, after))
    found = _one_won(told, {"collateral"})
    if arena.free(SELLER) != 0:
        found.append(f"{arena.free(SELLER)} are free")
    return found + _emptied(arena, SELLER, one, other)


def release_or_order(arena: MoneyArena, chance) -> list[str]:
    """The last of a member's collateral is given back, or bound by an order; a guarantee may end instead."""
    session, day = arena.market.next_open()
    given = arena.name("G") if chance.random() < 0.4 else ""
    if given:
        arena.has_just(SELLER, 0)
        said = {"market": "two", "member": SELLER, "currency": "EUR", "amount_minor": BIT, "guarantor": "A bank"}
        arena.act(c.FileGuarantee(reference=given, valid_from="2027-03-01", valid_to="2030-01-01", **said))
        goes = [arena.do(0, arena.officers[1], c.EndGuarantee(market="two", reference=given, reason="a drill"))]
    else:
        arena.has_just(SELLER, BIT)
        goes = arena.approvals(money(BIT, arena.name("gone"), SELLER, c.ReleaseCollateral))
    told = arena.at_once(arena.sends(1, SELLER, session, day), *goes)
    found = _failures(told)
    if sum(t.is_done for t in told) != 1 or told[0].rules - {"collateral"} or told[1].rules - {"collateral_bound"}:
        found.append(f"they were told {told}")
    if arena.free(SELLER) != 0:
        found.append(f"{arena.free(SELLER)} are free")
    found += _emptied(arena, SELLER, session)
    if given and not told[1].is_done:
        arena.act(c.EndGuarantee(market="two", reference=given, reason="the drill goes on"))
    return found


def withdrawal_or_gate(arena: MoneyArena, chance) -> list[str]:
    """An order is taken back, or a dearer one sent, at the moment at which the gate closes."""
    session, day = arena.market.next_open()
    arena.has_just(SELLER, 3 * BIT)
    arena.sends(0, SELLER, session, day)()
    arena.market.past_gate(day)
    with arena.store.read() as connection:  # the gate is past for everybody: some are in before the row is held
        gate_at = session_store.get(connection, session).gate_at
        arena.store.clock.ahead -= arena.store.clock.now(connection) - gate_at + chance.randrange(60_000)
    back = arena.do(0, arena.members[SELLER], c.WithdrawOrders(session=session, names=("A",)))
    more = arena.sends(1, SELLER, session, day, "B")
    told = arena.at_once(back, more, *(lambda n=n: _closed(arena, n, session) for n in range(2)))
    found = _failures(told) + [f"refused by {t.rules}" for t in told[:2] if t.rules - {"gate_open"}]
    found += _one_won(told[2:], {"session_moves"})
    bound = BIT * (not told[0].is_done) + BIT * told[1].is_done
    if 3 * BIT - arena.free(SELLER) != bound:
        found.append(f"{3 * BIT - arena.free(SELLER)} are bound, {bound} by what they were told: {told}")
    if arena.market.run() != "done":
        found.append("its run was not done")
    return found + _settled(arena, session, day)


def _closed(arena: MoneyArena, n: int, session: str):
    """Close a session as soon as its time has come."""
    while True:
        try:
            return arena.dispatches[n].do(SYSTEM, c.CloseSession(session=session))
        except Exception as error:
            if "session_time" not in {m.rule for m in getattr(error, "mistakes", ())}:
                raise


def _settled(arena: MoneyArena, session: str, day) -> list[str]:
    """Go on to a settlement, while an order for the next day is sent: nothing is bound here any more."""
    arena.market.past_gate(day)
    arena.store.clock.ahead += 90 * 60 * 10**6
    arena.act(c.FinaliseSession(session=session))
    arena.act(rate(day))
    after, next_day = arena.market.next_open()
    told = arena.at_once(
        arena.do(0, arena.officers[0], c.SettleSession(session=session)), arena.sends(1, SELLER, after, next_day)
    )
    found = [] if told[0].is_done and told[1].is_done else [f"they were told {told}"]
    arena.settled.append(session)
    return found + _runs(arena, session, ["initial"]) + _emptied(arena, SELLER, after)


def _emptied(arena: MoneyArena, member: str, *opened: str) -> list[str]:
    """Take back every order of a member, and see that nothing stays bound."""
    for session in opened:
        command = c.WithdrawOrders(session=session, is_all=True)
        arena.doors[0].submit(arena.members[member], command, None).result(60)
    with arena.store.read() as connection:
        position = stored.positions(connection, arena.secrets, [(member, "two")])[member, "two"]
    return [f"{r.minor} stay bound in {s}" for s, r in position.reserved.items() if r.minor and s in opened]


# --- everything ----------------------------------------------------------------------------


def throng(arena: MoneyArena, chance) -> list[str]:
    """Eight acts of all kinds in one market: none may fail, and none may wait for another for ever."""
    session, day = arena.market.final()
    after, next_day = arena.market.next_open()
    arena.has_just(SELLER, 5 * BIT)
    officers = arena.officers
    acts = [
        arena.do(0, officers[0], c.SettleSession(session=session)),
        arena.do(1, officers[1], c.IssueDocuments(market="two", first_day=DAY, last_day=day)),
        arena.do(0, officers[2], pay(f"member/{BUYER}", BIT, arena.name("in"), "USD", "main-usd")),
        arena.do(1, officers[0], money(BIT, arena.name("more"), SELLER)),
        arena.sends(0, SELLER, after, next_day),
        arena.sends(1, SELLER, after, next_day, "B"),
        *arena.approvals(money(BIT, arena.name("less"), SELLER, c.ReleaseCollateral),
                         rate(day, c.CorrectFixing, f"1.{chance.randrange(50, 130):03d}")),
    ]  # fmt: skip
    chance.shuffle(acts)
    told = arena.at_once(*acts)
    arena.settled.append(session)
    found = _failures(told) + [f"refused by {t.rules}" for t in told if t.rules]
    if arena.free(SELLER) != 3 * BIT:
        found.append(f"{arena.free(SELLER)} are free")
    return found + _runs(arena, session, ["initial"]) + _emptied(arena, SELLER, after)


RACES = (settle, same_reference, owed_once, last_unit, rerun, same_proposal, release_or_order, issue, moved_once,
         withdrawal_or_gate, same_key, throng)  # fmt: skip


def drill(arena: MoneyArena, many: int, first_seed: int) -> tuple[Counter[str], list[str]]:
    """Run so many interleavings; return how many of each kind, and what went wrong, with its seed."""
    counts: Counter[str] = Counter()
    found: list[str] = []
    for seed in range(first_seed, first_seed + many):
        race = RACES[seed % len(RACES)]
        counts[race.__name__] += 1
        wrong = [f"race {race.__name__}, seed {seed}: {one}" for one in race(arena, arena.begin(seed))]
        found += wrong
        for one in wrong:
            print(one, flush=True)
    with arena.store.read() as connection:
        found += [f"trail: {f}" for f in flaws(connection, arena.secrets, submitted)]
        events = connection.execute(select(ledger_events.c.kind, ledger_events.c.reference)).all()
        again = list(replay(ledger.events(connection, "two"), Inputs(connection, arena.secrets)))
        if again != ledger.entries(connection, "two", limit=10**6):
            found.append("its events lead to another ledger")
        sums = Counter()
        for (_, currency), minor in ledger.balances(connection, "two").items():
            sums[currency] += minor
    found += [f"{currency} sums to {minor}" for currency, minor in sums.items() if minor]
    twice = [f"{e} is booked {n} times" for e, n in Counter(map(tuple, events)).items() if n > 1]
    return counts, found + [t for t in twice if "settlement" not in t] + sorted(arena.order.complaints)


def _runs(arena: MoneyArena, session: str, names: list[str]) -> list[str]:
    r = settlement_runs.c
    with arena.store.read() as connection:
        held = list(connection.scalars(select(r.name).where(r.session == session).order_by(r.run)))
    return [] if held == names else [f"the runs of {session} are {held}"]


def _failures(told: list[Told]) -> list[str]:
    return [t.failure for t in told if t.failure]


def _one_won(told: list[Told], rules: set[str]) -> list[str]:
    """Return what is wrong unless exactly one was done and every other was refused by one of these rules."""
    lost = [t for t in told if not t.is_done]
    if len(told) - len(lost) == 1 and all(t.rules and t.rules <= rules for t in lost):
        return []
    return [f"they were told {told}"]
