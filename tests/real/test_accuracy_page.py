"""The accuracy page says what this release computes."""

import importlib.util
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def maker():
    spec = importlib.util.spec_from_file_location("make_accuracy", PROJECT / "docs" / "make_accuracy.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.real
@pytest.mark.drill
def test_the_accuracy_page_is_the_one_that_this_release_computes(maker, italy):
    assert maker.page(italy) == maker.PAGE.read_text(encoding="utf-8")


@pytest.mark.real
def test_welfare_with_the_published_blocks_is_that_of_our_own_selection_where_both_agree(maker, italy):
    from datetime import date

    from walras.coupling.clear import clear
    from walras.formats.gme import convert_gme, published_gme

    day = date(2025, 4, 7)
    book = convert_gme(italy, day)
    theirs = maker.published_welfare(book, published_gme(italy, day))
    assert theirs == pytest.approx(clear(book).welfare, abs=0.01)
