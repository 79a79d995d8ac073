"""The bundled market of carriers: made by its script, proven, run by its unit, and as its pages and pictures say."""

import re
import runpy
from pathlib import Path
from xml.etree import ElementTree

import pytest

import walras
from walras.settlement.settle import settle
from walras.units.accepted import accepted_power
from walras.units.check import check
from walras.units.examples import example_unit
from walras.units.physics import day_of, physics_of
from walras.vocabulary import Status

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "src" / "walras" / "examples" / "carriers"
PICTURES = ("prices", "plants", "stores", "thirty-days")


@pytest.fixture
def book():
    return walras.read(FOLDER)


def test_the_script_writes_the_bundled_tables_byte_for_byte(tmp_path):
    script = runpy.run_path(str(PROJECT / "examples" / "make_carriers.py"))
    script["main"].__globals__["FOLDER"] = tmp_path
    script["main"]()
    made = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    kept = {p.name: p.read_bytes() for p in FOLDER.iterdir() if p.suffix in {".csv", ".toml"}}
    assert made == kept


def test_the_market_has_what_it_is_made_to_show(book):
    assert {g.carrier for g in book.cells.grids} == {"electricity", "gas", "hydrogen"}
    assert sorted(book.scalables.name) == ["XA-electrolyser", "XB-ccgt"]
    assert book.scalables.conversions.efficiency.tolist() == [0.68, 0.56]
    assert book.storages.name == ("XA-pumps", "XB-battery", "pipe-linepack")
    assert book.blocks.group_name == ("NPP-1:days",)
    assert (book.lines.loss_forward > 0).sum() == (book.lines.tariff > 0).sum() == 1
    assert len({(g.start, g.end) for g in book.cells.grids}) == 2


def test_it_is_cleared_to_the_proven_best_and_settled_to_the_cent(book, clear):
    results = clear(book)
    assert results.status is Status.OPTIMAL
    settlement = settle(book, results)
    assert int(settlement.who_owes_whom["net_minor"].sum()) == 0
    assert abs(settlement.net_minor("rounding")) < 100


def test_the_unit_can_run_what_is_accepted_and_the_power_line_is_full(book, clear):
    results, unit = clear(book), example_unit("nuclear")
    day = day_of(book, unit.zone, unit.carrier)
    power = accepted_power(book, results.published, unit, day)
    assert check(physics_of(unit, day), power) == []
    assert power.min() < power.max()
    line = book.lines.name.index("XA-XB-power")
    full = results.published.exchange[book.lines.period_line == line] == 350
    assert 6 < full.sum() < 24


def test_the_folder_is_in_the_wheel_and_small():
    data = re.search(r"^walras = \[(.*)\]$", (PROJECT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    patterns = re.findall(r'"([^"]+)"', data.group(1))
    packed = {p for pattern in patterns for p in (PROJECT / "src" / "walras").glob(pattern)}
    assert {p for p in FOLDER.iterdir() if p.is_file()} <= packed
    assert sum(p.stat().st_size for p in FOLDER.iterdir()) < 200_000


def test_pictures_are_those_of_the_pages_and_say_so():
    pages = "".join(
        (PROJECT / "docs" / f"tutorial-{n}.md").read_text(encoding="utf-8") for n in ("carriers", "thirty-days")
    )
    for name in PICTURES:
        path = PROJECT / "docs" / "images" / f"carriers-{name}.svg"
        assert f"images/{path.name}" in pages
        words = "".join(ElementTree.parse(path).getroot().itertext())
        assert "invented figures" in words
        assert "nan" not in path.read_text(encoding="utf-8")


def test_levels_that_are_drawn_begin_and_end_as_the_orders_say_and_keep_within_capacity():
    script = runpy.run_path(str(PROJECT / "docs" / "make_carrier_pictures.py"))
    day = script["Day"]()
    for order, capacity, ends in (("XB-battery", 160, 20), ("XA-pumps", 1100, 300), ("pipe-linepack", 900, 500)):
        level = day.level(order)
        assert level[0] == ends
        assert ends - 0.2 <= level[-1]
        assert -0.2 <= min(level) <= max(level) <= capacity + 0.2
