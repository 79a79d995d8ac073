"""Contracts at the auction of a day, on paper: power from North to South over the line of 50 MW.

The contract is delivered in South and taken out in North. 480 MWh a day are 20 MW; 30 MW of the line are left
to the auction. North sells 60 MW at 10, South 50 MW at 60, and the buyer needs 70 MW in South at up to 80:

=====  =====  ==========================================================  ===================================
zone   price  sells                                                       buys
=====  =====  ==========================================================  ===================================
North  10     50 of 60                                                    20 of the seller (`:source`), 30 over
                                                                          the line
South  60     20 of the contract (`:firm`), 30 over the line, 20 at 60    70
=====  =====  ==========================================================  ===================================
"""

import io
import pickle
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update
from tests.service.border.stage import BUYER, DAY, NORTH, PRODUCTS, SELLER, SOUTH, THIRD, gate_of, refused
from tests.service.contracts.power import ORDERS, POWER, bilateral, book_of, nominate, offer, sound
from tests.service.contracts.test_trail import missed

from walras.errors import Problem
from walras.service import commands as c
from walras.service import queries as q
from walras.service.gate import held_loader
from walras.service.plan import Plan
from walras.service.store import sessions
from walras.service.store.supply_schema import session_supply, supply_flexibility, supply_versions


def test_a_nomination_takes_capacity_and_a_lower_one_gives_it_back(powered):
    assert powered.free() == [50.0] * 24
    nominate(powered)
    assert powered.free() == [30.0] * 24
    nominate(powered, "240")
    assert powered.free() == [40.0] * 24
    nominate(powered, "720")
    assert powered.free() == [20.0] * 24
    assert sound(powered)


def test_a_nomination_without_room_names_each_mtu_and_records_nothing(small_powered):
    small_powered.permit()
    small_powered.contract(40.0)
    with refused("capacity_free") as problem:
        nominate(small_powered)
    assert len(problem.value.mistakes) == 21  # twenty MTUs, and that there are four more
    assert small_powered.records() == []
    nominate(small_powered, "240")
    assert small_powered.free() == [0.0] * 24


def test_a_day_with_a_contract_from_its_nomination_to_its_allocation(powered):
    nominate(powered)
    session = powered.auction(*ORDERS)
    book = book_of(powered, session)
    assert [n for n in book.curves.name if ":" in n] == ["power:firm", "power:source"]
    assert book.lines.capacity_forward.tolist() == [30.0] * len(book.lines.capacity_forward)
    powered.final(session)
    assert [(r["kind"], r["body"].get("quantity")) for r in powered.records()] == [
        ("nomination", "480"), ("allocation", "480"),
    ]  # fmt: skip
    assert powered.records()[1]["body"]["by"] == "auction"
    assert powered.schedules()["planned_net_interchange_mw"] == [50.0] * 24
    assert sound(powered)


def test_bills_of_the_day_pay_the_contract_and_the_auction(powered):
    """The buyer sells 480 MWh in South at 60 and buys 70 MW there; the seller buys 480 MWh in North at 10."""
    nominate(powered)
    session = powered.auction(*ORDERS)
    powered.final(session)
    powered.do("OP", c.SettleSession(session=session))
    lines = powered.lines(session)["items"]
    energy = {(x["party"], x["zone"], x["side"]): 0 for x in lines if x["kind"] == "energy"}
    for x in lines:
        if x["kind"] == "energy":
            energy[x["party"], x["zone"], x["side"]] += x["amount_minor"]
    assert energy[f"member/{BUYER}", "South", "supply"] == 480 * 60_00
    assert energy[f"member/{BUYER}", "South", "demand"] == -70 * 24 * 60_00
    assert energy[f"member/{SELLER}", "North", "demand"] == -480 * 10_00
    assert sound(powered)


def test_flexibility_is_taken_where_it_is_cheaper_and_frees_what_it_does_not_use(powered):
    """Ten MW more at 50 are cheaper than the South's 60; ten at 70 are not, and their capacity is free again."""
    nominate(powered)
    assert offer(powered, ("240 MWh", "70"), ("240", "50"))["version"] == 1
    assert powered.free() == [10.0] * 24
    asked = q.GetSupplyFlexibility(agreement="SA-0001", contract="power", day=DAY)
    seen = powered.client(BUYER).ask(asked)
    steps = [(s["quantity"], s["mw"], s["price_per_mwh"]) for s in seen["steps"]]
    assert steps == [("240", 10, "50"), ("240", 10, "70")]
    assert (seen["nominated"], seen["nominated_mw"], seen["mw_of_one"]) == ("480", 20, 1 / 24)
    with refused("supply_agreement_known"):
        powered.client(THIRD).ask(asked)
    session = powered.auction(*ORDERS)
    assert "power:flexible" in book_of(powered, session).curves.name
    powered.final(session)
    assert powered.records()[-1]["body"]["quantity"] == "720"
    assert bilateral(powered) == [30.0]
    assert sound(powered)


def test_a_new_nomination_ends_the_flexibility_that_was_offered(small_powered):
    nominate(small_powered)
    offer(small_powered, ("240", "50"))
    assert small_powered.free() == [20.0] * 24
    nominate(small_powered, "480")
    assert small_powered.free() == [30.0] * 24
    session = small_powered.auction(*ORDERS)
    assert "power:flexible" not in book_of(small_powered, session).curves.name
    assert sound(small_powered)


def test_flexibility_without_steps_takes_it_back(small_powered):
    nominate(small_powered)
    offer(small_powered, ("240", "50"))
    offer(small_powered)
    assert small_powered.free() == [30.0] * 24


def test_each_offer_of_flexibility_that_is_wrong_is_refused(small_powered):
    nominate(small_powered)
    with refused("supply_steps"):
        offer(small_powered, *[("10", "50")] * 4)
    with refused("nomination_daily_maximum"):
        offer(small_powered, ("721", "50"))
    with refused("supply_step_amount"):
        offer(small_powered, ("0", "50"))
    with refused("quantity_unit"):
        offer(small_powered, ("1 t", "50"))
    with refused("supply_floor"):
        offer(small_powered, floor_per_mwh="20")
    with refused("contract_meets"):
        offer(small_powered, ("1", "50"), day=DAY.replace(month=5))
    with refused("supply_fact_by"):
        offer(small_powered, ("1", "50"), who=SELLER)
    with refused("supply_agreement_known"):
        offer(small_powered, ("1", "50"), who=THIRD)
    assert small_powered.free() == [30.0] * 24


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('line = "N-S"', 'line = "N-W"'),
        ('line = "N-S"\n', ""),
        ('line = "N-S"', 'line = "N-S"\nbackward = true'),
        ('source = "North"\n', 'source = "South"\n'),
        ('delivery = "South"', 'delivery = "West"'),
        ('source = "North"', 'source = "West"'),
        ('carrier = "electricity"\ndelivery', 'carrier = "gas"\ndelivery'),
        ('time_zone = "Europe/Rome"', 'time_zone = "Europe/Rome"\nday_starts = "06:30"'),
    ],
)
def test_a_contract_fits_the_market_that_it_meets(small_supply, old, new):
    with refused("supply_market_fits"):
        small_supply.propose(POWER.replace(old, new))


def test_a_contract_brings_no_more_than_its_members_may_send(small_powered):
    south = (("South", "electricity"),)
    small_powered.by_two(c.SetRights(company=SELLER, market="two", products=south))
    with refused("member_may_trade"):
        nominate(small_powered)
    small_powered.by_two(c.SetRights(company=SELLER, market="two", products=PRODUCTS))
    small_powered.by_two(c.SetRights(company=BUYER, market="two", products=PRODUCTS, most_mw=20.0))
    with refused("member_limit"):
        nominate(small_powered, "481")
    nominate(small_powered, "480")
    with refused("member_limit"):
        offer(small_powered, ("1", "50"))


def test_a_buyer_that_is_suspended_nominates_and_offers_nothing(small_powered):
    small_powered.do("OP", c.SuspendCompany(company=BUYER, reason="a test"))
    with refused("member_active"):
        nominate(small_powered)
    with refused("member_active"):
        offer(small_powered, ("1", "50"))


def test_figures_beyond_every_line_are_refused_and_not_reckoned_with(small_supply):
    text = POWER.replace("daily_maximum = 1200", 'daily_maximum = "900000000000"').replace(
        'line = "N-S"', 'line = "N-S"\nloss = "99.999999999999 %"'
    )
    small_supply.agree(text)
    for who in (SELLER, BUYER):
        small_supply.by_two(c.SetRights(company=who, market="two", products=PRODUCTS, most_mw=0))
    with refused("capacity_free"):
        nominate(small_supply)
    with refused("member_limit"):
        nominate(small_supply, "900000000000")


def test_a_text_that_was_damaged_holds_up_no_gate(small_powered):
    nominate(small_powered)
    with small_powered.store.write() as connection:
        connection.execute(update(supply_versions).values(text="nothing"))
    session = small_powered.auction(*ORDERS)
    assert not [n for n in book_of(small_powered, session).curves.name if ":" in n]
    assert not sound(small_powered)


def test_a_contract_does_not_end_before_what_is_offered_of_it(small_powered):
    offer(small_powered, ("240", "50"))
    with refused("supply_end_offered"):
        small_powered.propose(POWER.replace("2027-04-01", "2027-03-09"))
    with refused("supply_terms_changed"):
        small_powered.propose(POWER.replace("daily_maximum = 1200", "daily_maximum = 600"))
    offer(small_powered)
    small_powered.agree(POWER.replace("2027-04-01", "2027-03-09"))
    assert sound(small_powered)


def test_who_replays_a_session_replays_its_contracts(small_powered):
    nominate(small_powered)
    offer(small_powered, ("240", "50"))
    session = small_powered.auction(*ORDERS)
    small_powered.final(session)
    found = small_powered.client("R-0001").ask(q.GetReplay(session=session))
    assert {s["name"]: s["said"] for s in found["steps"] if s["verdict"] == "different"} == {}
    assert found["same"]


def test_a_book_with_contracts_goes_to_another_process(small_powered):
    nominate(small_powered)
    offer(small_powered, ("240", "50"))
    session = small_powered.auction(*ORDERS)
    with small_powered.store.read() as connection:
        held = held_loader(small_powered.secrets)(connection, sessions.get(connection, session))
    again = pickle.loads(pickle.dumps(held))
    assert again.book(Plan()).curves.name == held.book(Plan()).curves.name
    assert len(held.supply) == 1


def test_a_session_of_one_zone_alone_keeps_contracts_where_they_are(small_powered):
    nominate(small_powered)
    session = small_powered.auction(*ORDERS)
    with small_powered.store.read() as connection:
        held = held_loader(small_powered.secrets)(connection, sessions.get(connection, session))
    book = held.book(Plan("local", ("North", "South")))
    assert {"power:firm", "power:source"} <= set(book.curves.name)


def test_parties_hear_of_a_curtailment(small_powered):
    nominate(small_powered, "1200")
    small_powered.declare(NORTH, forward=20.0)
    for who in (SELLER, BUYER):
        (told,) = small_powered.notices(who, "capacity curtailed")
        assert told["holder"] == "supply power"
    assert small_powered.notices(THIRD, "capacity curtailed") == []
    assert bilateral(small_powered) == [20.0]
    assert sound(small_powered)


def test_what_is_not_firm_is_sold_at_its_floor_or_not_at_all(small_supply):
    """At 70 the contract's 20 MW are dearer than the South's own: nothing of it is allocated."""
    loose = POWER.replace("daily_maximum = 1200", "daily_maximum = 1200\nfirm = false")
    small_supply.agree(re.sub(r'(?m)^source = .*\n|, source = "[^"]*"', "", loose))
    nominate(small_supply)
    offer(small_supply, floor_per_mwh="70")
    session = small_supply.auction(*ORDERS)
    small_supply.final(session)
    assert small_supply.records()[-1]["body"]["quantity"] == "0"
    assert sound(small_supply)


def test_after_the_gate_nothing_is_nominated_or_offered(small_powered):
    nominate(small_powered)
    session = small_powered.opened()
    small_powered.at(gate_of())
    for closed in (False, True):
        with refused("supply_gate"):
            nominate(small_powered, "240")
        with refused("supply_gate"):
            offer(small_powered, ("240", "50"))
        if not closed:
            small_powered.do("OP", c.CloseSession(session=session))


def test_a_session_that_is_cancelled_frees_steps_and_keeps_what_is_nominated(powered):
    nominate(powered)
    offer(powered, ("240", "50"))
    session = powered.auction(*ORDERS)
    powered.by_two(c.CancelSession(session=session, reason="a test"))
    assert powered.free() == [30.0] * 24
    assert [r["kind"] for r in powered.records()] == ["nomination"]
    assert sound(powered)


def test_a_day_without_a_nomination_is_allocated_as_zero(small_powered):
    session = small_powered.auction(*ORDERS)
    assert not [n for n in book_of(small_powered, session).curves.name if ":" in n]
    small_powered.final(session)
    assert [(r["kind"], r["body"]["quantity"]) for r in small_powered.records()] == [("allocation", "0")]


def test_a_simulation_has_no_contracts_and_changes_nothing(small_powered):
    nominate(small_powered)
    session = small_powered.auction(*ORDERS, kind="simulation")
    assert not [n for n in book_of(small_powered, session).curves.name if ":" in n]
    assert small_powered.free() == [30.0] * 24


def test_an_allocation_that_the_journal_does_not_take_holds_up_no_result(small_supply):
    """Its year is stated before the auction is final: the trail and everybody in the agreement hear why."""
    small_supply.agree(POWER.replace("2027-03-01", "2027-03-10").replace("2027-04-01", "2027-03-11"))
    nominate(small_supply)
    session = small_supply.auction(*ORDERS)
    row = {"kind": "allocation", "contract": "power", "day": DAY.isoformat(), "quantity": "480"}
    small_supply.record(NORTH, row)
    small_supply.issue("final invoice", "2027-03", contract="power")
    small_supply.issue("annual statement", "2027", contract="power")
    assert small_supply.final(session)["state"] == "final"
    (told,) = small_supply.notices(BUYER, "supply not allocated")
    assert "year_closed" in told["why"][0]
    assert sound(small_supply)


def test_what_the_auction_says_comes_last_and_counts(small_powered):
    """The operator corrects the day before the result is final."""
    nominate(small_powered)
    session = small_powered.auction(*ORDERS)
    row = {"kind": "allocation", "contract": "power", "day": DAY.isoformat(), "quantity": "100"}
    small_powered.record(NORTH, row)
    small_powered.final(session)
    assert [r["body"]["quantity"] for r in small_powered.records()] == ["480", "100", "480"]


def test_of_two_nominations_at_once_the_line_carries_the_last(powered):
    """Two race for a line of 50 MW; whichever comes last holds, and no capacity is given away twice."""

    def send(quantity):
        try:
            return nominate(powered, quantity)["first"]
        except Problem as problem:
            return [m.rule for m in problem.mistakes]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(send, ("240", "480", "960", "1200")))
    assert sorted(found) == [1, 2, 3, 4]
    last = float(powered.records()[-1]["body"]["quantity"]) / 24
    assert powered.free() == [50.0 - last] * 24
    assert sound(powered)


def test_a_contract_and_a_supply_contract_share_what_the_line_has(powered):
    powered.permit()

    def register():
        try:
            return powered.register(40.0)
        except Problem as problem:
            return problem.mistakes[0].rule

    def supply():
        try:
            return str(nominate(powered)["first"])
        except Problem as problem:
            return problem.mistakes[0].rule

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.submit(register), pool.submit(supply)
        found = {one.result(), two.result()}
    assert "capacity_free" in found
    assert len(found) == 2


def test_one_byte_of_what_reaches_an_auction_is_found(small_powered):
    nominate(small_powered)
    offer(small_powered, ("240", "50"))
    session = small_powered.auction(*ORDERS)
    small_powered.final(session)
    assert small_powered.flaws() == []
    assert missed(small_powered, (session_supply, supply_flexibility)) == []


def test_system_operators_of_lines_hear_of_an_allocation(small_powered):
    nominate(small_powered)
    small_powered.final(small_powered.auction(*ORDERS))
    assert len(small_powered.notices(NORTH, "supply allocated")) == 1
    assert small_powered.notices(SOUTH, "supply allocated") == []


def test_flexibility_without_room_on_the_line_is_refused(small_powered):
    small_powered.permit()
    small_powered.contract(40.0)
    nominate(small_powered, "120")
    with refused("capacity_free"):
        offer(small_powered, ("240", "50"))
    assert small_powered.free() == [5.0] * 24


def test_orders_of_contracts_are_in_the_bundles_of_their_parties(small_powered):
    nominate(small_powered)
    session = small_powered.auction(*ORDERS)
    for who, order, other in ((BUYER, "power:firm", "power:source"), (SELLER, "power:source", "power:firm")):
        bundle = small_powered.get(f"/sessions/{session}/bundles/member", who)
        files = zipfile.ZipFile(io.BytesIO(bundle.content))
        said = b"".join(files.read(n) for n in files.namelist())
        assert order.encode() in said
        assert other.encode() not in said


def test_a_contract_of_a_suspended_party_has_no_orders(small_powered):
    """It was nominated for a month; nobody who may not send an order trades by what was said before."""
    nominate(small_powered)
    small_powered.do("OP", c.SuspendCompany(company=SELLER, reason="a test"))
    session = small_powered.auction(*ORDERS[1:])
    assert not [n for n in book_of(small_powered, session).curves.name if ":" in n]
    (told,) = small_powered.notices(BUYER, "supply left out")
    assert "is no active member" in told["why"][0]
    assert small_powered.final(session)["state"] == "final"
    assert [r["kind"] for r in small_powered.records()] == ["nomination"]
    assert sound(small_powered)


def test_a_contract_brings_its_parties_to_no_zone_that_is_closed_to_them(small_supply):
    rights = {"market": "two", "most_orders": 100, "most_steps": 100, "most_mw": 1000.0}
    small_supply.by_two(c.SetRights(company=BUYER, products=[("North", "electricity")], **rights))
    with refused("supply_party_admitted") as problem:
        small_supply.propose(POWER)
    assert [m.what for m in problem.value.mistakes] == ["M-0002 is not admitted to electricity in 'South'"]


def test_the_seller_takes_out_what_is_lost_on_the_way(small_supply):
    """480 MWh arrive in South of 500 that enter the line: 20.8 MW (20.83, down to the tick) are bought in North."""
    small_supply.agree(POWER.replace('line = "N-S"', 'line = "N-S"\nloss = "4 %"'))
    nominate(small_supply)
    assert small_supply.free() == [29.166] * 24
    book = book_of(small_supply, small_supply.auction(*ORDERS))
    steps = book.curves.quantity[book.curves.step_order == book.curves.name.index("power:source")]
    firm = book.curves.quantity[book.curves.step_order == book.curves.name.index("power:firm")]
    assert (set(steps.tolist()), set(firm.tolist())) == ({208}, {200})
