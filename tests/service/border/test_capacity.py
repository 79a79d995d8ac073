"""Declared capacities: versions, deadlines, the lower of two sides, mismatches, curtailment, what auctions get."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.service.border.stage import (
    BUYER,
    DAY,
    NORTH,
    SELLER,
    SOUTH,
    THIRD,
    Border,
    definition,
    figures,
    gate_of,
    profile,
    refused,
)  # fmt: skip

from walras.service import commands as c
from walras.service import queries as q

DUE = datetime(2027, 3, 9, 9, tzinfo=UTC)
"""Ten in Rome on the day before."""


def both(border, north=40.0, south=30.0):
    border.declare(NORTH, forward=north)
    border.declare(SOUTH, forward=south)


def test_the_lower_side_holds_and_both_are_told_of_the_difference(border):
    assert border.declare(NORTH, forward=40.0)["mismatches"] == 0
    answer = border.declare(SOUTH, forward=30.0, reserve=2.5)
    assert answer["mismatches"] == 48, "27.5 against 40 forward, 47.5 against 50 backward"
    found = border.capacity(who=NORTH)
    assert (found["forward"]["agreed_mw"], found["backward"]["agreed_mw"]) == ([27.5] * 24, [47.5] * 24)
    south = next(s for s in found["sides"] if s["side"] == SOUTH)
    assert (south["version"], south["forward"]["permissible_mw"][0], south["forward"]["reserve_mw"][0]) == (
        1,
        30.0,
        2.5,
    )
    assert south["forward"]["criterion"][0] == "thermal"
    assert south["forward"]["decides"] == [True] * 24
    for side in (NORTH, SOUTH):
        (told,) = border.notices(side, "capacity mismatch")
        assert told["mtus"][0] == {"mtu_start": "2027-03-09T23:00Z", "direction": "forward", "agreed_mw": 27.5,
                                   NORTH: 40.0, SOUTH: 27.5}  # fmt: skip
    assert "sides" not in border.capacity(who=SELLER)
    assert border.declare(SOUTH, forward=40.0)["versions"] == {"N-S": 2}
    assert [d["version"] for d in border.client(NORTH).ask(
        q.ListDeclarations(market="two", delivery_day=DAY))["items"] if d["side"] == SOUTH] == [1, 2]  # fmt: skip


def test_the_least_criterion_is_the_largest_permissible_flow(border):
    mtus = tuple(
        m.model_copy(update={"forward_mw": (48.0, 35.0, 41.0), "backward_mw": (20.0, 35.0, 41.0)})
        for m in figures().mtus
    )
    criteria = ("thermal", "voltage", "stability")
    border.do(NORTH, c.SubmitCapacity(market="two", delivery_day=DAY, figures=(figures(criteria=criteria, mtus=mtus),)))
    north = border.capacity(who="OP")["sides"][0]
    assert (north["forward"]["permissible_mw"][5], north["forward"]["criterion"][5]) == (35.0, "voltage")
    assert (north["backward"]["permissible_mw"][5], north["backward"]["criterion"][5]) == (20.0, "thermal")


def test_figures_that_break_rules_are_refused_all_at_once(small_border):
    border = small_border

    def send(who=NORTH, day=DAY, **changes):
        return border.do(who, c.SubmitCapacity(market="two", delivery_day=day, figures=(figures(**changes),)))

    with refused("capacity_not_negative"):
        send(forward=-1.0)
    with refused("reserve_within"):
        send(reserve=51.0)
    with refused("element_known"):
        send(element="N-X")
    with refused("capacity_criteria"):
        send(criteria=("thermal", "voltage"))
    with refused("quantity_tick"):
        send(forward=0.00005)
    with refused("capacity_mtus"):
        send(mtus=figures().mtus[1:])
    with refused("capacity_mtus"):
        send(mtus=figures().mtus[::-1])
    wrong = (figures(forward=-1.0), figures(element="N-X"))
    with refused("capacity_not_negative", "element_known"):
        border.do(NORTH, c.SubmitCapacity(market="two", delivery_day=DAY, figures=wrong))
    with refused("role_may"):
        send(who=SELLER)
    border.at(DUE)
    with refused("capacity_deadline"):
        send()
    assert border.client("OP").ask(q.ListDeclarations(market="two", delivery_day=DAY))["items"] == []


def test_only_a_side_of_a_line_declares_it(sqlite_store, secrets):
    zones = [{"zone": "North", "country": "IT", "system_operator": NORTH}, {"zone": "South", "country": "SI"}]
    with Border(sqlite_store, secrets, zones=zones) as border:
        with refused("capacity_side"):
            border.declare(SOUTH)
        border.declare(NORTH, forward=10.0)
        assert border.capacity()["forward"]["agreed_mw"] == [10.0] * 24, "one side alone decides at its own line"


def test_a_silent_side_stands_for_the_standing_figure_and_is_told(border):
    border.declare(NORTH, forward=40.0)
    border.at(DUE + timedelta(minutes=1))
    assert border.tick() >= 1
    assert border.capacity()["forward"]["agreed_mw"] == [40.0] * 24
    assert border.notices(SOUTH, "capacity missing")[-1]["elements"] == ["N-S"]
    assert [n for n in border.notices(NORTH, "capacity missing") if n["delivery_day"] == str(DAY)] == []
    with refused("capacity_told"):
        border.do("OP", c.CloseCapacities(market="two", delivery_day=DAY))
    with refused("capacity_time"):
        border.do("OP", c.CloseCapacities(market="two", delivery_day=DAY + timedelta(days=3)))


def test_a_silent_side_stands_for_zero_where_the_profile_says_so(sqlite_store, secrets, monkeypatch):
    from dataclasses import replace

    from walras.service.handlers import capacity as handler

    usual = handler.load_door_rules
    monkeypatch.setattr(handler, "load_door_rules", lambda n, d: replace(usual(n, d), missing_capacity="zero"))
    with Border(sqlite_store, secrets) as border:
        border.permit()
        border.contract(10.0)
        border.declare(NORTH, forward=40.0)
        border.at(DUE)
        border.do("OP", c.CloseCapacities(market="two", delivery_day=DAY))
        assert border.capacity()["forward"]["agreed_mw"] == [0.0] * 24
        assert border.notices(SELLER, "capacity curtailed")[0]["mtus"][0]["after_mw"] == 0.0


def test_less_capacity_curtails_contracts_in_proportion_and_tells_them(border):
    border.permit(most_mw=50.0)
    first, second = border.contract(30.0), border.contract(10.0)
    answer = border.declare(NORTH, forward=20.0)
    assert answer["curtailed"] == [first, second]
    assert border.capacity()["forward"]["allocated_mw"] == {"bilateral": [20.0] * 24}
    told = {n["holder"]: n["mtus"][0] for n in border.notices(BUYER, "capacity curtailed")}
    assert (told[first]["before_mw"], told[first]["after_mw"]) == (30.0, 15.0)
    assert (told[second]["before_mw"], told[second]["after_mw"]) == (10.0, 5.0)
    acts = {e["act"] for e in border.client("OP").ask(q.ListCapacityEntries(market="two"))["items"]}
    assert "curtailed" in acts


def test_the_auction_gets_what_is_left_and_keeps_what_it_uses(border):
    border.permit()
    border.contract(10.0)
    both(border, 40.0, 30.0)
    session = border.opened()
    border.at(gate_of())
    border.tick()
    border.do("OP", c.CloseSession(session=session))
    assert border.free() == [0.0] * 24, "the auction holds what is left"
    assert border.capacity()["forward"]["allocated_mw"] == {"bilateral": [10.0] * 24, "day_ahead": [20.0] * 24}
    border.by_two(c.CancelSession(session=session, reason="no orders"))
    assert border.free() == [20.0] * 24


def test_a_whole_auction_flows_over_what_contracts_leave(border):
    border.permit()
    border.contract(10.0)
    both(border, 40.0, 30.0)
    session = border.auction((SELLER, "North", "supply", 10.0, 100.0), (BUYER, "South", "demand", 90.0, 100.0))
    assert border.capacity()["forward"]["allocated_mw"]["day_ahead"] == [20.0] * 24
    border.tick()
    border.final(session)
    assert border.schedules()["layers_mw"] == {"bilateral": [10.0] * 24, "day_ahead": [20.0] * 24}
    assert border.schedules("IT-SI")["planned_net_interchange_mw"] == [30.0] * 24
    assert border.capacity()["backward"]["free_mw"] == [50.0] * 24


def test_a_simulation_is_given_the_same_figures_and_holds_nothing(border):
    both(border)
    border.auction((SELLER, "North", "supply", 10.0, 100.0), kind="simulation")
    assert border.free() == [30.0] * 24


def test_what_an_auction_holds_is_no_longer_curtailed(small_border):
    border = small_border
    session = border.opened()
    border.by_two(c.CancelSession(session=session, reason="another gate"))
    early = border.by_two(c.ScheduleSession(market="two", delivery_day=DAY, name="early",
                                            opens_at=datetime(2027, 3, 5, tzinfo=UTC),
                                            gate_at=datetime(2027, 3, 5, 9, tzinfo=UTC)))["session"]  # fmt: skip
    border.do("OP", c.OpenSession(session=early))
    border.at(datetime(2027, 3, 5, 9, tzinfo=UTC))
    border.do("OP", c.CloseSession(session=early))
    with refused("capacity_firm"):
        border.declare(NORTH, forward=49.9)
    border.declare(NORTH, forward=60.0)
    assert border.capacity()["forward"]["agreed_mw"] == [50.0] * 24, "the other side still has the standing figure"


def test_transmission_that_is_no_trade_comes_first_and_is_firm(border):
    command = c.NotifyTransmission(market="two", reference="loop", element="IT-SI", direction="forward",
                                   volumes=profile(12.0))  # fmt: skip
    name = border.do(NORTH, command)["transmission"]
    assert border.free() == [38.0] * 24
    assert border.schedules()["layers_mw"] == {"transmission": [12.0] * 24}
    assert border.notices(SOUTH, "transmission notified")[0]["transmission"] == name
    with refused("capacity_free"):
        border.do(SOUTH, command.model_copy(update={"volumes": profile(38.1)}))
    with refused("capacity_firm"):
        border.declare(SOUTH, forward=11.0)


def test_transmission_is_withdrawn_on_days_that_are_still_open(border):
    later = DAY + timedelta(days=1)
    command = c.NotifyTransmission(market="two", reference="loop", element="IT-SI", direction="forward",
                                   volumes=profile(12.0) + profile(12.0, later))  # fmt: skip
    name = border.do(NORTH, command)["transmission"]
    border.at(datetime(2027, 3, 9, 10, 1, tzinfo=UTC))  # schedules of the first day are due
    with refused("transmission_known"):
        border.do(NORTH, c.WithdrawTransmission(transmission="T-0999", reason="a typing error"))
    border.do(SOUTH, c.WithdrawTransmission(transmission=name, reason="a typing error"))
    assert (border.free()[0], border.free(day=later)[0]) == (38.0, 50.0)
    assert border.notices(NORTH, "transmission withdrawn")[0]["reason"] == "a typing error"
    with refused("nomination_deadline"):
        border.do(NORTH, c.WithdrawTransmission(transmission=name, reason="again"))


def test_rights_are_given_by_two_officers_and_only_where_there_is_room(border):
    right = {"market": "two", "element": "N-S", "direction": "forward", "valid_from": DAY,
             "valid_to": DAY + timedelta(days=1)}  # fmt: skip
    border.by_two(c.GrantRight(holder=SELLER, mw=45.0, **right))
    assert border.free() == border.free(day=DAY + timedelta(days=1)) == [5.0] * 24
    proposed = border.do("OP", c.GrantRight(holder=BUYER, mw=5.1, **right))["proposal"]
    with refused("capacity_free"):
        border.client("OP-2").approve(proposed)
    assert [r["mw"] for r in border.client(SELLER).ask(q.ListCapacityRights(market="two"))["items"]] == [45.0]
    assert border.client(THIRD).ask(q.ListCapacityRights(market="two"))["items"] == []


@pytest.mark.parametrize(
    ("sections", "rule"),
    [
        ([{"lines": ["N-X"]}], "section_lines"),
        ([{"lines": ["N-S"], "from_area": "SI", "to_area": "IT"}], "section_areas"),
        ([{"lines": ["N-S"], "cross_section": "N-S"}], "element_unique"),
        ([{"lines": ["N-S"], "reversed_lines": ["N-S"]}], "section_areas"),
    ],
)
def test_cross_sections_that_cannot_be_are_refused(small_border, sections, rule):
    whole = [{"cross_section": "IT-SI", "kind": "interstate", "from_area": "IT", "to_area": "SI"} | s for s in sections]
    command = c.SetMarket(market="three", valid_from=DAY, definition=definition(cross_sections=whole))
    with refused(rule):  # by whoever wrote it, before a second officer sees it
        small_border.client("OP").do(command)


def test_a_version_of_the_market_keeps_what_was_given_away(border):
    border.permit()
    border.contract(30.0)

    def changed(**line):
        lines = [definition()["lines"][0] | line]
        sections = [definition()["cross_sections"][0] | {"lines": [lines[0]["line"]]}]
        return c.SetMarket(market="two", valid_from=DAY, definition=definition(lines=lines, cross_sections=sections))

    for command in (changed(capacity_forward_mw=29.9), changed(line="N-S 9")):
        proposed = border.do("OP", command)["proposal"]
        with refused("market_capacity_held"):
            border.client("OP-2").approve(proposed)
    border.by_two(changed(capacity_forward_mw=35.0))
    assert border.free() == [5.0] * 24
