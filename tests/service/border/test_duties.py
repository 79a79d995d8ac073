"""What waits for a system operator: each duty is there when it begins and goes when it is done."""

from datetime import timedelta

from tests.service.border.stage import DAY, NORTH, SELLER, SOUTH, gate_of, profile
from tests.service.border.test_deviations import AFTER, LATER, meter, set_terms

from walras.service import commands as c
from walras.service import queries as q
from walras.service.roles import Role


def duties(border, who, kind=None):
    found = border.client(who).ask(q.ListDuties())["items"]
    return found if kind is None else [d for d in found if d["kind"] == kind]


def test_capacities_are_asked_for_until_they_are_declared_and_then_where_the_sides_differ(small_border):
    border = small_border
    border.opened()
    (due,) = [d for d in duties(border, NORTH, "capacity_due") if d["delivery_day"] == DAY.isoformat()]
    assert (due["elements"], due["is_late"], due["due_at"]) == (["N-S"], False, "2027-03-09T09:00:00.000000Z")
    border.declare(NORTH, forward=40.0)
    assert not [d for d in duties(border, NORTH, "capacity_due") if d["delivery_day"] == DAY.isoformat()]
    assert [d for d in duties(border, SOUTH, "capacity_due") if d["delivery_day"] == DAY.isoformat()]
    border.declare(SOUTH, forward=30.0)
    for side in (NORTH, SOUTH):
        (differs,) = duties(border, side, "capacity_differs")
        assert (differs["element"], differs["delivery_day"], differs["mtus"]) == ("N-S", DAY.isoformat(), 24)


def test_the_soonest_duty_comes_first_and_what_is_late_says_so(small_border):
    border = small_border
    border.opened()
    border.opened(day=DAY + timedelta(days=2))
    border.at(gate_of() - timedelta(minutes=30))
    found = duties(border, NORTH)
    assert [d["due_at"] for d in found] == sorted(d["due_at"] for d in found)
    assert found[0]["delivery_day"] == DAY.isoformat()
    assert found[0]["is_late"]


def test_a_meter_is_missing_where_something_was_planned_until_its_own_side_sends_it(small_border):
    border = small_border
    set_terms(border)
    border.at(AFTER)
    assert not duties(border, NORTH, "metering_missing")
    border.at(AFTER - timedelta(days=4))
    notified = c.NotifyTransmission(
        market="two", reference="transit", element="N-S", direction="forward", volumes=profile(10.0)
    )
    border.do(NORTH, notified)
    border.at(AFTER)
    for side in (NORTH, SOUTH):
        (missing,) = duties(border, side, "metering_missing")
        assert (missing["lines"], missing["delivery_day"]) == (["N-S"], DAY.isoformat())
    meter(border, NORTH)
    assert not duties(border, NORTH, "metering_missing")
    assert duties(border, SOUTH, "metering_missing")


def test_an_agreement_waits_for_the_other_side_alone(small_border):
    border = small_border
    set_terms(border)
    border.at(AFTER)
    mtus = (c.EnergyMtu(mtu_start="2027-03-10T00:00:00Z", kwh=2000),)
    proposed = c.DeclareEmergency(market="two", delivery_day=DAY, element="IT-SI", reference="help", mtus=mtus)
    name = border.do(NORTH, proposed)["agreement"]
    assert not duties(border, NORTH, "agreement_waits")
    (waits,) = duties(border, SOUTH, "agreement_waits")
    assert (waits["agreement"], waits["what"], waits["due_at"]) == (name, "emergency", None)
    border.do(SOUTH, c.AnswerAgreement(agreement=name, decision="refused"))
    assert not duties(border, SOUTH, "agreement_waits")


def test_a_permit_that_ends_soon_is_named_to_who_granted_it(small_border):
    border = small_border
    permit = border.permit(last=LATER)
    assert not duties(border, NORTH, "permit_ends")
    border.at(AFTER)
    (ends,) = duties(border, NORTH, "permit_ends")
    assert (ends["permit"], ends["holder"], ends["end"]) == (permit, SELLER, "2027-03-20T23:00Z")
    assert not duties(border, SOUTH, "permit_ends")


def test_duties_are_for_system_operators_alone():
    assert q.ListDuties.roles == {Role.SYSTEM_OPERATOR}


def test_transmission_is_listed_with_the_hours_and_powers_that_it_holds_until_it_is_withdrawn(small_border):
    border = small_border
    volumes = tuple(v.model_copy(update={"mw": 10.0 + n % 2}) for n, v in enumerate(profile(10.0)[:6]))
    notified = c.NotifyTransmission(
        market="two", reference="transit", element="N-S", direction="backward", volumes=volumes
    )
    name = border.do(NORTH, notified)["transmission"]
    (item,) = border.client(SOUTH).ask(q.ListTransmissions(market="two"))["items"]
    assert (item["transmission"], item["line"], item["direction"], item["mtus"]) == (name, "N-S", "backward", 6)
    assert (item["begin"], item["last_mtu"]) == ("2027-03-09T23:00Z", "2027-03-10T04:00Z")
    assert (item["least_mw"], item["most_mw"]) == (10.0, 11.0)
    border.do(SOUTH, c.WithdrawTransmission(transmission=name, reason="no longer needed"))
    assert not border.client(SOUTH).ask(q.ListTransmissions(market="two"))["items"]
