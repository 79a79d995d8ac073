"""Schedules: nominated from both sides, matched with the lower value, told where they differ, in sum the plan."""

from datetime import UTC, datetime, timedelta

from tests.service.border.stage import (
    BUYER,
    DAY,
    NORTH,
    SELLER,
    SOUTH,
    THIRD,
    Border,
    definition,
    gate_of,
    profile,
    refused,
)

from walras.service import commands as c
from walras.service import queries as q

DUE = datetime(2027, 3, 9, 10, tzinfo=UTC)
"""Eleven in Rome on the day before."""


def nominate(border, who, contract, mw, first=None):
    volumes = list(profile(mw))
    if first is not None:
        volumes[0] = volumes[0].model_copy(update={"mw": first})
    return border.do(who, c.NominateSchedule(contract=contract, delivery_day=DAY, volumes=tuple(volumes)))


def test_the_lower_of_two_nominations_is_scheduled_and_both_are_told(border):
    border.permit()
    contract = border.contract(10.0)
    assert nominate(border, SELLER, contract, 9.0)["version"] == 1
    assert nominate(border, SELLER, contract, 8.0, first=10.0)["version"] == 2
    nominate(border, BUYER, contract, 8.0, first=7.5)
    asked = q.GetNomination(contract=contract, delivery_day=DAY)
    own = border.client(SELLER).ask(asked)
    assert (own["side"], own["seller_version"], own["seller_mw"][:2]) == ("seller", 2, [10.0, 8.0])
    assert (own["buyer_version"], own["buyer_mw"], own["scheduled_mw"]) == (None, None, None), "sealed until matched"
    assert border.client("OP").ask(asked)["buyer_mw"][0] == 7.5, "who watches sees both"
    with refused("contract_party"):
        border.client(THIRD).ask(asked)
    with refused("contract_day"):
        border.client(SELLER).ask(q.GetNomination(contract=contract, delivery_day=DAY + timedelta(days=1)))
    border.at(DUE)
    border.tick()
    done = border.client(SELLER).ask(asked)
    assert (done["is_matched"], done["buyer_version"], done["buyer_mw"][:2]) == (True, 1, [7.5, 8.0])
    assert (done["scheduled_mw"][:2], done["differs"][:2], done["contract_mw"][0]) == ([7.5, 8.0], [True, False], 10.0)
    assert border.schedules()["layers_mw"] == {"bilateral": [7.5] + [8.0] * 23}
    assert border.free() == [42.5] + [42.0] * 23, "what was not nominated is free"
    for who in (SELLER, BUYER, NORTH, SOUTH):
        (told,) = border.notices(who, "schedule anomaly")
        assert told["mtus"] == [{"mtu_start": "2027-03-09T23:00Z", "seller_mw": 10.0, "buyer_mw": 7.5,
                                 "scheduled_mw": 7.5}]  # fmt: skip
    seen = border.client(SELLER).ask(q.GetSchedules(market="two", delivery_day=DAY))["contracts"]
    assert (seen[0]["contract"], seen[0]["versions"]) == (contract, {"seller": 2, "buyer": 1})
    assert border.client(THIRD).ask(q.GetSchedules(market="two", delivery_day=DAY))["contracts"] == []
    assert border.client().ask(q.GetSchedules(market="two", delivery_day=DAY))["contracts"] == []


def test_who_nominates_nothing_is_taken_at_the_contract(border):
    border.permit()
    contract = border.contract(10.0)
    nominate(border, BUYER, contract, 6.0)
    border.at(DUE)
    border.tick()
    assert border.schedules()["planned_net_interchange_mw"] == [6.0] * 24


def test_what_a_right_has_left_is_free_once_schedules_are_matched(border):
    right = border.by_two(c.GrantRight(market="two", holder=SELLER, element="IT-SI", direction="forward", mw=45.0,
                                       valid_from=DAY, valid_to=DAY))["right"]  # fmt: skip
    border.permit()
    contract = border.contract(30.0, right=right)
    nominate(border, SELLER, contract, 25.0)
    border.at(DUE)
    border.tick()
    assert border.capacity()["forward"]["allocated_mw"] == {"long_term": [25.0] * 24}
    assert border.free() == [25.0] * 24
    assert border.schedules()["layers_mw"] == {"long_term": [25.0] * 24}


def test_a_contract_that_nobody_confirmed_is_not_scheduled(border):
    border.permit()
    contract = border.register(10.0)
    border.at(DUE)
    border.do("OP", c.MatchSchedules(market="two", delivery_day=DAY))
    assert border.free() == [50.0] * 24
    assert border.client(SELLER).ask(q.GetContract(contract=contract))["state"] == "lapsed"


def test_nominations_that_break_rules_are_refused(border):
    border.permit()
    waiting = border.register(1.0)
    contract = border.contract(10.0)
    with refused("contract_state"):
        nominate(border, SELLER, waiting, 1.0)
    with refused("contract_party"):
        nominate(border, THIRD, contract, 1.0)
    with refused("schedule_within_contract"):
        nominate(border, SELLER, contract, 10.1)
    with refused("schedule_mtus"):
        border.do(SELLER, c.NominateSchedule(contract=contract, delivery_day=DAY, volumes=profile(1.0)[:23]))
    with refused("nomination_time"):
        border.do("OP", c.MatchSchedules(market="two", delivery_day=DAY))
    border.at(DUE)
    with refused("nomination_deadline"):
        nominate(border, SELLER, contract, 1.0)
    with refused("nomination_deadline"):
        border.register(1.0)
    with refused("nomination_deadline"):
        border.do(BUYER, c.ChangeContract(contract=contract, volumes=profile(1.0)))
    with refused("confirmation_due"):
        border.do(BUYER, c.ConfirmContract(contract=waiting))
    border.tick()
    with refused("schedules_matched"):
        border.do("OP", c.MatchSchedules(market="two", delivery_day=DAY))


def test_matched_schedules_net_where_the_profile_says_so(sqlite_store, secrets, monkeypatch):
    from dataclasses import replace

    from tests.service.border.stage import Border

    from walras.service.capacity import state

    usual = state.load_door_rules
    monkeypatch.setattr(state, "load_door_rules", lambda n, d: replace(usual(n, d), netting="matched"))
    with Border(sqlite_store, secrets) as border:
        border.permit()
        border.contract(10.0)
        assert border.free(way="backward") == [50.0] * 24
        border.at(DUE)
        border.tick()
        assert border.free(way="backward") == [60.0] * 24, "a firm flow north to south lets more flow back"


def test_a_second_auction_gets_what_the_first_left(border):
    session = border.auction((SELLER, "North", "supply", 10.0, 30.0), (BUYER, "South", "demand", 90.0, 30.0))
    border.final(session)
    assert border.free() == [20.0] * 24
    later = border.by_two(
        c.ScheduleSession(market="two", delivery_day=DAY, name="id1", layer="intraday",
                          opens_at=gate_of() + timedelta(hours=2), gate_at=gate_of() + timedelta(hours=3))
    )["session"]  # fmt: skip
    border.at(gate_of() + timedelta(hours=2))
    border.do("OP", c.OpenSession(session=later))
    border.at(gate_of() + timedelta(hours=3))
    border.do("OP", c.CloseSession(session=later))
    assert border.capacity()["forward"]["allocated_mw"] == {"day_ahead": [30.0] * 24, "intraday": [20.0] * 24}


def test_a_gas_day_that_runs_into_the_next_day_of_power_takes_nothing_of_other_lines(store, secrets):
    """Gas flows from ten to ten: ten hours of its day lie in the power day that is matched next."""
    grid = definition()["grids"][0] | {"carrier": "gas", "begins": "10:00"}
    pipe = definition()["lines"][0] | {"line": "A-pipe", "carrier": "gas", "capacity_forward_mw": 900.0}
    changes = {"grids": [*definition()["grids"], grid, grid | {"zone": "South"}],
               "lines": [pipe, *definition()["lines"]]}  # fmt: skip
    with Border(store, secrets, **changes) as border:
        border.permit(last=DAY + timedelta(days=1))
        name = border.register(40.0, volumes=(*profile(40.0), *profile(40.0, DAY + timedelta(days=1))))
        border.do(BUYER, c.ConfirmContract(contract=name))
        border.at(DUE)
        border.tick()
        session = border.auction((SELLER, "North", "supply", 20.0, 10.0), (BUYER, "South", "demand", 80.0, 10.0))
        border.final(session)
        border.at(DUE + timedelta(days=1))
        border.tick()
        after = border.client("OP").ask(q.GetSchedules(market="two", delivery_day=DAY + timedelta(days=1)))
        line = next(e for e in after["elements"] if e["element"] == "N-S")
        assert line["planned_net_interchange_mw"] == [40.0] * 24
        assert border.free(day=DAY + timedelta(days=1)) == [10.0] * 24
