"""Every worked figure of docs/oversight.md is computed again."""

import re
from pathlib import Path

import numpy as np
import pytest
from tests.oversight.worked import by, worked

from walras.oversight.concentration import area_concentration, concentration
from walras.oversight.groups import Groups
from walras.oversight.obligations import Obligations
from walras.oversight.pivotal import pivotal

PAGE = (Path(__file__).parents[2] / "docs" / "oversight.md").read_text(encoding="utf-8")
TEXT = " ".join(PAGE.split())


@pytest.mark.parametrize("line_mw", [20, 100])
def test_the_worked_market(line_mw):
    row = re.search(rf"^\| {line_mw} MW \| (.*) \|$", PAGE, flags=re.MULTILINE).group(1).replace(" (full)", "")
    book, results = worked(line_mw)
    sold = dict(zip([book.curves.name[o] for o in book.curves.step_order], results.published.curve, strict=True))
    assert [float(v) for v in row.split(" | ")] == [
        *results.price,
        *results.published.exchange,
        *(sold[n] for n in "xyz"),
    ]


def test_the_figures_of_concentration():
    book, results = worked(20)
    table = concentration(book, results)
    accepted, offered = by(table, "hhi_accepted", "hhi_offered", zone="A", side="supply")
    assert f"10,000 x (36 + 1) / 49 = {accepted:,.2f}; offered" in TEXT
    assert f"3,600 + 1,600 = {offered:,.0f}." in TEXT
    grouped = concentration(book, results, Groups({"X": "G", "Y": "G"}))
    assert f"one group: {by(grouped, 'hhi_accepted', zone='A', side='supply')[0]:,.0f}." in TEXT
    area = area_concentration(*worked(100))
    accepted, offered = by(area, "hhi_accepted", "hhi_offered", area="A + B", side="supply")
    assert f"10,000 x (4 + 1) / 9 = {accepted:,.2f}." in TEXT
    assert f"(3,600 + 1,600 + 900) / 16,900 = {offered:,.2f}." in TEXT


def test_the_figures_of_residual_supply():
    book, results = worked(20)
    table = pivotal(book, results)
    rows = re.findall(r"^\| (\w) \| (\w) \| (\(.*?) \| (\d.*?) \|$", PAGE, flags=re.MULTILINE)
    assert len(rows) == 3
    for zone, supplier, figures, said in rows:
        rsi, needed = by(table, "rsi", "is_pivotal", zone=zone, supplier=supplier)
        assert said == f"{rsi:.3f}" + (", pivotal" if needed else "")
        assert round(eval(figures), 9) == rsi
    for mw, outside in ((40, False), (30, True)):
        owed = Obligations(("X",), np.array([0]), np.array([float(mw)]), np.array([outside]))
        rsi, net = by(pivotal(book, results, None, owed), "rsi", "rsi_net", supplier="X")
        word = (
            f"RSI {rsi:.3f}, net (120 - 20) / 70 = {net:.3f}"
            if not outside
            else f"= {rsi:.3f}, net (150 - 60) / 100 = {net:.3f}"
        )
        assert word in TEXT
