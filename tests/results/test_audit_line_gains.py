"""Lines with losses and tariffs before the audit: legal outcomes pass, tampered ones are named."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.builders import market, two_zones
from tests.results.by_hand import outcome
from tests.results.line_tampering import LINE_CASES, lossy_book, lossy_results
from tests.results.trees import plain, random_tree, root, tree
from tests.second_opinion import one_way
from tests.second_opinion.raw import read

from walras.coupling.clear import clear
from walras.results.audit import audit
from walras.results.certificate import bound_of
from walras.results.folder import read_results, write_results
from walras.results.raw import Raw, net_exports
from walras.results.results import Volumes
from walras.results.welfare import welfare_of

NONE, WHOLE = np.zeros(0), np.zeros(0, dtype=np.int64)


def test_legal_outcome_has_no_violation():
    assert audit(lossy_book(), lossy_results()) == []
    assert lossy_results().published.exchange.tolist() == [52.6, 80.0, 0.0, 5.0, 10.0, 0.0]
    assert lossy_results().published.received.tolist() == [50.0, 76.0, 0.0, 5.0, 9.0, 0.0]


@pytest.mark.parametrize("name", LINE_CASES)
def test_tampering_is_named(name):
    edit, rule = LINE_CASES[name]
    assert rule in {v.rule for v in audit(lossy_book(), edit(lossy_results()))}


def rules(book, exchange, received, price, curve):
    volumes = Volumes(
        np.array(curve, float), NONE, NONE, WHOLE, WHOLE, NONE, np.array(exchange, float), NONE,
        received=np.array(received, float),
    )  # fmt: skip
    found = {v.rule for v in audit(book, outcome(book, volumes, np.array(price, float)))}
    return found & {"line_loss", "line_missed_gain", "line_received", "line_capacity", "balance"}


@pytest.mark.parametrize(
    ("price", "broken"),
    [
        ((-50, -55.56), set()),
        ((-50, -45.0), {"line_missed_gain"}),
        ((-50, -55.0), {"line_missed_gain"}),
        ((-50, -56.0), {"line_loss"}),
        ((10, 11.11), set()),
    ],
)
def test_the_way_back_may_gain_beside_the_way_there(price, broken):
    """10 MW are sent for 9. At -50 and -55.56 the way back would gain 10.56 a MW: it is closed."""
    book = market(("D", "E")).line("D", "E", 100, loss=0.1).sells("D", 100, at=-500).buys("E", 9, at=500).book()
    curve = [10, 9] if book.curves.side[0] > 0 else [9, 10]
    assert rules(book, [10], [9], price, curve) == broken


@pytest.mark.parametrize(
    ("price", "is_legal"),
    [
        ((10, 11.11), True),  # neither gains
        ((10, 11.2), False),  # the way there would gain, and burn nothing
        ((-50, -55.56), True),  # the way back would gain, and there and back too, from either end: it may be closed
        ((-50, -50), False),  # both would gain: one must stand open
        ((-50, -500.0), True),  # at the lower limit the price may lie beyond
        ((-50, -499.0), True),
        ((-50, 20), False),
        ((-50, 0.1), False),
    ],
)
def test_an_idle_line_leaves_a_gain_only_where_energy_would_be_burnt(price, is_legal):
    book = market(("D", "E")).line("D", "E", 100, loss=0.1).sells("D", 100, at=500).buys("E", 9, at=-500).book()
    assert (rules(book, [0], [0], price, [0, 0]) == set()) == is_legal


def test_a_tariff_alone_excuses_nothing():
    book = market(("D", "E")).line("D", "E", 100, tariff=5).sells("D", 100, at=500).buys("E", 9, at=-500).book()
    assert rules(book, [0], [], (-50, -45), [0, 0]) == set()
    assert rules(book, [0], [], (-50, -44.9), [0, 0]) == {"line_missed_gain"}


def test_net_positions_count_what_arrives():
    assert net_exports(Raw(lossy_book()), lossy_results().published).tolist()[:4] == [52.6, 80.0, -50.0, -81.0]


def test_welfare_pays_the_tariff():
    book = two_zones().line("A", "B", 100, tariff=2).sells("A", 100, at=10).buys("B", 50, at=90).book()
    results = clear(book)
    assert welfare_of(book, results.decided) == pytest.approx(50 * (90 - 10 - 2))
    assert results.bound == pytest.approx(results.welfare)


def test_the_folder_says_what_was_sent_and_what_arrived(tmp_path):
    book, results = lossy_book(), lossy_results()
    write_results(book, results, {}, tmp_path / "result")
    table = pl.read_parquet(tmp_path / "result" / "scheduled_exchanges.parquet")
    assert table["exchange_mw"].to_list() == [52.6, 80.0, 0.0, 5.0, 10.0, 0.0]
    assert table["received_mw"].to_list() == [50.0, 76.0, 0.0, 5.0, 9.0, 0.0]
    back = read_results(book, tmp_path / "result")
    assert back.published.received.tolist() == results.published.received.tolist()
    assert audit(book, back) == []
    plain_book = two_zones().sells("A", 100, at=10).buys("B", 50, at=90).book()
    write_results(plain_book, clear(plain_book), {}, tmp_path / "plain")
    assert "received_mw" not in pl.read_parquet(tmp_path / "plain" / "scheduled_exchanges.parquet").columns


@pytest.mark.parametrize("seed", range(40))
def test_no_legal_result_passes_any_posted_prices_or_cases(seed):
    chance = random.Random(seed)
    book = one_way.lossy_market(chance).book()
    best = one_way.best(read(book))
    together = chance.random() < 0.5
    cluster = [0] * len(book.cells.grids) if together else list(range(len(book.cells.grids)))
    price = np.array([chance.choice([-80.0, -50, -5, 0, 10, 40]) for _ in range(book.cells.count)])
    certificate = plain(book, price)
    assert bound_of(book, certificate) >= best - 1e-3
    cases = replace(certificate, tree=random_tree(book, chance, cluster, price))
    assert bound_of(book, cases) >= best - 1e-3


def test_no_witness_is_taken_beside_a_line_with_losses():
    """A direction that a legal result closes would be open to the witness (theory, 3g)."""
    found = {}
    for loss in (0.0, 0.1):
        said = two_zones().line("A", "B", 100, loss=loss, tariff=1).sells("A", 100, at=40).buys("A", 60, at=50)
        book = said.block("b", "A", "supply", 10, 100).book()
        results = clear(book)
        made = tree([0, 0], [root(0), (0, 0, 0, 0, -1, 0), (0, 0, 0, 0, -1, 1)], (), (), [(2, 0, 0, 60.0)])
        broken = replace(results, certificate=replace(results.certificate, tree=made))
        found[loss] = [v.what for v in audit(book, broken) if v.rule == "tree_witness"]
    assert "losses" in found[0.1][0]
    assert "losses" not in found[0.0][0]
