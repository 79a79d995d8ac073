"""Bilateral contracts: registered by one, confirmed by the other, changed, ended; refused with rule and fix."""

from datetime import UTC, datetime, timedelta

from tests.service.border.stage import (
    BUYER,
    DAY,
    LONG_DAY,
    NORTH,
    SELLER,
    SOUTH,
    THIRD,
    Border,
    definition,
    figures,
    profile,
    refused,
    starts,
)  # fmt: skip

from walras.service import commands as c
from walras.service import queries as q
from walras.service.roles import Role


def entries(border):
    return border.client("OP").ask(q.ListCapacityEntries(market="two"))["items"]


def test_a_contract_reserves_at_once_and_is_confirmed_by_the_other_party(border):
    border.permit()
    contract = border.register(10.0)
    assert border.free() == [40.0] * 24
    assert border.capacity("IT-SI")["forward"]["allocated_mw"] == {"bilateral": [10.0] * 24}
    for who in (SELLER, BUYER, NORTH, SOUTH):
        assert [n["contract"] for n in border.notices(who, "contract registered")] == [contract]
    assert [x["waits_for"] for x in border.client(SELLER).ask(q.ListContracts(market="two"))["items"]] == [BUYER]
    before = border.client(BUYER).ask(q.GetContract(contract=contract))
    assert (before["waits_for"], before["mw"], before["change_until"]) == (BUYER, [], before["confirm_until"])
    assert border.do(BUYER, c.ConfirmContract(contract=contract))["state"] == "confirmed"
    assert [n["contract"] for n in border.notices(SELLER, "contract confirmed")] == [contract]
    found = border.client(BUYER).ask(q.GetContract(contract=contract))
    assert (found["state"], found["versions"][0]["state"], sum(found["versions"][0]["mw"])) == (
        "confirmed", "agreed", 240.0,
    )  # fmt: skip
    assert (found["waits_for"], sum(found["mw"]), found["minutes"]) == (None, 240.0, 60)
    assert found["first_day"] == found["last_day"] == DAY.isoformat()


def test_a_third_party_neither_confirms_nor_looks(border):
    border.permit()
    contract = border.register()
    before = entries(border)
    for who, rule in ((THIRD, "contract_party"), (SELLER, "contract_other_party")):
        with refused(rule):
            border.do(who, c.ConfirmContract(contract=contract))
    with refused("contract_party"):
        border.client(THIRD).ask(q.GetContract(contract=contract))
    assert border.client(THIRD).ask(q.ListContracts(market="two"))["items"] == []
    assert entries(border) == before


def test_without_room_a_contract_is_refused_and_says_where(border):
    border.permit(most_mw=100.0)
    border.contract(30.0)
    before = entries(border)
    with refused("capacity_free") as problem:
        border.register(20.1)
    assert "20 MW are free" in problem.value.mistakes[0].what
    assert entries(border) == before


def test_beyond_the_permit_or_without_one_a_contract_is_refused(border):
    with refused("permit_covers"):
        border.register(1.0)
    border.permit(most_mw=25.0)
    border.contract(20.0)
    with refused("permit_covers") as problem:
        border.register(5.1)
    assert "is permitted 25 MW and would use 25.1 MW" in problem.value.mistakes[0].what
    with refused("permit_overlaps"):
        border.permit(most_mw=99.0)
    border.register(5.0)


def test_the_other_party_or_a_system_operator_refuses(border):
    border.permit()
    for who in (BUYER, SOUTH):
        contract = border.register(10.0)
        assert border.do(who, c.RefuseContract(contract=contract, reason="no"))["state"] == "refused"
        assert border.free() == [50.0] * 24
        with refused("contract_state"):
            border.do(BUYER, c.ConfirmContract(contract=contract))
    with refused("contract_party"):
        border.do(THIRD, c.RefuseContract(contract=border.register(), reason="no"))


def test_more_volume_is_reserved_when_proposed_and_less_is_freed_when_confirmed(border):
    border.permit()
    contract = border.contract(10.0)
    change = c.ChangeContract(contract=contract, volumes=profile(15.0)[:2] + profile(5.0)[2:])
    border.do(BUYER, change)
    assert border.free() == [35.0] * 2 + [40.0] * 22
    with refused("one_change"):
        border.do(SELLER, change)
    with refused("contract_other_party"):
        border.do(BUYER, c.ConfirmContract(contract=contract))
    border.do(SELLER, c.ConfirmContract(contract=contract))
    assert border.free() == [35.0] * 2 + [45.0] * 22
    border.do(SELLER, c.ChangeContract(contract=contract, volumes=profile(40.0)))
    border.do(BUYER, c.RefuseContract(contract=contract, reason="too much"))
    assert border.free() == [35.0] * 2 + [45.0] * 22, "refused: as it was before"


def test_a_termination_frees_what_is_to_come_and_never_lies_in_the_past(border):
    last = DAY + timedelta(days=2)
    border.permit(last=last)
    days = [DAY + timedelta(days=n) for n in range(3)]
    contract = border.contract(10.0, volumes=sum((profile(10.0, d) for d in days), ()))
    past, soon = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 3, 6, tzinfo=UTC)
    with refused("contract_to_come"):
        border.do(SELLER, c.TerminateContract(contract=contract, end=past, reason="over"))
    with refused("termination_notice"):
        border.do(SELLER, c.TerminateContract(contract=contract, end=soon, reason="over"))
    border.do(SELLER, c.TerminateContract(contract=contract, end=starts(days[1])[0], reason="over"))
    assert [border.free(day=d)[0] for d in days] == [40.0, 50.0, 50.0]
    assert border.notices(BUYER, "contract terminated")[0]["contract"] == contract


def test_what_is_not_confirmed_in_time_lapses(border):
    border.permit()
    contract = border.register(10.0)
    border.at(datetime(2027, 3, 8, 8, 30, tzinfo=UTC))  # 72 hours and a half later
    with refused("confirmation_due"):
        border.do(BUYER, c.ConfirmContract(contract=contract))
    assert border.tick() >= 1
    assert border.free() == [50.0] * 24
    assert border.client(SELLER).ask(q.GetContract(contract=contract))["state"] == "lapsed"
    assert border.tick() == 0


def test_a_right_is_used_by_contracts_and_what_they_give_back_is_its_own_again(border):
    right = border.by_two(c.GrantRight(market="two", holder=SELLER, element="IT-SI", direction="forward", mw=45.0,
                                       valid_from=DAY, valid_to=DAY))["right"]  # fmt: skip
    border.permit(most_mw=50.0)
    assert border.free() == [5.0] * 24
    contract = border.contract(30.0, right=right)
    assert border.free() == [5.0] * 24, "the right held it already"
    with refused("right_holds"):
        border.register(15.1, right=right)  # 45 less 30
    with refused("right_fits"):
        border.register(1.0, right=right, direction="backward")
    border.do(SELLER, c.TerminateContract(contract=contract, end=starts()[12], reason="half a day"))
    held = border.capacity("N-S")["forward"]["allocated_mw"]
    assert held == {"long_term": [45.0] * 24}
    assert border.free() == [5.0] * 24


def test_a_substitution_reserves_both_points_or_none(sqlite_store, secrets):
    line = definition()["lines"][0]
    lines = [line, line | {"line": "N-S 2", "capacity_backward_mw": 8.0}]
    with Border(sqlite_store, secrets, lines=lines, cross_sections=[]) as border:
        border.permit(element="N-S")
        border.permit(element="N-S 2", direction="backward")
        legs = (({"element": "N-S", "direction": "forward"},), ({"element": "N-S 2", "direction": "backward"},))
        with refused("capacity_free"):
            border.register(9.0, legs=legs)
        assert border.free("N-S") == [50.0] * 24
        contract = border.register(8.0, legs=legs)
        assert (border.free("N-S"), border.free("N-S 2", "backward")) == ([42.0] * 24, [0.0] * 24)
        assert border.client(SELLER).ask(q.GetContract(contract=contract))["kind"] == "substitution"


def test_wheeling_crosses_several_borders_that_join(sqlite_store, secrets):
    base = definition()
    zones = [*base["zones"], {"zone": "East", "country": "HR", "system_operator": SOUTH}]
    grids = [*base["grids"], base["grids"][0] | {"zone": "East"}]
    line = base["lines"][0]
    lines = [line, line | {"line": "S-E", "from_zone": "South", "to_zone": "East", "capacity_forward_mw": 12.0}]
    with Border(sqlite_store, secrets, zones=zones, grids=grids, lines=lines) as border:
        border.permit()
        border.do(SOUTH, c.GrantPermit(market="two", holder=SELLER, element="S-E", direction="forward", most_mw=40.0,
                                       valid_from=DAY, valid_to=DAY))  # fmt: skip
        way = ({"element": "IT-SI", "direction": "forward"}, {"element": "S-E", "direction": "forward"})
        with refused("path_joins"):
            border.register(1.0, legs=(way[::-1],))
        with refused("capacity_free") as problem:
            border.register(13.0, legs=(way,))
        assert {m.where.split()[0] for m in problem.value.mistakes} == {"S-E"}
        border.register(12.0, legs=(way,))
        assert (border.free(), border.free("S-E")) == ([38.0] * 24, [0.0] * 24)


def test_what_does_not_fit_the_day_is_refused(small_border):
    border = small_border
    border.permit()
    with refused("mtu_of_element"):
        border.register(volumes=(c.Volume(start=starts()[0], minutes=30, mw=1.0),))
    with refused("periods_ordered"):
        border.register(volumes=profile(1.0)[:1] * 2)
    with refused("quantity_not_negative", "quantity_tick"):
        border.register(volumes=(c.Volume(start=starts()[0], mw=-1.0), c.Volume(start=starts()[1], mw=0.00001)))
    with refused("periods_to_come"):
        border.register(volumes=(c.Volume(start=datetime(2027, 3, 1, tzinfo=UTC), mw=1.0),))
    with refused("time_zone"):
        border.register(volumes=(c.Volume(start=datetime(2027, 3, 10), mw=1.0),))
    with refused("element_known"):
        border.register(element="N-X")
    with refused("contract_parties"):
        border.register(other=SELLER)
    with refused("member_active"):
        border.register(other=NORTH)
    with refused("contract_volume"):
        border.register(0.0)
    with refused("contract_known"):
        border.do(SELLER, c.ConfirmContract(contract="C-9999"))
    assert entries(border) == []


def test_a_market_whose_profile_has_no_registrar_refuses_contracts(sqlite_store, secrets):
    with Border(sqlite_store, secrets, profile="european") as border, refused("bilateral_off"):
        border.register(1.0)


def test_a_day_of_25_hours_has_25_figures(small_border):
    border = small_border
    border.at(datetime(2027, 10, 25, 8, tzinfo=UTC))
    with refused("capacity_mtus") as problem:
        short = figures(day=LONG_DAY).model_copy(update={"mtus": figures(day=LONG_DAY).mtus[:24]})
        border.do(NORTH, c.SubmitCapacity(market="two", delivery_day=LONG_DAY, figures=(short,)))
    assert "24 MTUs are given and the day has 25" in problem.value.mistakes[0].what
    border.declare(NORTH, day=LONG_DAY)
    border.permit(first=LONG_DAY, last=LONG_DAY)
    contract = border.contract(10.0, day=LONG_DAY)
    assert border.free(day=LONG_DAY) == [40.0] * 25
    with refused("schedule_mtus") as problem:
        border.do(SELLER, c.NominateSchedule(contract=contract, delivery_day=LONG_DAY,
                                             volumes=profile(10.0, LONG_DAY)[:24]))  # fmt: skip
    assert "24 MTUs are given and the day has 25" in problem.value.mistakes[0].what


def test_pages_of_contracts_go_on_past_those_that_a_system_operator_does_not_see(sqlite_store, secrets):
    base = definition()
    zones = [*base["zones"], {"zone": "East", "country": "HR"}]
    grids = [*base["grids"], base["grids"][0] | {"zone": "East"}]
    lines = [base["lines"][0], base["lines"][0] | {"line": "S-E", "from_zone": "South", "to_zone": "East"}]
    with Border(sqlite_store, secrets, zones=zones, grids=grids, lines=lines) as border:
        border.permit()
        border.do("R-0001", c.GrantPermit(market="two", holder=SELLER, element="S-E", direction="forward",
                                          most_mw=40.0, valid_from=DAY, valid_to=DAY))  # fmt: skip
        names = [border.register(1.0, element=e) for e in ("S-E", "S-E", "IT-SI")]
        assert [r["contract"] for r in border.client(NORTH).pages(q.ListContracts(market="two", limit=1))] == names[2:]
        assert [r["contract"] for r in border.client(SOUTH).pages(q.ListContracts(market="two", limit=1))] == names


def test_parties_have_rights_in_the_market_and_are_active(small_border):
    border = small_border
    border._add("M-0004", Role.MEMBER)
    border.permit()
    with refused("member_admitted"):
        border.register(1.0, other="M-0004")
    contract = border.contract(1.0)
    border.do("OP", c.SuspendCompany(company=SELLER, reason="a margin call"))
    with refused("member_active"):
        border.do(SELLER, c.NominateSchedule(contract=contract, delivery_day=DAY, volumes=profile(1.0)))
