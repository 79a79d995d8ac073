"""Rules of lines with a loss or a tariff: what arrives, and what either direction may gain (eq. A.44 to A.46).

Sending a MWh over a direction gains what its share that arrives is worth there, less its
price here and the tariff (formulation, eq. 3.11). A direction in use may not lose. One with
room may gain only where it had to be closed, since a line must not be used both ways at once:
beside its counterpart in use, or where sending there and straight back gains from either end
(rules, 2.1).

Axes: p line periods.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, FloatArray
from walras.results.audit.case import DECIDED, Case
from walras.results.audit.lines import floored, stands_at_limit
from walras.results.audit.names import line_name
from walras.results.audit.violation import Report


@dataclass(frozen=True)
class Direction:
    """One direction of every line period; shape (p,).

    Attributes:
        share: Part of what is sent that arrives.
        gain, allowed: Of a MWh sent, in currency, and how far rounding may have moved it.
        is_used, has_room: Whether anything is sent, and whether more could be.
        may_gain, may_lose: Whether a price at its limit, which would lie beyond, explains a gain, a loss.
    """

    share: FloatArray
    gain: FloatArray
    allowed: FloatArray
    is_used: BoolArray
    has_room: BoolArray
    may_gain: BoolArray
    may_lose: BoolArray

    def may_be_closed(self, other: Direction) -> BoolArray:
        """Return where the rules close this direction for the sake of the other (formulation, eq. 3.12)."""
        burns = (self.share * other.share < 1) & self._returns(other) & other._returns(self)
        stands_open = ~other.has_room | (other.gain <= other.allowed)
        out: BoolArray = ~self.is_used & (other.is_used | (burns & stands_open))
        return out

    def _returns(self, other: Direction) -> BoolArray:
        """Return where sending there and straight back gains."""
        out: BoolArray = self.gain + self.share * other.gain > -(self.allowed + self.share * other.allowed)
        return out


def check_line_gains(case: Case, report: Report) -> None:
    """line_received, line_loss, line_missed_gain."""
    raw, exchange = case.raw, case.volumes.exchange
    if not raw.is_two_way.any():
        return
    _check_received(case, report)
    forward, backward = _directions(case)
    excused = ~raw.is_two_way | stands_at_limit(case)
    lost, missed = np.full((2, 2, len(exchange)), -np.inf)
    for d, (one, other) in enumerate(((forward, backward), (backward, forward))):
        lost[d] = np.where(one.is_used & ~one.may_lose, -one.gain - one.allowed, -np.inf)
        missed[d] = np.where(one.has_room & ~one.may_gain & ~one.may_be_closed(other), one.gain - one.allowed, -np.inf)
    for rule, wrong, what in (
        ("line_loss", lost.max(axis=0), "used at a loss"),
        ("line_missed_gain", missed.max(axis=0), "a gain is left"),
    ):
        report.add(
            rule,
            np.where(excused, -np.inf, wrong),
            lambda p: line_name(raw.book, p),
            lambda p, what=what: (  # type: ignore[misc]
                f"{what} at {exchange[p]:.9g} MW: a MWh sent forward gains {forward.gain[p]:.9g}, "
                f"one sent backward {backward.gain[p]:.9g}"
            ),
        )


def _check_received(case: Case, report: Report) -> None:
    raw, exchange, arriving = case.raw, case.volumes.exchange, case.volumes.arriving
    forward, backward, _ = raw.line_terms
    share = np.where(np.where(exchange != 0, exchange, arriving) >= 0, forward, backward)
    moved = np.where((forward < 1) | (backward < 1), (1.0 + share) * case.line_tick, 0.0)
    report.add(
        "line_received",
        np.abs(arriving - share * exchange) - moved - case.dust(exchange),
        lambda p: line_name(raw.book, p),
        lambda p: f"of {exchange[p]:.9g} MW sent {arriving[p]:.9g} MW arrive, not a share of {share[p]:.9g}",
    )


def _directions(case: Case) -> tuple[Direction, Direction]:
    """Return both directions of every line period, forward first."""
    raw, lines, exchange = case.raw, case.raw.book.lines, case.volumes.exchange
    forward, backward, tariff = raw.line_terms
    price = case.price_at(lines.from_cell, lines.from_cells), case.price_at(lines.to_cell, lines.to_cells)
    half = case.half_price_tick[lines.from_cell], case.half_price_tick[lines.to_cell]
    least, most = _at_limits(case)
    dust = case.relative * np.maximum(1.0, np.maximum(np.abs(price[0]), np.abs(price[1])) + tariff)

    def direction(share: FloatArray, here: int, there: int, sent: FloatArray, capacity: FloatArray) -> Direction:
        return Direction(
            share=share,
            gain=share * price[there] - price[here] - tariff,
            allowed=half[here] + share * half[there] + dust,
            is_used=sent > case.dust(exchange),
            has_room=sent < floored(capacity, case.line_tick) - case.dust(exchange),
            may_gain=(share < 1) & (least[there] | most[here]),
            may_lose=(share < 1) & (least[here] | most[there]),
        )

    return (
        direction(forward, 0, 1, np.maximum(exchange, 0.0), lines.capacity_forward),
        direction(backward, 1, 0, np.maximum(-exchange, 0.0), lines.capacity_backward),
    )


def _at_limits(case: Case) -> tuple[tuple[BoolArray, BoolArray], tuple[BoolArray, BoolArray]]:
    """Return which prices at the first and the other end of each line period stand at the lower limit, at the upper."""
    cells, lines = case.raw.book.cells, case.raw.book.lines
    close = DECIDED * np.maximum(1.0, np.abs(case.price))
    least, most = case.price <= cells.price_min + close, case.price >= cells.price_max - close
    return (least[lines.from_cell], least[lines.to_cell]), (most[lines.from_cell], most[lines.to_cell])
