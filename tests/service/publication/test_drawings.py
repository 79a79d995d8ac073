"""Drawings and figures of the pages: on the right spot, of the right sign, and told to whoever does not see them."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import dist, hypot

import polars as pl
import pytest
from babel.numbers import format_decimal
from tests.service.worker.stage import SESSION, the_book

from walras.service.publication import congestion, figures, reading
from walras.service.publication.bundle_network import Network
from walras.service.publication.cell_curves import curves_of
from walras.service.publication.figures import Figures, Link, Series
from walras.service.publication.layout import places_of
from walras.service.publication.picture import Edge, Node, network_svg
from walras.service.publication.plot import curves_svg
from walras.service.publication.price_plot import price_svg
from walras.service.publication.visitor import Asked, Visitor
from walras.service.store import sessions
from walras.service.words import LANGUAGES, translator

DAY = datetime(2026, 1, 24, tzinfo=UTC)
ENGLISH = Visitor()


def hours(*values, first=0, minutes=60):
    begin = tuple(DAY + timedelta(minutes=first * 60 + minutes * i) for i in range(len(values)))
    return Series(begin, tuple(b + timedelta(minutes=minutes) for b in begin), tuple(map(float, values)))


def link(*sent, room=(50.0, 30.0), tick=0.1, tariff=0.0):
    series = hours(*sent)
    return Link("L", "line", "gas", "A", "B", series, series, (room,) * len(sent), tick, tariff)


@pytest.fixture
def read(stage):
    """The figures of the bundled market's result, and its tables of curves."""
    names = ("aggregated_curves", "aggregated_volumes", "curve_volumes")
    with stage.store.read() as connection:
        of = reading.published(connection, SESSION)
        found = figures.figures_of(connection, of)
        return found, {n: reading.table(connection, of, n) for n in names}


def test_a_link_is_full_in_the_direction_of_its_exchange_and_within_a_tick_of_its_limit():
    assert link(50.0, 49.95, 49.9, -30.0, -29.0, 0.0).full == (1, 1, 0, -1, 0, 0)
    assert link(0.0, room=(0.0, 0.0)).full == (0,), "a closed line carries nothing: it is not full"
    assert link(50.0, room=None).full == (0,)
    assert link(50.0, 40.0, 50.0, 50.0).limit(0) == 50.0
    assert link(-1.0).limit(0) == 30.0
    spans = congestion.spans_of(link(50.0, 50.0, 40.0, 50.0))
    assert [(b.hour, e.hour) for b, e in spans] == [(0, 2), (3, 4)]


def test_congestion_of_a_line_on_paper():
    """Two hours at 50 MW, then 20 MW back: 50 x (30 - 10) x 2 less the tariff, and (10 - 30) x -20 less it."""
    prices = {("A", "gas"): hours(10, 10, 30), ("B", "gas"): hours(30, 30, 10)}
    made = Figures("EUR", prices, {}, (link(50.0, 50.0, -20.0, tariff=2.0),), Network())
    (found,) = congestion.congestion_of(made)
    assert (found.periods, found.difference) == (2, 20.0)
    assert found.income == pytest.approx(2 * (50 * 20 - 100) + 20 * 20 - 40)


def test_the_income_of_the_bundled_market_is_what_its_settlement_pays_out(stage, read):
    from walras.service.worker.finalise import stored
    from walras.settlement.congestion import congestion_income

    found, _ = read
    with stage.store.read() as connection:
        results = stored(connection, stage.secrets, sessions.get(connection, SESSION), the_book()).results
    table = congestion_income(the_book(), results).filter(pl.col("kind") == "line")
    settled = dict(table.group_by("name").agg(pl.col("income_minor").sum() / 100).rows())
    shown = {c.link.name: c.income for c in congestion.congestion_of(found)}
    assert len(shown) > 2
    assert any(c.periods for c in congestion.congestion_of(found)), "nothing was full"
    assert shown == pytest.approx(settled, abs=0.5)


def test_a_critical_branch_without_room_is_named():
    exchanges = [Link("D", "domain", "electricity", z, "D", s, s, (None,) * 2)
                 for z, s in (("A", hours(100, 40)), ("B", hours(-100, -40)))]  # fmt: skip
    branches = pl.DataFrame(
        {"domain": ["D"] * 2, "branch": ["b"] * 2, "mtu_start": exchanges[0].sent.begin, "ram_mw": [50.0, 50.0]}
    )
    factors = pl.DataFrame({"domain": ["D"] * 2, "branch": ["b"] * 2, "zone": ["A", "B"], "ptdf": [0.3, -0.2]})
    network = Network(branches=branches, factors=factors)
    full = congestion.full_branches(Figures("EUR", {}, {}, tuple(exchanges), network))
    assert full.select("branch", "flow_mw", "ram_mw").rows() == [("b", 50.0, 50.0)]
    assert full["mtu_start"].to_list() == [DAY]


def test_both_curves_of_every_cell_run_through_its_clearing_point(read):
    found, tables = read
    drawn = 0
    for mtu in range(1, len(found.starts) + 1):
        page = curves_of(Visitor(asked=Asked(mtu=mtu)), found, tables, "S")
        for drawing in page.split("<figure>")[1:]:
            dot = tuple(map(float, re.search(r'class="dot" cx="([\d.]+)" cy="([\d.]+)"', drawing).groups()))
            for line in re.findall(r'polyline class="\w+" points="([^"]+)"', drawing):
                points = [tuple(map(float, p.split(","))) for p in line.split()]
                assert min(apart(dot, a, b) for a, b in pairwise(points)) < 1.5, (
                    mtu,
                    drawing[:200],
                )
                drawn += 1
    assert drawn > 100


def apart(point, a, b):
    """Return how far a point is from a stretch."""
    along = (b[0] - a[0], b[1] - a[1])
    length = hypot(*along) ** 2
    share = 0 if not length else ((point[0] - a[0]) * along[0] + (point[1] - a[1]) * along[1]) / length
    share = min(1.0, max(0.0, share))
    return dist(point, (a[0] + share * along[0], a[1] + share * along[1]))


def test_curves_are_drawn_between_the_axes():
    drawing = curves_svg(
        ENGLISH, [(0.0, 90.0), (60.0, 90.0)], [(0.0, 10.0), (100.0, 10.0)], (60.0, 50.0), "EUR/MWh", "one"
    )
    assert 'class="demand" points="62.0,46.4 268.4,46.4 268.4,230.0"' in drawing
    assert 'class="supply" points="62.0,209.6 406.0,209.6 406.0,26.0"' in drawing
    assert 'class="dot" cx="268.4" cy="128.0"' in drawing
    assert curves_svg(ENGLISH, [], [], (0.0, 0.0), "EUR/MWh", "none") == ""
    far = curves_svg(
        ENGLISH, [(0.0, 4000.0), (60.0, 4000.0)], [(0.0, 10.0), (100.0, 10.0)], (60.0, 50.0), "EUR/MWh", "x"
    )
    assert 'class="demand" points="62.0,26.0 ' in far, "what is far from the price lies at the edge"


def test_prices_are_steps_and_zones_of_one_price_share_a_line():
    series = {"A": hours(10, 10, 90), "B": hours(10, 10, 90), "C": hours(40, 40, 40)}
    drawing = price_svg(ENGLISH, series, "EUR/MWh", "<day>", (DAY, DAY + timedelta(hours=1)))
    for kind in ("broad", "narrow"):
        [one] = re.findall(rf'<svg class="{kind}".*?</svg>', drawing)
        assert re.findall(r'class="name t\d"[^>]*>([^<]*)', one) == ["A = B", "C"]
        assert len(re.findall(r'class="line c\d" d="M', one)) == 2
        assert "<title>&lt;day&gt;</title><desc>A = B: 10.00 – 90.00 EUR/MWh; C: 40.00" in one
        assert 'class="band"' in one


def test_a_price_that_never_changes_stands_in_the_middle_under_a_label_that_leaves_room():
    series = {zone: hours(4500, 4500, 4500) for zone in ("a-long-name", "another-one")}
    [_broad, narrow] = re.findall("<svg.*?</svg>", price_svg(ENGLISH, series, "EUR/MWh", "day"))
    ticks = [float(text.replace(",", "")) for text in re.findall(r'text-anchor="end">([\d,]+)<', narrow)]
    assert min(ticks) < 4500 < max(ticks)
    assert re.findall(r'class="name t0"[^>]*>([^<]*)', narrow) == ["a-long-name =…"]


def test_the_network_picture_points_where_the_energy_goes_and_says_what_is_full_without_colour():
    nodes = [Node("A", ("10.00",)), Node("B", ("30.00",))]
    known = {"A": (50.0, 10.0), "B": (50.0, 12.0)}

    def arrow(source, target, power, full=""):
        drawing = network_svg(ENGLISH, nodes, [Edge("L", source, target, power, "5 MW", full)], known, "net")
        corners = re.search(r'class="arrow \w+" d="M([\d.]+) [\d.]+L([\d.]+)', drawing)
        return drawing, float(corners[1]) > float(corners[2])

    for source, target, power in (("A", "B", 5.0), ("B", "A", -5.0)):
        assert arrow(source, target, power)[1], "to the east"
    assert not arrow("A", "B", -5.0)[1]
    drawing, _ = arrow("A", "B", 5.0, "full")
    assert "5 MW · full" in drawing
    assert 'class="link full"' in drawing
    idle = network_svg(ENGLISH, nodes, [Edge("L", "A", "B", 0.0, "0 MW")], known, "net")
    assert 'class="link idle"' in idle
    assert "arrow" not in idle


def test_places_follow_coordinates_and_without_them_a_layout_that_is_always_the_same():
    ring = [("A", "B"), ("B", "C"), ("C", "D"), ("D", "A")]
    names = ["D", "C", "B", "A"]
    found = places_of(names, ring, {})
    assert found == places_of(names, ring, {})
    assert dist(found["A"], found["B"]) == pytest.approx(dist(found["B"], found["C"]), rel=0.05)
    assert dist(found["A"], found["C"]) > 1.3 * dist(found["A"], found["B"])
    known = {"A": (50.0, 10.0), "B": (52.0, 10.0), "C": (50.0, 14.0)}
    mapped = places_of([*names, "out"], [*ring, ("C", "out")], known)
    assert mapped["B"][1] < mapped["A"][1], "north is up"
    assert mapped["C"][0] > mapped["A"][0]
    assert mapped["out"][0] > mapped["C"][0], "a neighbour lies outside"
    assert len({tuple(p) for p in mapped.values()}) == 5
    apart = places_of(["A", "B", "C"], [], {})
    assert len(set(apart.values())) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_those_of_the_locale(language):
    visitor = Visitor(translator(language))
    for value in (0.0, -1234567.891, 12.345, 999.995):
        assert visitor.number(value, 2) == format_decimal(float(f"{value:.2f}"), "#,##0.00", locale=language)
