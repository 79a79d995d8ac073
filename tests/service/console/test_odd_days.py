"""Pages on days, with currencies and at addresses that are out of the ordinary: 25 hours, yen, exact rates, no numbers.

What the service would say of such a day is put in the place of what it says of the played one.
"""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta

import pytest
from nicegui import ui
from tests.service.console.downloads import download
from tests.service.console.walking import one, rows

from walras.service import commands as c
from walras.service import queries as q
from walras.service.console.desk import Desk
from walras.service.console.guard import ZONE
from walras.service.readers import ask
from walras.service.roles import Actor, Role

FIRST, REGULATOR = Actor(Role.OPERATOR, "U-0001", "OP"), Actor(Role.REGULATOR, "U-9999", "R-0001")
MARKET, SESSION, LINE, DAY = "two-states", "two-states-2026-01-24-da", "BY-RU-750kV", date(2026, 1, 24)
MEMBER = "BY power supplier"
LONG_DAY = [(datetime(2026, 10, 24, 22, tzinfo=UTC) + timedelta(hours=n)).isoformat() for n in range(25)]
FIRST_HOURS = ["00:00", "01:00", "02:00+02:00", "02:00+01:00", "03:00"]


@pytest.fixture
def told(monkeypatch):
    """Answer a kind of query with something else than the service: `told(kind, answer)`."""
    answers, plain = {}, Desk.ask

    async def answer(desk, query, **more):
        found = answers.get(type(query))
        return deepcopy(found) if found is not None else await plain(desk, query, **more)

    monkeypatch.setattr(Desk, "ask", answer)
    return answers.__setitem__


def asked(console, who, query):
    return ask(console.service.store, console.service.secrets, who, query)


def in_berlin(user):
    user.http_client.cookies.set(ZONE, "Europe/Berlin")


def test_money_of_deviations_has_the_decimals_of_its_currency(two_states, told):
    who = two_states.who("BY grid")
    section = asked(two_states, who, q.GetSettlementTerms(market=MARKET, day=DAY))["terms"]["deviations"]["sections"][0]
    query = q.GetDeviations(market=MARKET, delivery_day=DAY, element=section["element"])
    found = asked(two_states, who, query) | {"currency": "JPY"}
    found["mtus"] = found["mtus"][:1]
    found["mtus"][0]["parts"] = [{"amount_minor": 123456, "price_per_mwh": "1"}]
    found["runs"] = [{"run": 1, "name": "initial", "event": 1, "at": "2026-02-01T00:00:00Z",
                      "to_owes_from_minor": 654321}]  # fmt: skip
    told(q.GetDeviations, found)

    async def steps(user):
        await user.open(f"/deviations?day={DAY}")
        await user.should_see("123,456 JPY")
        assert [r["money_shown"] for r in await rows(user, "Deviations of each MTU")] == ["123,456"]
        booked = await rows(user, "Runs that booked deviations")
        assert [r["to_owes_from_minor_shown"] for r in booked] == ["654,321"]

    two_states.walk(who, steps)


def test_an_exact_rate_is_plotted_and_shown_as_it_is_written(changed_states):
    for day, rate in ((25, "100/107"), (26, "28.70")):
        changed_states.service.dispatch.do(FIRST, c.StoreFixing.model_validate({
            "market": MARKET, "base": "BYN", "quote": "RUB", "day": date(2026, 1, day), "rate": rate,
            "source": "illustrative", "fixed_at": f"2026-01-{day - 1}T21:00:00Z"}))  # fmt: skip

    async def steps(user):
        for address, table, name in (
            ("/ledger/fixings", "Every version", "RUB for one BYN"), ("/payments", "Fixings", "Fixings over time"),
        ):  # fmt: skip
            await user.open(address)
            plot = await one(user, ui.echart, name)
            drawn = [v for s in plot.options["series"] for _, v in s["data"]]
            assert 100 / 107 in drawn
            assert {"100/107", "28.70"} <= {r["rate_shown"] for r in await rows(user, table)}

    changed_states.walk(FIRST, steps)


def test_a_statement_names_both_doubled_hours_and_breaks_its_line_where_there_is_no_energy(two_states, told):
    who = two_states.who(MEMBER)
    found = asked(two_states, who, q.GetStatementLines(session=SESSION, run=1))
    line = next(x for x in found["items"] if x["mtu_start"])
    found["items"] = [line | {"mtu_start": s, "minutes": 60} for s in [*LONG_DAY[:5], LONG_DAY[20]]]
    told(q.GetStatementLines, found)

    async def steps(user):
        in_berlin(user)
        await user.open(f"/statements/{SESSION}/1")
        assert [r["clock"] for r in await rows(user, "Every line")] == [*FIRST_HOURS, "19:00"]
        plot = await one(user, ui.echart, "Money of energy by MTU: above zero to receive, below to pay")
        assert [v is None for _, v in plot.options["series"][0]["data"]].index(True) == 6

    two_states.walk(who, steps)


def test_nominations_name_both_doubled_hours(two_states, told):
    mw = [float(n) for n in range(25)]
    told(q.GetNomination, {
        "contract": "C-0001", "market": MARKET, "delivery_day": "2026-10-25", "mtu_starts": LONG_DAY, "minutes": 60,
        "first_day": "2026-10-01", "last_day": "2026-10-31", "due_at": "2026-10-24T10:00:00Z", "side": "",
        "is_matched": True, "state": "confirmed", "contract_mw": mw, "seller_mw": mw, "buyer_mw": mw,
        "scheduled_mw": mw, "differs": [False] * 25, "seller_version": 1, "buyer_version": 1,
    })  # fmt: skip

    async def steps(user):
        in_berlin(user)
        await user.open("/contracts/C-0001/nominations/2026-10-25")
        assert [r["clock"] for r in await rows(user, "Both sides")][:5] == FIRST_HOURS

    two_states.walk(REGULATOR, steps)


def test_each_hour_of_a_long_day_has_its_bar_of_the_difference_of_meters(two_states, told):
    capacity = asked(two_states, FIRST, q.GetCapacity(market=MARKET, delivery_day=DAY))
    capacity["elements"] = [e | {"mtu_starts": LONG_DAY, "minutes": 60} for e in capacity["elements"]]
    meters = asked(two_states, FIRST, q.ListMetering(market=MARKET, delivery_day=DAY))
    begin = next(s for s in meters["items"] if s["line"] == LINE) | {"side": "from", "kwh": [0] * 25}
    end = begin | {"side": "to", "kwh": list(range(25))}
    told(q.GetCapacity, capacity)
    told(q.ListMetering, meters | {"items": [begin, end], "next": None})

    async def steps(user):
        in_berlin(user)
        await user.open(f"/metering?day={DAY}&line={LINE}")
        plot = await one(user, ui.echart, f"Difference of the two meters of {LINE}: to less from")
        assert plot.options["xAxis"]["data"][:5] == FIRST_HOURS
        assert plot.options["series"][0]["data"] == list(range(25))

    two_states.walk(FIRST, steps)


def test_a_file_can_be_had_whatever_letters_its_groups_have(two_states):
    address = f"/get/get-concentration?market={MARKET}&form=csv&groups=Север=M-0001"
    answer = download(two_states, REGULATOR, address)
    assert answer.status_code == 200
    name = answer.headers["content-disposition"]
    assert name.isascii()
    assert "-M-0001-" in name


@pytest.mark.parametrize("address", [
    "/surveillance?of=x", "/surveillance?of=x&groups=y", "/statements/s/\N{SUPERSCRIPT TWO}",
    f"/statements/s/{'9' * 5000}", f"/ledger/runs/{SESSION}?run=\N{SUPERSCRIPT TWO}",
    f"/ledger/runs/{SESSION}?run={'9' * 5000}",
    "/notices?after=\N{SUPERSCRIPT TWO}", "/supply/SA-0001/text?version=\N{SUPERSCRIPT TWO}",
    "/supply/SA-0001/prices?month=\N{SUPERSCRIPT TWO}",
    "/contracts/C-0001/nominations/9999-12-31", "/contracts/C-0001/nominations/0001-01-01",
    *(f"/{page}?day=9999-12-31" for page in ("capacities", "schedules", "metering", "deviations")),
    *(f"/capacities?day={day}" for day in ("0001-01-01", "0001-01-02", "9999-12-30")),
])  # fmt: skip
def test_an_address_that_makes_no_sense_is_no_failure(two_states, address):
    async def steps(user):
        answer = await user.http_client.get(address)
        assert answer.status_code in (200, 404), answer.text[-300:]

    two_states.walk(FIRST, steps)
