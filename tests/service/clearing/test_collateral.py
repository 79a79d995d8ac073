"""Collateral at the door: orders that bind too much are refused, and everything that binds or frees is told."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

import pytest
from sqlalchemy import select, update
from tests.service.border.stage import BUYER, DAY, SELLER, THIRD, gate_of, refused, starts
from tests.service.clearing.stage import Clearing, fixing
from tests.service.intake.filled import table_zip
from tests.service.two_states import documents

from walras.service import commands as c
from walras.service import queries as q
from walras.service.batch import Entry, prepare, write
from walras.service.clearing.inputs import Inputs
from walras.service.door import Door
from walras.service.intake.kinds import MEDIA_OF
from walras.service.intake.payload import encode
from walras.service.intake.tables import tables_of
from walras.service.roles import Actor, Role
from walras.service.store import collateral as stored
from walras.service.store import ledger
from walras.service.store.sessions import get as get_session
from walras.service.store.settlement_schema import covers, margin_calls, reservations, submission_exposures
from walras.settlement.books import replay

ASKED = {"payment_currencies": [], "fixings": [], "fees": [], "collateral": {}}


@pytest.fixture
def bound(small_clearing):
    """A market that asks for collateral, its session open, with a bank account in euros."""
    return asking(small_clearing)


def asking(clearing, **collateral):
    clearing.set_terms(**(ASKED | {"collateral": {"guarantee_days": 0} | collateral}))
    clearing.bank("main-eur", "EUR")
    clearing.session = clearing.opened()
    return clearing


def curve(name="O", side="demand", price=50.0, mw=10.0, hours=1, zone="South", day=DAY):
    mtus = [{"mtu_start": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "steps": [{"price_per_mwh": price, "quantity_mw": mw}]}
            for at in starts(day)[:hours]]  # fmt: skip
    return {"family": "curve", "order": name, "zone": zone, "carrier": "electricity", "side": side, "mtus": mtus}


def block(name, price, mw, **more):
    legs = [{"mtu_start": starts()[0].strftime("%Y-%m-%dT%H:%M:%SZ"), "quantity_mw": mw}]
    place = {"family": "block", "order": name, "zone": "South", "carrier": "electricity", "side": "demand"}
    return place | {"price_per_mwh": price, "min_acceptance_ratio": 1.0, "legs": legs} | more


def send(clearing, *orders, who=BUYER, session=None):
    """Send orders and return the mistakes, none if they were taken."""
    body = {"session": session or clearing.session, "orders": list(orders)}
    answer = clearing.send("/commands/submit-orders", json.dumps(body).encode(), who)
    return [] if answer.status_code == 200 else answer.json()["mistakes"]


def take_back(clearing, *names, who=BUYER):
    clearing.do(who, c.WithdrawOrders(session=clearing.session, names=names))


def money(amount, reference="C-1", member=BUYER, of=c.DepositCollateral, **more):
    said = {"market": "two", "member": member, "bank": "main-eur", "currency": "EUR", "amount_minor": amount,
            "value_day": "2027-03-05", "bank_reference": reference}  # fmt: skip
    return of(**(said | more))


def guarantee(amount, reference="G-1", first="2027-03-01", last="2027-03-31", member=BUYER):
    return c.FileGuarantee(market="two", member=member, reference=reference, currency="EUR", amount_minor=amount,
                           valid_from=first, valid_to=last, guarantor="A bank")  # fmt: skip


def room(clearing, who=BUYER, member=None):
    found = clearing.client(who).ask(q.GetHeadroom(market="two", member=member))["items"]
    return found[0] if len(found) == 1 else found


def test_an_order_without_collateral_is_refused_and_says_how_much_is_missing(bound):
    (mistake,) = send(bound, curve(price=50.0, mw=10.0))
    assert (mistake["rule"], mistake["where"]) == ("collateral", f"session {bound.session}")
    assert mistake["what"] == (
        "500.00 EUR of collateral are missing: the orders bind 500.00 EUR more, free are 0.00 EUR"
    )
    assert mistake["fix"] == "Give 500.00 EUR of collateral, or send orders that may owe less."
    assert bound.client(BUYER).ask(q.ListOrders(session=bound.session))["items"] == []
    assert send(bound, curve(side="supply"), who=SELLER) == []  # a seller above zero binds nothing


def test_a_check_says_what_orders_would_bind_and_that_the_door_would_refuse_them(bound):
    file = table_zip(tables_of(documents(curve(price=50.0, mw=10.0))))

    def check():
        kind = {"Content-Type": MEDIA_OF["parquet"]}
        return bound.send(f"/sessions/{bound.session}/checks?kind=csv", file, BUYER, **kind).json()

    said = check()
    assert (said["exposure_minor"], said["would_be_taken"]) == (500_00, False)
    assert [m["rule"] for m in said["refusals"]] == ["collateral"]
    bound.do("OP", money(500_00))
    assert check()["would_be_taken"]
    assert room(bound)["headroom_minor"] == 500_00, "a check binds nothing"


def test_deposits_bind_free_and_replace(bound):
    bound.do("OP", money(600_00))
    assert send(bound, curve("A", price=50.0)) == []
    assert (room(bound)["reserved_minor"], room(bound)["headroom_minor"]) == (500_00, 100_00)
    assert send(bound, curve("B", price=11.0))[0]["what"].startswith("10.00 EUR of collateral are missing")
    assert send(bound, curve("A", price=60.0)) == []  # in place of 500: 100 more
    assert room(bound)["headroom_minor"] == 0
    assert send(bound, curve("A", price=55.0), curve("B", price=5.0)) == []
    assert room(bound)["headroom_minor"] == 0
    take_back(bound, "A")
    assert room(bound)["reserved_minor"] == 50_00
    take_back(bound, "B")
    assert room(bound)["headroom_minor"] == 600_00


def test_a_family_is_bound_and_freed_whole(bound):
    bound.do("OP", money(600_00))
    family = [block("P", 30.0, 10.0), block("C", 20.0, 10.0, parents=["P"])]
    assert send(bound, *family) == []
    assert room(bound)["reserved_minor"] == 500_00
    assert send(bound, block("P", 30.0, 10.0), block("C", 31.0, 10.0, parents=["P"]))[0]["rule"] == "collateral"
    group = [block(name, price, 10.0, group="G") for name, price in (("P", 40.0), ("C", 60.0))]
    assert send(bound, *group) == []
    assert room(bound)["reserved_minor"] == 600_00
    take_back(bound, "C", "P")
    assert room(bound)["reserved_minor"] == 0
    assert bound.flaws() == []


def test_two_sessions_share_what_is_free(bound):
    bound.do("OP", money(700_00))
    second = bound.opened(name="db")
    assert send(bound, curve(price=50.0)) == []
    assert send(bound, curve(price=25.0), session=second)[0]["what"].startswith("50.00 EUR of collateral")
    assert send(bound, curve(price=20.0), session=second) == []
    bound.by_two(c.CancelSession(session=bound.session, reason="a test"))
    assert room(bound)["reserved_minor"] == 200_00
    assert send(bound, curve(price=70.0), session=second) == []
    assert bound.flaws() == []


def test_two_members_of_one_batch_do_not_share_what_is_free(bound):
    entries = []
    for who in (BUYER, THIRD):
        bound.do("OP", money(500_00, f"C-{who}", member=who))
        actor = Actor(Role.MEMBER, bound.users[who], who, bound.keys[who].split("_")[1])
        orders = documents(curve(price=50.0))
        entries.append(Entry(actor, bound.session, orders, None, who, content=encode(orders), digest=who))
    prepare(bound.store, entries)
    write(bound.store, bound.secrets, entries)
    assert [e.error for e in entries] == [None, None]
    assert [room(bound, who)["headroom_minor"] for who in (BUYER, THIRD)] == [0, 0]


def test_a_guarantee_that_ends_between_two_gates_covers_neither(bound):
    bound.do("OP", money(500_00))
    bound.do("OP", guarantee(600_00, last="2027-03-09"))
    later = bound.opened(day=date(2027, 3, 11))
    assert send(bound, curve(price=50.0, day=date(2027, 3, 11)), session=later) == []
    assert send(bound, curve(price=40.0))[0]["what"].startswith("400.00 EUR of collateral are missing")


def test_a_guarantee_lasts_until_the_debt_of_a_gate_is_settled(small_clearing):
    """The gate is on 9 March; what ends before the 16th covers none of it, unless the terms say fewer days."""
    asking(small_clearing, guarantee_days=7)
    small_clearing.do("OP", guarantee(600_00, last="2027-03-15"))
    assert send(small_clearing, curve())[0]["rule"] == "collateral"
    small_clearing.do("OP", guarantee(600_00, "G-2", last="2027-03-16"))
    assert send(small_clearing, curve()) == []
    with refused("collateral_bound"):
        small_clearing.do("OP", c.EndGuarantee(market="two", reference="G-2", reason="a test"))


def test_orders_of_a_file_bind_as_documents_do(bound):
    bound.do("OP", money(600_00))
    tables = {n: t for n, t in tables_of(documents(curve(price=50.0))).items() if t.height}
    data, path = table_zip(tables, "parquet"), f"/sessions/{bound.session}/files?kind=parquet"
    assert bound.send(path, data, BUYER, **{"Content-Type": MEDIA_OF["parquet"]}).status_code == 200
    assert room(bound)["reserved_minor"] == 500_00
    assert send(bound, curve("O", price=60.0)) == []
    assert room(bound)["reserved_minor"] == 600_00
    assert bound.flaws() == []


def test_only_live_sessions_bind(bound):
    other = bound.opened(name="x", kind="dry_run")
    assert send(bound, curve(), session=other) == []
    assert room(bound)["reserved_minor"] == 0


def test_exposure_stands_nowhere_in_plain_and_an_open_book_is_sealed_to_the_operator(bound):
    bound.do("OP", money(600_00))
    assert send(bound, curve(price=50.0)) == []
    with bound.store.read() as connection:
        sealed = connection.scalar(select(reservations.c.sealed)) + connection.scalar(
            select(submission_exposures.c.sealed)
        )
    assert b"50000" not in sealed
    for who in ("OP", "R-0001"):
        seen = room(bound, who, BUYER)
        assert (seen["reserved_minor"], seen["headroom_minor"]) == (0, 600_00)
        assert seen["sessions"] == [{"session": bound.session, "reserved_minor": None, "is_sealed": True}]
    with refused("own_company"):
        room(bound, SELLER, BUYER)
    with refused("collateral_bound") as problem:
        bound.by_two(money(200_00, "C-2", of=c.ReleaseCollateral))
    assert "500" not in str(problem.value)
    bound.at(gate_of())
    bound.do("OP", c.CloseSession(session=bound.session))
    assert room(bound, "OP", BUYER)["reserved_minor"] == 500_00


def test_the_length_of_a_sealed_sum_says_nothing_of_it():
    short, long = (stored.hidden(b"k" * 32, "S", "M-0001", minor, "reserved") for minor in (1, 10**15))
    assert len(short) == len(long)
    assert stored.shown(b"k" * 32, "S", "M-0001", short, "reserved") == 1


def test_default_orders_that_bind_too_much_are_left_out_at_the_gate(bound):
    bound.do("OP", money(300_00, member=THIRD))
    for who in (BUYER, THIRD):
        left = {"market": "two", "day": str(DAY), "orders": [curve(price=30.0)]}
        assert bound.send("/commands/set-default-orders", json.dumps(left).encode(), who).status_code == 200
    bound.at(gate_of())
    bound.do("OP", c.CloseSession(session=bound.session))
    assert room(bound, "OP", THIRD)["reserved_minor"] == 300_00
    assert bound.client("OP").ask(q.ListOrders(session=bound.session, member=BUYER))["items"] == []
    assert "300.00 EUR of collateral are missing" in bound.notices(BUYER, "default orders left out")[0]["why"]


def test_default_orders_that_are_left_out_tell_nobody_else_what_open_books_bind(bound):
    """Cash is 600.00 and known; with what is free it would tell the 500.00 of the session that is still open."""
    bound.do("OP", money(600_00))
    assert send(bound, curve(price=50.0), session=bound.opened(name="db")) == []
    left = {"market": "two", "day": str(DAY), "orders": [curve(price=30.0)]}
    assert bound.send("/commands/set-default-orders", json.dumps(left).encode(), BUYER).status_code == 200
    bound.at(gate_of())
    bound.do("OP", c.CloseSession(session=bound.session))
    trail = bound.client("OP").ask(q.ListTrail(stream=bound.session))["items"]
    (said,) = [row["body"] for row in trail if row["act"] == "default orders left out"]
    assert said == {"member": BUYER, "why": "they bind more collateral than is free\n  rule: collateral"}
    assert "free are 100.00 EUR" in bound.notices(BUYER, "default orders left out")[0]["why"]


def test_a_settled_session_owes_instead_of_binding(bound):
    bound.do("OP", money(600_00))
    assert send(bound, curve(price=60.0)) == []
    assert send(bound, curve(side="supply", price=40.0, mw=100.0), who=SELLER) == []
    bound.at(gate_of())
    bound.do("OP", c.CloseSession(session=bound.session))
    assert bound.run() == "done"
    bound.final(bound.session)
    assert room(bound)["reserved_minor"] == 600_00
    bound.do("OP", c.SettleSession(session=bound.session))
    assert (room(bound)["reserved_minor"], room(bound)["debt_minor"]) == (0, 400_00)
    bound.pay(400_00, bank="main-eur", currency="EUR")
    bound.by_two(money(600_00, "C-2", of=c.ReleaseCollateral))
    assert room(bound)["headroom_minor"] == 0
    assert bound.flaws() == []


def test_a_guarantee_counts_only_if_it_lasts_until_the_gate(bound):
    bound.do("OP", guarantee(600_00, last="2027-03-08"))
    assert send(bound, curve())[0]["rule"] == "collateral"
    bound.do("OP", guarantee(300_00, "G-2", last="2027-03-09"))
    bound.do("OP", c.AcceptSetOff(market="two", member=BUYER, reference="S-2", currency="EUR", amount_minor=200_00,
                                  valid_from="2027-03-01", valid_to="2027-03-31", claim="a claim"))  # fmt: skip
    assert send(bound, curve()) == []
    with refused("collateral_bound"):
        bound.do("OP", c.EndGuarantee(market="two", reference="S-2", reason="a test"))
    take_back(bound, "O")
    bound.do("OP", c.EndGuarantee(market="two", reference="S-2", reason="a test"))
    bound.do("OP", c.EndGuarantee(market="two", reference="G-2", reason="a test"))
    assert bound.balances() == {("guarantee/M-0002", "EUR"): 600_00, ("guarantor/M-0002", "EUR"): -600_00}
    with refused("cover_known"):
        bound.do("OP", c.EndGuarantee(market="two", reference="G-2", reason="again"))
    assert bound.flaws() == []


def test_a_margin_call_asks_for_what_is_missing_and_is_met(bound):
    bound.do("OP", guarantee(600_00, last="2027-03-09"))
    with refused("margin_due"):
        bound.do("OP", c.CallMargin(market="two", member=BUYER))
    assert send(bound, curve(price=60.0)) == []
    bound.at(gate_of())
    bound.do("OP", c.CloseSession(session=bound.session))
    bound.at(starts()[3])  # the guarantee is over
    call = bound.do("OP", c.CallMargin(market="two", member=BUYER))
    assert (call["amount_minor"], bound.notices(BUYER, "margin called")[0]["amount_minor"]) == (600_00, 600_00)
    with refused("margin_due"):
        bound.do("OP", c.CallMargin(market="two", member=BUYER))
    bound.at(datetime.fromisoformat(call["due_at"]))
    again = bound.do("OP", c.CallMargin(market="two", member=BUYER))
    assert again["amount_minor"] == 600_00
    bound.do("OP", money(599_99))
    shown = bound.client(BUYER).ask(q.ListMarginCalls(market="two"))["items"]
    assert [s["state"] for s in shown] == ["open", "open"]
    assert bound.do("OP", money(1, "C-2"))["calls_met"] == [call["call"], again["call"]]
    assert bound.client(SELLER).ask(q.ListMarginCalls(market="two"))["items"] == []
    assert bound.flaws() == []


def test_a_settlement_calls_for_what_fees_leave_uncovered(small_clearing):
    """A buyer bound to its last cent pays 60.00 a MWh and a fee of 4.00: 40.00 are missing."""
    small_clearing.set_terms(**(ASKED | {"fees": [{"name": "trading", "per_mwh": "4"}]}))
    bound = small_clearing
    bound.bank("main-eur", "EUR")
    bound.session = bound.opened()
    bound.do("OP", money(600_00))
    assert send(bound, curve(price=60.0)) == []
    assert send(bound, curve(side="supply", price=60.0, mw=100.0), who=SELLER) == []
    bound.at(gate_of())
    bound.do("OP", c.CloseSession(session=bound.session))
    assert bound.run() == "done"
    bound.final(bound.session)
    bound.clock()
    assert [n["amount_minor"] for n in bound.notices(BUYER, "margin called")] == [40_00]
    assert bound.notices(SELLER, "margin called") == []
    bound.pay(40_00, bank="main-eur", currency="EUR")
    assert bound.client(BUYER).ask(q.ListMarginCalls(market="two"))["items"][0]["state"] == "met"
    assert bound.flaws() == []


def test_a_debt_in_another_currency_binds_at_the_newest_fixing(clearing):
    """A buyer that pays in dollars: 108.50 USD for 100.00 EUR."""
    clearing.set_terms(fees=[], collateral={})
    clearing.bank("main-eur", "EUR")
    clearing.session = clearing.opened()
    clearing.do("OP", money(600_00))
    assert send(clearing, curve(price=60.0)) == []
    assert send(clearing, curve(side="supply", price=40.0, mw=100.0), who=SELLER) == []
    clearing.at(gate_of())
    clearing.do("OP", c.CloseSession(session=clearing.session))
    assert clearing.run() == "done"
    clearing.final(clearing.session)
    clearing.do("OP", fixing())
    clearing.do("OP", c.SettleSession(session=clearing.session))
    assert clearing.balances()["member/M-0002", "USD"] == -434_00
    assert (room(clearing)["debt_minor"], room(clearing)["headroom_minor"]) == (400_00, 200_00)
    answer = clearing.by_two(c.DeclareDefault(market="two", member=BUYER, reason="it did not pay"))
    assert answer["rows"] == [["cash", "collateral/M-0002", 400_00]]
    assert clearing.balances() == {
        ("bank/main-eur", "EUR"): -600_00, ("collateral/M-0002", "EUR"): 200_00, ("member/M-0001", "EUR"): 400_00,
    }  # fmt: skip
    with clearing.store.read() as connection:
        again = replay(ledger.events(connection, "two"), Inputs(connection, clearing.secrets))
        assert list(again) == ledger.entries(connection, "two", limit=10**6)
    assert clearing.flaws() == []


BAD = [
    (money(5, member="M-0009"), "member_admitted"),
    (money(5, bank="none"), "bank_known"),
    (money(5, currency="USD"), "bank_currency"),
    (money(5, value_day="2029-01-01"), "value_day"),
    (guarantee(5, first="2027-03-31", last="2027-03-01"), "cover_validity"),
    (c.EndGuarantee(market="two", reference="none", reason="a test"), "cover_known"),
    (money(5, of=c.CollectGuarantee), "guarantor_owes"),
]


def test_what_cannot_be_is_refused_and_the_ledger_is_untouched(bound):
    for command, rule in BAD:
        with refused(rule):
            bound.do("OP", command)
    assert bound.entries() == []


def test_money_and_guarantees_are_booked_once(bound):
    bound.do("OP", money(5_00))
    for command in (money(6_00), money(5_00, of=c.ContributeDefaultFund)):
        with refused("payment_once"):
            bound.do("OP", command)
    euros = {"bank": "main-eur", "currency": "EUR", "value_day": "2027-03-05"}
    with refused("payment_once"):  # what came as collateral came as no payment too
        bound.pay(5_00, reference="C-1", **euros)
    bound.pay(5_00, reference="R-1", **euros)
    with refused("payment_once"):
        bound.do("OP", money(5_00, "R-1"))
    bound.do("OP", guarantee(5_00))
    with refused("cover_once"):
        bound.do("OP", guarantee(6_00))
    with refused("collateral_held"):
        bound.by_two(money(6_00, "C-2", of=c.ReleaseCollateral))


def test_terms_are_checked_and_stand_while_orders_count_by_them(bound):
    places = [{"zone": z, "price": "40"} for z in ("North", "South")]
    with refused("reference_price"):
        bound.set_terms(first=date(2027, 3, 20), **(ASKED | {"collateral": {"formula": "reference_price"}}))
    for wrong in ({"multiplier": "-1"}, {"difference_allowance": "9" * 30}, {"buffer": "9" * 30}):
        with refused("collateral_formula"):
            bound.set_terms(first=date(2027, 3, 20), **(ASKED | {"collateral": wrong}))
    with refused("reference_price"):
        far = {"formula": "reference_price", "reference": [{"zone": z, "price": "9" * 30} for z in ("North", "South")]}
        bound.set_terms(first=date(2027, 3, 20), **(ASKED | {"collateral": far}))
    with refused("collateral_in_use"):
        bound.set_terms(**(ASKED | {"collateral": {"netting": "none"}}))
    bound.set_terms(**(ASKED | {"collateral": {"due_hours": 2}}))
    later = {"formula": "reference_price", "reference": places, "multiplier": "3/2"}
    bound.set_terms(first=date(2027, 3, 11), **(ASKED | {"collateral": later}))
    session = bound.opened(day=date(2027, 3, 11))
    assert send(bound, curve(price=1.0, day=date(2027, 3, 11)), session=session)[0]["what"].startswith("600.00 EUR")


def test_one_changed_value_of_collateral_is_found(bound):
    bound.do("OP", guarantee(600_00, last="2027-03-09"))
    assert send(bound, curve(price=60.0)) == []
    assert send(bound, curve(price=50.0)) == []
    bound.at(gate_of())
    bound.do("OP", c.CloseSession(session=bound.session))
    bound.at(starts()[3])
    bound.do("OP", c.CallMargin(market="two", member=BUYER))
    assert bound.flaws() == []
    missed, tables = [], (reservations, submission_exposures, covers, margin_calls)
    for table, column in ((t, col) for t in tables for col in t.columns if not col.foreign_keys and col.name != "id"):
        with bound.store.write() as connection:
            held = connection.scalar(select(column))
            other = held[:-1] + bytes([held[-1] ^ 1]) if isinstance(held, bytes) else (
                held + 1 if isinstance(held, int) else 1 if held is None else f"{held[:-1]}x")  # fmt: skip
            connection.execute(update(table).values({column.name: other}))
        missed += [] if bound.flaws() else [f"{table.name}.{column.name}"]
        with bound.store.write() as connection:
            connection.execute(update(table).values({column.name: held}))
    assert missed == []


def test_a_sum_that_the_service_sealed_otherwise_is_found(bound):
    """Whoever has the master key and changes the trail's digest too is found by the orders that are live."""
    bound.do("OP", money(600_00))
    assert send(bound, curve(price=50.0)) == []
    with bound.store.read() as connection:
        session = get_session(connection, bound.session)
    key = bound.secrets.session_key(session.id, session.sealed_key)
    less = stored.hidden(key, session.id, BUYER, 1, "reserved")
    with bound.store.write() as connection:
        connection.execute(update(reservations).values(sealed=less))
    found = [str(f) for f in bound.flaws()]
    assert any("not the sum of what the live orders bind" in f for f in found), found


def test_of_two_orders_at_once_that_fit_alone_one_passes(clearing):
    """Two processes of the service, each with its door; ten rounds."""
    asking(clearing)
    clearing.do("OP", money(700_00))
    other = Door(clearing.dispatch, clearing.door.sign)
    other.start()
    actor = Actor(Role.MEMBER, clearing.users[BUYER], BUYER, clearing.keys[BUYER].split("_")[1])

    def one(door, name):
        command = c.SubmitOrders(session=clearing.session, orders=documents(curve(name, price=50.0)))
        try:
            door.submit(actor, command, None).result(30)
        except Exception as error:
            return [m.rule for m in error.mistakes]
        return []

    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            found = [*pool.map(one, (clearing.door, other), ("A", "B"))]
            assert sorted(found) == [[], ["collateral"]]
            clearing.do(BUYER, c.WithdrawOrders(session=clearing.session, is_all=True))
    other.stop()
    assert room(clearing)["reserved_minor"] == 0
    assert clearing.flaws() == []


def test_terms_of_settlement_without_collateral_bind_nothing(small_clearing):
    assert isinstance(small_clearing, Clearing)
    small_clearing.session = small_clearing.opened()
    assert send(small_clearing, curve()) == []
    with small_clearing.store.read() as connection:
        assert connection.execute(select(reservations)).all() == []
    with refused("collateral_terms"):
        small_clearing.do("OP", c.CallMargin(market="two", member=BUYER))
