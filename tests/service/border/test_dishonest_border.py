"""Attacks at the border, and accidents that look like them: capacity stays given away once, and comes back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from tests.service.border.stage import (
    BUYER,
    DAY,
    NORTH,
    PRODUCTS,
    SELLER,
    SOUTH,
    Border,
    definition,
    figures,
    profile,
    refused,
    starts,
)

from walras.service import commands as c
from walras.service import queries as q
from walras.service.handlers import capacity as handler
from walras.service.handlers import contracts as contracts_handler
from walras.service.store.capacity_schema import capacity_entries

NEXT = DAY + timedelta(days=1)
TWO_DAYS = (*profile(10.0), *profile(10.0, NEXT))
BASE = definition()
FAR = date(9999, 12, 31)


def volumes(mw, at):
    return tuple(c.Volume(start=s, minutes=60, mw=mw) for s in at)


def leg(*elements):
    return tuple({"element": e, "direction": "forward"} for e in elements)


def two_lines(**line):
    """A second line between the states, in their cross-section."""
    second = BASE["lines"][0] | {"line": "N-S 2"} | line
    section = BASE["cross_sections"][0] | {"lines": ["N-S", "N-S 2"]}
    return {"lines": [*BASE["lines"], second], "cross_sections": [section]}


@pytest.fixture
def made(sqlite_store, secrets):
    """Opens a border of another definition."""
    opened = []

    def make(**changes):
        opened.append(Border(sqlite_store, secrets, **changes))
        return opened[-1].__enter__()

    yield make
    for one in opened:
        one.__exit__()


def gas():
    """Gas between the states beside the electricity; its day begins at six."""
    grid = BASE["grids"][0] | {"carrier": "gas", "begins": "06:00"}
    line = BASE["lines"][0] | {"line": "G", "carrier": "gas"}
    return {"lines": [*BASE["lines"], line], "grids": [*BASE["grids"], grid, grid | {"zone": "South"}]}


def gas_hours(day):
    return [at + timedelta(hours=6) for at in starts(day)]


def test_a_cut_of_a_path_that_passes_twice_leaves_no_holding_below_zero(small_border):
    border = small_border
    for element in ("N-S", "IT-SI"):
        border.permit(most_mw=50.0, element=element)
    border.contract(10.0, legs=(leg("N-S"), leg("IT-SI")))
    border.declare(NORTH, forward=5.0)
    assert border.free() == [0.0] * 24
    assert border.capacity()["forward"]["allocated_mw"] == {"bilateral": [5.0] * 24}


def test_wheeling_gives_way_on_every_border_of_its_path(made):
    east = {"line": "S-E", "carrier": "electricity", "from_zone": "South", "to_zone": "East",
            "capacity_forward_mw": 50.0, "capacity_backward_mw": 50.0}  # fmt: skip
    zones = [*BASE["zones"], {"zone": "East", "country": "HR", "system_operator": SOUTH}]
    grids = [*BASE["grids"], BASE["grids"][0] | {"zone": "East"}]
    border = made(zones=zones, grids=grids, lines=[*BASE["lines"], east])
    border.permit(most_mw=50.0, element="N-S")
    border.do(SOUTH, c.GrantPermit(market="two", holder=SELLER, element="S-E", direction="forward", most_mw=50.0,
                                   valid_from=DAY, valid_to=DAY))  # fmt: skip
    border.contract(30.0, legs=(leg("N-S", "S-E"),))
    border.declare(SOUTH, element="S-E", forward=10.0)
    assert (border.free(), border.free("S-E")) == ([40.0] * 24, [0.0] * 24)
    border.at(starts()[0] - timedelta(hours=1))
    border.tick()
    for element in ("N-S", "S-E"):
        assert border.schedules(element)["planned_net_interchange_mw"] == [10.0] * 24


def test_a_contract_that_has_ended_is_not_woken_by_a_change_or_a_later_end(small_border):
    border, at = small_border, starts()
    border.permit(most_mw=50.0)
    contract = border.contract(10.0)
    border.do(SELLER, c.TerminateContract(contract=contract, end=at[12], reason="no more"))
    with refused("contract_mtus"):
        border.do(SELLER, c.ChangeContract(contract=contract, volumes=volumes(12.0, at[12:])))
    with refused("contract_to_come"):
        border.do(SELLER, c.TerminateContract(contract=contract, end=at[20], reason="later"))
    assert border.free() == [40.0] * 12 + [50.0] * 12


def test_what_a_withdrawn_change_took_before_the_end_is_free_again(small_border):
    border = small_border
    border.permit(most_mw=50.0, last=NEXT)
    contract = border.contract(volumes=TWO_DAYS)
    more = (*profile(30.0), *profile(30.0, NEXT))
    border.do(SELLER, c.ChangeContract(contract=contract, volumes=more))
    border.do(SELLER, c.TerminateContract(contract=contract, end=starts(NEXT)[0], reason="no more"))
    assert (border.free(), border.free(day=NEXT)) == ([40.0] * 24, [50.0] * 24)


def test_a_change_that_is_turned_down_does_not_win_back_what_was_curtailed(small_border):
    border = small_border
    border.permit(most_mw=50.0)
    contract = border.contract(40.0)
    border.declare(NORTH, forward=10.0)
    border.declare(NORTH, forward=50.0)
    border.do(SELLER, c.ChangeContract(contract=contract, volumes=profile(45.0)))
    border.do(BUYER, c.RefuseContract(contract=contract, reason="no"))
    assert border.free() == [40.0] * 24


def test_a_contract_of_the_first_day_of_a_market_is_registered_and_seen(made):
    border = made()
    border.by_two(c.SetMarket(market="late", valid_from=DAY, definition=definition()))
    for member in (SELLER, BUYER):
        border.by_two(c.SetRights(company=member, market="late", products=PRODUCTS))
    border.do(NORTH, c.GrantPermit(market="late", holder=SELLER, element="IT-SI", direction="forward", most_mw=50.0,
                                   valid_from=DAY, valid_to=DAY))  # fmt: skip
    border.do(SELLER, c.RegisterContract(market="late", reference="x", role="seller", counterparty=BUYER,
                                         legs=(leg("IT-SI"),), volumes=profile(5.0)))  # fmt: skip
    assert len(border.client(NORTH).ask(q.ListContracts(market="late"))["items"]) == 1


def test_a_gas_day_that_is_matched_is_not_changed_in_its_last_hours(made):
    border = made(**gas())
    border.permit(most_mw=50.0, element="G", last=NEXT)
    days = [*gas_hours(DAY), *gas_hours(NEXT)]
    contract = border.contract(volumes=volumes(10.0, days), element="G")
    border.at(starts()[0] - timedelta(hours=1))
    border.tick()
    firm = border.schedules("G")["planned_net_interchange_mw"]
    assert firm == [10.0] * 24
    with refused("nomination_deadline"):
        border.do(SELLER, c.ChangeContract(contract=contract, volumes=volumes(1.0, days[18:24])))
    with refused("nomination_deadline"):
        border.do(SELLER, c.TerminateContract(contract=contract, end=days[20], reason="no more"))
    assert border.schedules("G")["planned_net_interchange_mw"] == firm


@pytest.mark.parametrize("change", [
    {"grids": [g | {"mtu_minutes": 15} for g in BASE["grids"]]},
    {"cross_sections": []},
    {"lines": [BASE["lines"][0] | {"from_zone": "South", "to_zone": "North"}],
     "cross_sections": [BASE["cross_sections"][0] | {"from_area": "SI", "to_area": "IT"}]},
])  # fmt: skip
def test_a_version_with_other_hours_ends_or_sections_waits_for_what_is_held(made, change):
    border = made()
    border.permit(most_mw=50.0)
    border.contract(40.0)
    with refused("market_capacity_held"):
        border.by_two(c.SetMarket(market="two", valid_from=DAY, definition=definition(**change)))
    assert border.free() == [10.0] * 24
    border.by_two(c.SetMarket(market="two", valid_from=NEXT, definition=definition(**change)))


def test_a_version_that_would_strand_a_running_contract_waits(made):
    border = made()
    border.permit(most_mw=50.0, last=NEXT)
    contract = border.register(volumes=TWO_DAYS)
    with refused("market_capacity_held"):
        border.by_two(c.SetMarket(market="two", valid_from=NEXT, definition=definition(**two_lines())))
    border.do(BUYER, c.ConfirmContract(contract=contract))
    border.by_two(c.SetMarket(market="two", valid_from=NEXT + timedelta(days=1), definition=definition(**two_lines())))


def test_a_version_without_the_line_that_an_auction_holds_waits(made):
    border = made(**two_lines())
    session = border.opened()
    border.at(datetime(2027, 3, 9, 11, tzinfo=UTC))
    border.do("OP", c.CloseSession(session=session))
    with refused("market_capacity_held"):
        border.by_two(c.SetMarket(market="two", valid_from=DAY, definition=definition()))


def test_capacities_close_with_what_is_firm_where_nothing_is_declared(made, monkeypatch):
    from dataclasses import replace

    usual = handler.load_door_rules
    monkeypatch.setattr(handler, "load_door_rules", lambda n, d: replace(usual(n, d), missing_capacity="zero"))
    border = made()
    border.do(NORTH, c.NotifyTransmission(market="two", reference="x", element="N-S", direction="forward",
                                          volumes=volumes(1.0, starts()[:1])))  # fmt: skip
    border.at(starts()[0] - timedelta(hours=1))
    border.tick()
    assert border.capacity()["forward"]["agreed_mw"] == [1.0] + [0.0] * 23


def test_absurd_capacities_are_shared_without_overflow(made):
    border = made(**two_lines())
    for who in (NORTH, SOUTH):
        border.do(who, c.SubmitCapacity(market="two", delivery_day=DAY, figures=(
            figures(5e6), figures(5e6, element="N-S 2"), figures(8e6, element="IT-SI"))))  # fmt: skip
    assert border.capacity()["forward"]["usable_mw"] == [4e6] * 24


@pytest.mark.parametrize("day", [date(9999, 12, 30), FAR])
def test_days_at_the_end_of_the_calendar_are_refused(made, day):
    border = made()
    at = (c.Volume(start=datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC), minutes=600_000, mw=1.0),)
    contract = c.RegisterContract(market="two", reference="x", role="seller", counterparty=BUYER, legs=(leg("N-S"),),
                                  volumes=at)  # fmt: skip
    permit = c.GrantPermit(market="two", holder=SELLER, element="N-S", direction="forward", most_mw=1.0,
                           valid_from=day, valid_to=day)  # fmt: skip
    for who, asked in (
        (SELLER, contract), (NORTH, permit), ("OP", c.MatchSchedules(market="two", delivery_day=day)),
        ("OP", c.CloseCapacities(market="two", delivery_day=day)),
        ("OP", c.ScheduleSession(market="two", delivery_day=day, kind="live", name="da")),
        (NORTH, c.NotifyTransmission(market="two", reference="x", element="N-S", direction="forward", volumes=at)),
    ):  # fmt: skip
        with refused("market_valid"):
            border.do(who, asked)
    for asked in (q.GetCapacity(market="two", delivery_day=day), q.GetSchedules(market="two", delivery_day=day)):
        with refused("market_valid"):
            border.client("").ask(asked)
    with border.store.read() as connection:
        assert connection.execute(select(capacity_entries)).all() == []


def test_a_contract_does_not_end_after_the_calendar(small_border):
    border = small_border
    border.permit()
    contract = border.contract()
    end = datetime.fromisoformat("9999-12-31T23:59:00-14:00")
    with refused("market_valid"):
        border.do(SELLER, c.TerminateContract(contract=contract, end=end, reason="no more"))


def test_a_right_is_used_by_its_holder_alone(small_border):
    border = small_border
    border.permit(holder=BUYER)
    grant = c.GrantRight(market="two", holder=SELLER, element="IT-SI", direction="forward", mw=50.0, valid_from=DAY,
                         valid_to=DAY)  # fmt: skip
    right = border.by_two(grant)["right"]
    with refused("right_fits"):
        border.register(50.0, who=BUYER, other=SELLER, right=right)
    assert border.free() == [0.0] * 24


def test_one_officer_does_not_plan_an_intraday_auction_at_the_gate_of_the_day_ahead(small_border):
    command = c.ScheduleSession(market="two", delivery_day=DAY, kind="live", name="id", layer="intraday")
    assert "proposal" in small_border.do("OP", command)


def test_a_permit_that_outlives_a_version_can_end(made):
    border = made()
    permit = border.permit(last=DAY + timedelta(days=5))
    border.contract()
    border.by_two(c.SetMarket(market="two", valid_from=NEXT, definition=definition(**two_lines())))
    before = DAY - timedelta(days=1)
    with refused("permit_valid"):
        border.do(NORTH, c.EndPermit(permit=permit, last_day=before))
    border.do(NORTH, c.EndPermit(permit=permit, last_day=DAY))
    with refused("permit_covers"):
        border.register(1.0, day=NEXT)


def test_a_permit_is_not_ended_under_a_contract_of_a_later_version(made):
    border = made()
    permit = border.permit(last=DAY + timedelta(days=5))
    border.by_two(c.SetMarket(market="two", valid_from=NEXT, definition=definition(**two_lines())))
    border.contract(day=NEXT + timedelta(days=1))
    with refused("permit_in_use"):
        border.do(NORTH, c.EndPermit(permit=permit, last_day=DAY))


def test_acts_on_a_contract_that_never_began_say_how_it_stands(small_border):
    border = small_border
    border.permit()
    contract = border.contract()
    end = c.TerminateContract(contract=contract, end=starts()[0], reason="no more")
    border.do(SELLER, end)
    for again in (end, c.ChangeContract(contract=contract, volumes=profile(5.0))):
        with refused("contract_state"):
            border.do(SELLER, again)


def test_a_market_does_not_begin_at_the_end_of_the_calendar(small_border):
    with refused("market_valid"):
        small_border.by_two(c.SetMarket(market="far", valid_from=FAR, definition=definition()))


def test_a_company_does_not_flood_the_border_with_contracts_that_wait(small_border, monkeypatch):
    border = small_border
    border.permit()
    monkeypatch.setattr(contracts_handler, "MOST_WAITING", 2)
    first = border.register(1.0)
    border.register(1.0)
    with refused("contracts_waiting"):
        border.register(1.0)
    border.do(BUYER, c.RefuseContract(contract=first, reason="no"))
    border.register(1.0)
