"""What must hold of every accession: gains sum to welfare, joining loses none, a line without room changes nothing."""

import random
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.second_opinion import random_markets
from tests.studies.accessions import as_member, join, settled

from walras.book.findings import Findings
from walras.book.folder import read, write
from walras.coupling.clear import clear
from walras.results.audit import audit
from walras.results.raw import Raw, injection, net_exports
from walras.results.welfare import welfare_of
from walras.studies.accession.joining import read_joining, write_joined
from walras.studies.accession.surplus import surplus_of
from walras.vocabulary import Status

few = settings(max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
fewer = settings(few, max_examples=12)
chances = st.randoms(use_true_random=False)
curves = chances.map(random_markets.curve_market)
any_market = st.one_of(curves, chances.map(random_markets.indivisible_market))
MEMBER = {z: f"X{z}" for z in "ABCDE"}


@contextmanager
def joined(script, other, mw):
    """Two random markets and their joined one, read from its folder; None where their grids cannot be joined."""
    with tempfile.TemporaryDirectory() as place:
        market = settled(script.book(), MEMBER)
        member, folder = as_member(other.book()), Path(place) / "member"
        write(member, folder)
        join(folder, member, market, [(member.cells.zones[0].name, market.cells.zones[-1].name)], mw)
        findings = Findings()
        lines = read_joining(market, member, folder, findings)
        assert findings.mistakes == []
        write_joined(market, member, lines, Path(place) / "joined")
        yield market, member, read(Path(place) / "joined")


@few
@given(any_market)
def test_gains_of_all_states_sum_to_the_welfare(script):
    book = settled(script.book(), MEMBER)
    results = clear(book)
    assert audit(book, results) == []
    raw, published = Raw(book), results.published
    # where MTUs of several lengths meet, ticks cannot always balance: then a little energy has no other side
    left = injection(raw, published) - net_exports(raw, published)
    unbalanced = float(np.sum(left * results.price * book.cells.hours))
    welfare = welfare_of(book, published)
    assert surplus_of(book, results).total == pytest.approx(welfare + unbalanced, rel=1e-12, abs=1e-6)


@few
@given(curves)
def test_no_state_loses_as_a_buyer_or_as_a_seller(script):
    """No curve order loses, so neither do all of a side together, but for the rounding of prices."""
    book = settled(script.book(), MEMBER)
    gains = surplus_of(book, clear(book))
    assert min(gains.buyers.min(), gains.sellers.min()) > -0.01 * 2_500


@fewer
@given(curves, curves, st.sampled_from([5, 30, 500]))
def test_joining_never_loses_welfare_where_all_is_proven(script, other, mw):
    with joined(script, other, mw) as books:
        apart, alone, together = (clear(book) for book in books)
        assume(all(r.status == Status.OPTIMAL for r in (apart, alone, together)))
        assert audit(books[2], together) == []
        assert together.welfare >= apart.welfare + alone.welfare - 0.01 - 1e-9 * abs(together.welfare)


@fewer
@given(any_market, curves)
def test_a_member_behind_a_line_without_room_changes_no_price(script, other):
    with joined(script, other, 0) as books:
        apart, alone, together = (clear(book) for book in books)
        for book, results in ((books[0], apart), (books[1], alone)):
            for g, grid in enumerate(book.cells.grids):
                name = book.cells.zones[grid.zone].name
                at = [books[2].cells.zones[h.zone].name for h in books[2].cells.grids].index(name)
                cells = books[2].cells.first
                assert np.array_equal(results.price[book.cells.grid == g], together.price[cells[at] : cells[at + 1]]), (
                    name
                )


def test_a_joined_market_holds_both_and_the_line_between_them():
    script = random_markets.curve_market(random.Random(1))
    with joined(script, script, 10) as books:
        market, member, both = books
        assert both.cells.count == market.cells.count + member.cells.count
        assert both.curves.step_count == 2 * market.curves.step_count
        assert both.borders.count == 2 * market.borders.count
        assert both.lines.count == 2 * market.lines.count + 1
