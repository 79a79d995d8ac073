"""A market of lines with losses and tariffs, and ways to make its outcome illegal."""

from __future__ import annotations

from functools import cache

import numpy as np
from tests.builders import market
from tests.results.tampering import figure, price, shorter, volume

from walras.coupling.clear import clear


@cache
def lossy_book():
    """A to B with room, then full; C beside B with a tariff that keeps it idle; D and E below zero.

    Cells in order: A, B, C, D, E, two hours each. Line periods: A-B, C-B, D-E, two each.
    """
    said = market(("A", "B", "C", "D", "E"), 2)
    for hour, load in enumerate((50, 120)):
        said.sells("A", 200, at=10, hour=hour, order="A-base").buys("B", load, at=90, hour=hour, order="B-load")
        said.sells("B", 60, at=50, hour=hour, order="B-peak").sells("C", 30, at=14, hour=hour, order="C-base")
        said.buys("C", 20, at=60, hour=hour, order="C-load").sells("D", 100, at=-50, hour=hour, order="D-base")
        said.buys("D", 20, at=10, hour=hour, order="D-load")
    said.buys("E", 9, at=5, order="E-load")
    said.line("A", "B", 80, loss=0.05, tariff=2).line("C", "B", 5, tariff=3).line("D", "E", 100, loss=0.1)
    return said.book()


@cache
def lossy_results():
    return clear(lossy_book())


LINE_CASES = {
    "less arrives than the loss allows": (volume(received={0: 49.7}), "line_received"),
    "more arrives than was sent": (volume(received={0: 52.9}), "line_received"),
    "less arrives over a line without a loss": (volume(received={3: -4.9}), "line_received"),
    "what arrives is off its tick": (volume(received={0: 50.03}), "volume_on_tick"),
    "what arrives is no number": (volume(received={0: np.nan}), "numbers_finite"),
    "a row of what arrives is missing": (shorter("received"), "columns_complete"),
    "what arrives comes from nowhere": (volume(received={0: 50.1}), "balance"),
    "what is sent comes from nowhere": (volume(exchange={0: 52.7}), "balance"),
    "more is sent than fits": (volume(exchange={1: 80.1}), "line_capacity"),
    "sending does not pay for its loss and tariff": (price(2, 12.5), "line_loss"),
    "sending leaves a gain though there is room": (price(2, 12.7), "line_missed_gain"),
    "a full line loses": (price(3, 12.5), "line_loss"),
    "an idle line is used within its tariff": (volume(exchange={2: 1.0}, received={2: 1.0}), "line_loss"),
    "an idle line leaves more than its tariff": (price(4, 9.0), "line_missed_gain"),
    "a line that could earn its tariff is not used": (volume(exchange={3: 0.0}, received={3: 0.0}), "line_missed_gain"),
    "the open direction is not used": (
        lambda r: price(8, 5.0)(volume(exchange={4: 0.0}, received={4: 0.0})(r)),
        "line_missed_gain",
    ),
    "an idle pair leaves a gain both ways": (price(9, -50.0), "line_missed_gain"),
    "welfare forgets the tariff": (
        figure(welfare=lambda welfare: welfare + 2 * 52.6),
        "welfare_rounding",
    ),
}
