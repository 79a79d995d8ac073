"""The report: one file that asks nothing of the network and shows what the result says."""

import json
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tests.builders import market, one_zone, two_zones

from walras.studies.report import report
from walras.studies.report.curves import MOST_CELLS, MOST_POINTS, aggregated, chosen_cells, thinned
from walras.studies.report.page import page_data
from walras.studies.report.series import LAYER, Clock, places
from walras.vocabulary import Side


@pytest.fixture
def page(tmp_path):
    def write(book, results):
        report(book, results, tmp_path / "report.html")
        return (tmp_path / "report.html").read_text(encoding="utf-8")

    return write


def data_of(text):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


def congested():
    market = two_zones(atc_mw=20).sells("A", 100, at=10, member="S").buys("B", 60, at=90, member="X")
    return market.sells("B", 100, at=50, member="T").book()


def test_the_page_asks_nothing_of_the_network(page, clear):
    book = congested()
    text = page(book, clear(book))
    body = text.replace(text[text.index('id="data">') : text.index("// The network picture")], "")
    assert "default-src 'none'" in text
    assert not re.search(r"<(script|img|iframe)[^>]+src=|<link|url\(|@import|fetch\(|XMLHttpRequest", body)
    assert "<!--" not in body


def test_the_page_shows_published_prices_exchanges_and_money(page, clear):
    book = congested()
    data = data_of(page(book, clear(book)))
    assert [z["price"] for z in data["zones"]] == [[10.0], [50.0]]
    assert [z["net"] for z in data["zones"]] == [[20.0], [-20.0]]
    assert data["network"]["lines"][0]["exchange"] == [20.0]
    nets = {p["party"]: p["net_minor"] for p in data["money"]["parties"]}
    assert nets == {"S": 20000, "T": 200000, "X": -300000, "A": 40000, "B": 40000}


def test_the_page_shows_what_arrives_and_tariffs_apart(page, clear):
    said = two_zones().line("A", "B", 100, loss=0.05, tariff=2).sells("A", 100, at=10).buys("B", 19, at=90)
    book = said.book()
    data = data_of(page(book, clear(book)))
    assert data["network"]["lines"][0]["exchange"] == [20.0]
    assert data["network"]["lines"][0]["received"] == [19.0]
    assert [row["tariff_minor"] for row in data["money"]["congestion"]] == [4000]
    assert data["money"]["roles"]["tariff"] == 4000
    plain = congested()
    assert "tariff_minor" not in data_of(page(plain, clear(plain)))["money"]["congestion"][0]


def test_a_name_cannot_break_out_of_the_page(page, clear):
    book = one_zone().sells("A", 10, at=10, member="</script><script>alert(1)</script>").buys("A", 10).book()
    text = page(replace(book, name="<b>bold</b> & co"), clear(book))
    assert "<script>alert" not in text
    assert "<title>&lt;b&gt;bold" in text
    assert data_of(text)["money"]["parties"]


def test_a_result_that_does_not_balance_is_shown_but_not_settled(clear):
    book = congested()
    results = clear(book)
    broken = replace(results, published=replace(results.published, exchange=np.array([19.0])))
    assert "MW over" in page_data(book, broken)["money"]["refused"]


def test_curves_cross_at_the_clearing_point(clear):
    book = congested()
    for figure in page_data(book, clear(book))["curves"]["cells"]:
        assert figure["supply"]["volume"] == pytest.approx(figure["demand"]["volume"])
        for side in ("supply", "demand"):
            mw, at = np.array(figure[side]["mw"]), np.array(figure[side]["price"])
            touching = (np.minimum(at[:-1], at[1:]) <= figure["price"]) & (
                figure["price"] <= np.maximum(at[:-1], at[1:])
            )
            assert (mw[:-1][touching].min() <= figure[side]["volume"]) & (
                figure[side]["volume"] <= mw[1:][touching].max()
            )


def test_interpolated_steps_overlap_with_flat_ones_in_a_summed_curve():
    start, end, mw = np.array([0.0, 5.0]), np.array([20.0, 5.0]), np.array([40.0, 100.0])
    volume, price = aggregated(start, end, mw, Side.SUPPLY)
    assert list(zip(volume, price, strict=True)) == [(0, 0), (10, 5), (110, 5), (140, 20)]


def test_demand_falls_along_its_curve():
    volume, price = aggregated(np.array([90.0, 40.0]), np.array([40.0, 40.0]), np.array([50.0, 10.0]), Side.DEMAND)
    assert list(zip(volume, price, strict=True)) == [(0, 90), (50, 40), (60, 40)]


def test_a_side_without_orders_is_drawn_at_zero(clear):
    book = one_zone().sells("A", 10).book()
    figure = page_data(book, clear(book))["curves"]["cells"][0]
    assert figure["demand"]["mw"].tolist() == [0.0, 0.0]


def test_long_curves_are_thinned_and_keep_their_ends_and_the_crossing():
    at = np.arange(10_000) / 100
    kept = thinned(at, 37.0, MOST_POINTS)
    assert len(kept) <= MOST_POINTS
    assert {0, 3700, 9999} <= set(kept.tolist())


def test_large_markets_show_some_cells_of_every_grid():
    book = market(tuple(f"Z{i:02}" for i in range(12)), hours=24, mtu_minutes=15).book()
    chosen = chosen_cells(book)
    assert len(chosen) <= MOST_CELLS < book.cells.count
    assert set(book.cells.grid[chosen].tolist()) == set(range(12))


def test_times_are_local_with_utc_beside_them():
    book = replace(one_zone(hours=2).book(), time_zone="Asia/Kathmandu", delivery_day=date(2025, 4, 1))
    assert next(iter(Clock.of(book).labels(book).values())) == ["01 Apr 05:45", "2025-04-01 00:00Z"]


def test_blocks_say_when_they_run_and_what_they_gained(clear):
    book = one_zone(hours=3).block("b", "A", "supply", 10, {0: 5, 2: 5}).buys("A", 5).buys("A", 5, hour=2).book()
    rows = page_data(book, clear(book))["orders"]["rows"]
    assert [(r["order"], r["outcome"], r["taken"], len(r["spans"])) for r in rows] == [("b", "accepted", 10.0, 2)]


def test_the_page_shows_whose_gain_the_welfare_is(page, clear):
    book = congested()
    text = page(book, clear(book))
    assert data_of(text)["surpluses"] == {
        "kinds": ["demand", "supply", "congestion", "rounding"],
        "rows": [
            {"state": "IT", "carrier": "electricity", "gains": [2400.0, 0.0, 800.0, None]},
            {"state": None, "carrier": "electricity", "gains": [None, None, None, 0.0]},
        ],
    }
    assert 'id="surpluses-table"' in text


def test_carriers_of_one_place_are_drawn_in_layers_and_one_carrier_stays_where_it_is():
    """Two zones are 2 apart on the circle: gas lies 0.4 times 2 below power."""
    power, both = market(("A", "B")), market(("A", "B"), carriers={"B": "gas"})
    [ax, ay], [bx, by] = places(power.book().cells)
    assert places(both.book().cells) == [[ax, ay], [bx, pytest.approx(by + LAYER * 2)]]
