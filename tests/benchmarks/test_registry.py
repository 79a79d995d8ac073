"""The registry of benchmarks fits together; nothing here looks at a clock."""

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def registry(monkeypatch):
    import importlib

    monkeypatch.syspath_prepend(BENCHMARKS)
    names = ("markets", "phases", "measure", "page")
    yield {name: importlib.import_module(name) for name in names}
    for name in names:
        sys.modules.pop(name, None)


def test_every_row_names_a_market_and_a_phase_that_exist(registry):
    rows = registry["phases"].ROWS
    assert {r.market for r in rows} == set(registry["markets"].MARKETS)
    assert {r.phase for r in rows} == set(registry["phases"].PHASES)
    assert len({(r.market, r.phase) for r in rows}) == len(rows)


def test_a_row_is_measured_after_one_run_that_warms_up(registry, monkeypatch, tmp_path):
    calls = []
    monkeypatch.setitem(registry["phases"].PHASES, "count", lambda stand: lambda: calls.append(stand.name))
    found = registry["measure"].measured(registry["phases"].Row("any", "count", 3), tmp_path)
    assert calls == ["any"] * 4
    assert len(found.wall_s) == len(found.cpu_s) == 3


def test_a_market_that_is_not_here_is_left_out_with_its_reason(registry, monkeypatch, tmp_path):
    monkeypatch.setenv("WALRAS_DATA", str(tmp_path))
    with pytest.raises(registry["markets"].Skip, match="not on this machine"):
        registry["markets"].MARKETS["Italian day"].book()
    row = registry["phases"].ROWS[0]
    assert "left out: away" in registry["page"].line(row, "away")


def test_text_around_the_table_is_kept(registry):
    page = registry["page"]
    text = f"before {page.BEGIN} old {page.END} after"
    assert page.replaced(text, "new") == f"before {page.BEGIN}\nnew{page.END} after"
    with pytest.raises(AssertionError, match="markers"):
        page.replaced("no markers", "new")


def test_the_page_has_its_markers(registry):
    page = registry["page"]
    text = (BENCHMARKS.parent / "docs" / "performance.md").read_text(encoding="utf-8")
    assert text.count(page.BEGIN) == text.count(page.END) == 1
