"""Public pages on days of 23 and 25 hours, with fine ticks, small volumes and currencies without cents."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.service.worker.stage import SESSION

from walras.service.publication import network_part, reading
from walras.service.publication.bundle_network import Network
from walras.service.publication.figures import Figures, Link, Series, figures_of
from walras.service.publication.plot import curves_svg
from walras.service.publication.price_plot import price_svg
from walras.service.publication.prices import prices_of, wide
from walras.service.publication.visitor import Asked, Visitor
from walras.service.words import LANGUAGES, translator

BERLIN = Visitor(zone=ZoneInfo("Europe/Berlin"))
HOUR = timedelta(hours=1)
LONG_DAY, SHORT_DAY = (datetime(2026, 10, 24, 22, tzinfo=UTC), 25), (datetime(2026, 3, 28, 23, tzinfo=UTC), 23)
DAY = datetime(2026, 1, 24, tzinfo=UTC)
BARE = Network()


def hours(*values, first=DAY):
    begin = tuple(first + HOUR * n for n in range(len(values)))
    return Series(begin, tuple(b + HOUR for b in begin), tuple(map(float, values)))


def figures(prices, network=BARE, links=(), currency="EUR", positions=None):
    return Figures(currency, {(z, "electricity"): s for z, s in prices.items()},
                   {(z, "electricity"): s for z, s in (positions or {}).items()}, tuple(links), network)  # fmt: skip


def plain(html):
    return html.replace("\N{NO-BREAK SPACE}", " ")


def first_cells(html):
    return re.findall(r'<th scope="row">([^<]*)', plain(html))


def test_both_doubled_hours_are_told_apart_in_tables_choices_and_spans():
    first, count = LONG_DAY
    price = hours(*range(count), first=first)
    sent = hours(0, 0, 50, 50, *[0] * (count - 4), first=first)
    link = Link("L", "line", "electricity", "A", "B", sent, sent, ((50.0, 50.0),) * count)
    made = figures({"A": price, "B": price}, links=[link])
    table = wide(BERLIN, {"A": price}, "prices", 2)
    assert first_cells(table)[1:5] == [f"2026-10-25 {at}" for at in (
        "01:00 CEST", "02:00 CEST", "02:00 CET", "03:00 CET")]  # fmt: skip
    assert "MTU begins (CEST/CET)" in table
    choice = network_part.chooser(BERLIN, made, "S", "#network")
    assert re.findall(r"<li><a[^>]*>([^<]*)", plain(choice))[:5] == [
        "00:00", "01:00", "02:00 CEST", "02:00 CET", "03:00",
    ]  # fmt: skip
    assert "Choose an MTU (CEST/CET)" in choice
    page = plain(network_part.congestion(BERLIN, made))
    assert "02:00 CEST–03:00" in page
    assert "when (CEST/CET)" in page


def test_a_single_full_doubled_hour_does_not_end_when_it_begins():
    first, count = LONG_DAY
    sent = hours(0, 0, 50, *[0] * (count - 3), first=first)
    price = hours(*range(count), first=first)
    link = Link("L", "line", "electricity", "A", "B", sent, sent, ((50.0, 50.0),) * count)
    page = plain(network_part.congestion(BERLIN, figures({"A": price, "B": price}, links=[link])))
    assert "02:00 CEST–02:00 CET" in page


def test_a_day_without_an_hour_names_the_zone_that_holds_in_each_row_and_other_days_name_it_once():
    first, count = SHORT_DAY
    table = wide(BERLIN, {"A": hours(*range(count), first=first)}, "prices", 2)
    assert first_cells(table)[1:3] == ["2026-03-29 01:00 CET", "2026-03-29 03:00 CEST"]
    assert "MTU begins (CET/CEST)" in table
    usual = wide(BERLIN, {"A": hours(*range(24))}, "prices", 2)
    assert first_cells(usual)[0] == "2026-01-24 01:00"
    assert "MTU begins (CET)" in usual


@pytest.mark.parametrize(("zone", "first"), [
    ("Europe/Berlin", LONG_DAY[0]), ("Europe/Helsinki", datetime(2026, 10, 24, 21, tzinfo=UTC)),
    ("Atlantic/Azores", datetime(2026, 10, 25, tzinfo=UTC)),
])  # fmt: skip
def test_an_axis_names_each_hour_once_and_both_zones_of_the_day(zone, first):
    visitor = Visitor(zone=ZoneInfo(zone))
    for values in (range(25), range(6)):
        drawing = price_svg(visitor, {"A": hours(*values, first=first)}, "EUR/MWh", "day")
        names = f"{visitor.zone_name(first)}/{visitor.zone_name(first + 12 * HOUR)}"
        for one in re.findall(r"<svg.*?</svg>", drawing):
            at = re.findall(r'text-anchor="middle">(\d\d:\d\d)<', one)
            assert len(at) - (at[0] == at[-1]) == len(set(at)) > 1
            assert f">{names}</text>" in one


def test_prices_have_as_many_decimals_as_their_tick():
    made = figures({"A": hours(12.345, 12.344), "B": hours(12.345, 12.344)})
    for network in (Network(price_tick={("A", "electricity"): 0.001, ("B", "electricity"): 0.01}), Network()):
        found = Figures(made.currency, made.price, {}, (), network)
        page = prices_of(Visitor(), found, None)
        assert "12.344 – 12.345 EUR/MWh" in page
        assert [page.count(f"<td>{price}</td>") for price in ("12.345", "12.344")] == [6, 4]
        picture = network_part.pictures(Visitor(asked=Asked(mtu=2)), found)
        assert "12.344" in picture


def test_decimals_are_two_at_least_and_none_where_the_currency_has_none():
    tick = {("A", "electricity"): 1.0}
    whole = {"A": hours(12, 13)}
    assert figures(whole, Network(price_tick=tick)).price_decimals("electricity") == 2
    assert figures(whole, Network(price_tick=tick), currency="JPY").price_decimals("electricity") == 0
    assert figures({"A": hours(1 / 3, 2)}).price_decimals("electricity") == 2, "what is on no tick says nothing of it"
    assert figures(whole, currency="KWD").price_decimals("electricity") == 2
    fine = Network(quantity_tick={("A", "electricity"): 0.001})
    assert figures(whole, fine).power_decimals("electricity") == 3
    assert figures(whole).power_decimals("electricity") == 1


def test_powers_and_money_have_the_decimals_of_their_grid_and_currency():
    sent = hours(0.004, 0.005)
    link = Link("L", "line", "electricity", "A", "B", sent, sent, ((0.005, 0.005),) * 2)
    network = Network(quantity_tick={(z, "electricity"): 0.001 for z in "AB"})
    made = figures({"A": hours(0, 0), "B": hours(9000, 9000)}, network, [link], "JPY",
                   {"A": sent, "B": hours(-0.004, -0.005)})  # fmt: skip
    assert "<td>0.004</td>" in network_part.tables(Visitor(), made)
    assert "0.004 of 0.005 MW" in network_part.pictures(Visitor(asked=Asked(mtu=1)), made)
    assert "exports 0.004 MW" in network_part.pictures(Visitor(asked=Asked(mtu=1)), made)
    assert "Congestion income of all lines: 81 JPY." in network_part.congestion(Visitor(), made)


def test_the_ticks_of_a_result_come_from_its_bundle(stage):
    with stage.store.read() as connection:
        found = figures_of(connection, reading.published(connection, SESSION))
    assert set(found.network.price_tick.values()) == {0.01}
    assert found.network.price_tick.keys() == found.network.quantity_tick.keys() == found.price.keys()


def test_axes_of_small_curves_repeat_no_label():
    demand, supply = [(0.0, 12.6), (1.6, 12.6)], [(0.0, 12.1), (2.0, 12.1)]
    drawing = curves_svg(Visitor(), demand, supply, (1.6, 12.34), "EUR/MWh", "small")
    labels = re.findall(r'<text x="[\d.]+" y="[\d.]+" text-anchor="(?:end|middle)">([\d.,]+)</text>', drawing)
    up, across = [v for v in labels if float(v) > 5], [v for v in labels if float(v) <= 5]
    assert len(up) == len(set(up)) > 2
    assert len(across) == len(set(across)) > 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_zero_has_no_sign_however_it_came_about(language):
    visitor = Visitor(translator(language))
    assert {visitor.number(v, 2) for v in (-0.0, -1e-9, -0.004)} == {visitor.number(0.0, 2)}
    assert visitor.number(-0.006, 2) == visitor.number(-0.01, 2) != visitor.number(0.01, 2)
