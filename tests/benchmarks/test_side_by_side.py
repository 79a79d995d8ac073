"""Records of runs beside the prototype, their table and their picture; nothing here runs an engine."""

import importlib
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
LOG = "[0.4s] LP ub 1000.00 frac 41 yviol 0\n[1.0s] INC gap 90.00 dive3\ntrace [(1.0, 90.0), (20.0, 60.0)]\n"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    names = ("records", "gap_picture", "gap_over_time")
    yield {name: importlib.import_module(name) for name in names}
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def runs(bench):
    theirs = bench["records"].prototype_record("A", LOG, 135.0, 136.0, 0.5, 100.0, 130.0)
    trace = [[2.0, 900.0, 1000.0], [40.0, 950.0, 980.0]]
    ours = bench["records"].Record(
        "A", "walras", 135.0, 130.0, 0.5, 1000.0, trace, 949.0, 980.0, 200.0, 190.0, curves_alone=0.0, violations=0
    )
    return [theirs, ours]


def test_a_prototype_log_becomes_a_record_on_the_scale_of_its_welfare(runs):
    theirs = runs[0]
    assert theirs.trace == [[1.0, 910.0, 1000.0], [20.0, 940.0, 1000.0]]
    assert (theirs.first_s, theirs.welfare, theirs.bound) == (1.0, 940.0, 1000.0)


def test_a_log_without_results_is_refused(bench):
    with pytest.raises(AssertionError, match="trace"):
        bench["records"].prototype_record("A", LOG.splitlines()[0], 135.0, 136.0, 0.5, 100.0, 130.0)


def test_a_moment_knows_only_what_was_found_before_it(runs):
    ours = runs[1]
    assert ours.at(1.9) is None
    assert ours.at(39.9) == (900.0, 1000.0)
    assert ours.at(134) == (950.0, 980.0)
    assert ours.at(135) == (949.0, 980.0), "the limit shows the result as written"


def test_the_table_states_distances_shares_and_goals(bench, runs):
    text = bench["gap_over_time"].content(runs)
    assert "| A | prototype | 1.0 | 90.0 | 60.0 | 60.0 | 60.0 | not audited | 0.96 | 0.5 | 100 |" in text
    assert "| A | walras | 2.0 | 100.0 | 100.0 | 50.0 | 51.0 | 0 violations | 1.46 | 0.5 | 200 |" in text
    assert "| A | 1,000 | 60 | 31 | 3.1000 % | 0.13 %: missed | 0.1 %: missed |" in text


def test_runs_that_are_missing_are_named(bench, runs):
    says = bench["gap_over_time"].not_run(runs)
    ours, theirs = says.split(";")
    assert "Walras on A2, A3, A4, B," in ours
    assert theirs.strip().startswith("the prototype on A2,")


def test_a_run_is_kept_once(bench, runs, tmp_path):
    path = tmp_path / "records.json"
    for run in [*runs, runs[1]]:
        bench["records"].keep(path, run)
    assert bench["records"].read_records(path) == runs


def test_the_picture_draws_one_line_a_run_inside_its_panel(bench, runs):
    drawing = ElementTree.fromstring(bench["gap_picture"].picture(runs, {"A": 1000.0, "B": None}, {"A": 5.0, "B": 5.0}))
    lines = [e for e in drawing.iter() if e.tag.endswith("polyline")]
    assert len(lines) == 2
    points = [tuple(map(float, p.split(","))) for line in lines for p in line.get("points").split()]
    assert all(0 <= x <= bench["gap_picture"].WIDTH and 0 <= y <= bench["gap_picture"].HEIGHT for x, y in points)


def test_the_page_has_its_markers_and_its_picture(bench):
    page = bench["gap_over_time"]
    text = (BENCHMARKS.parent / "docs" / "performance.md").read_text(encoding="utf-8")
    assert text.count(page.BEGIN) == text.count(page.END) == 1
    assert (BENCHMARKS.parent / "docs" / "images" / "gap_over_time.svg").exists()
