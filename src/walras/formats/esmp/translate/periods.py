"""Periods: between points and columns.

Positions that curve type A03 leaves out repeat the value before them. What is written says every position.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from walras.formats.esmp.bindings import parts as xml
from walras.formats.esmp.bindings.parts import Interval
from walras.formats.esmp.bindings.reserve_bid import BidPeriod as XmlBidPeriod
from walras.formats.esmp.bindings.reserve_bid import BidPoint
from walras.formats.esmp.nouns import BidPeriod, IntArray, Period
from walras.formats.esmp.translate.parts import read_span, write_span
from walras.formats.esmp.values import minutes_of, thousandths


def read_periods(periods: Sequence[xml.Period | xml.SignedPeriod]) -> tuple[Period, ...]:
    """Return periods as columns of kilowatts."""
    return tuple(_read(p) for p in periods)


def write_periods(periods: Sequence[Period]) -> list[xml.Period]:
    """Return periods as points of megawatts."""
    return [
        xml.Period(_interval(p), _resolution(p), [xml.Point(n, mw) for n, mw in enumerate(_decimals(p.kilowatts), 1)])
        for p in periods
    ]


def write_signed_periods(periods: Sequence[Period]) -> list[xml.SignedPeriod]:
    """Return periods as points of megawatts that may be negative."""
    return [
        xml.SignedPeriod(
            _interval(p), _resolution(p), [xml.SignedPoint(n, mw) for n, mw in enumerate(_decimals(p.kilowatts), 1)]
        )
        for p in periods
    ]


def read_bid_periods(periods: Sequence[XmlBidPeriod]) -> tuple[BidPeriod, ...]:
    """Return periods of a bid as columns; a column that no point has is None."""
    return tuple(_read_bid(p) for p in periods)


def write_bid_periods(periods: Sequence[BidPeriod]) -> list[XmlBidPeriod]:
    """Return periods of a bid as points."""
    return [XmlBidPeriod(_interval(p), _resolution(p), _bid_points(p)) for p in periods]


def _read(period: xml.Period | xml.SignedPeriod) -> Period:
    start, end = read_span(period.interval)
    minutes = minutes_of(period.resolution)
    points = period.points
    blocks = _blocks([p.position for p in points], (end - start) // minutes)
    return Period(start, minutes, _column([p.quantity for p in points])[blocks])


def _read_bid(period: XmlBidPeriod) -> BidPeriod:
    start, end = read_span(period.interval)
    minutes = minutes_of(period.resolution)
    points = period.points
    blocks = _blocks([p.position for p in points], (end - start) // minutes)

    def column(values: list[Decimal | None]) -> IntArray | None:
        given = [v for v in values if v is not None]
        return _column(given)[blocks] if given else None

    return BidPeriod(
        start,
        minutes,
        _column([p.quantity for p in points])[blocks],
        column([p.least for p in points]),
        column([p.price for p in points]),
        column([p.energy_price for p in points]),
    )


def _blocks(positions: list[int], count: int) -> IntArray:
    """Return, for each of `count` blocks, which point it takes its value from.

    Example:
        >>> _blocks([1, 3], 4).tolist()
        [0, 0, 1, 1]
    """
    starts = np.array(positions, np.int64)
    return np.searchsorted(starts, np.arange(1, count + 1), side="right").astype(np.int64) - 1


def _column(values: Sequence[Decimal]) -> IntArray:
    return np.array([thousandths(v) for v in values], np.int64)


def _decimals(column: IntArray) -> list[Decimal]:
    """Return thousandths as numbers with as few decimals as they need.

    Example:
        >>> [str(d) for d in _decimals(np.array([12500, 12000, 0, -1]))]
        ['12.5', '12', '0', '-0.001']
    """
    return [_decimal(v) for v in column.tolist()]


def _decimal(value: int) -> Decimal:
    whole, rest = divmod(abs(value), 1000)
    text = f"{whole}.{rest:03d}".rstrip("0").rstrip(".")
    return Decimal(f"-{text}" if value < 0 else text)


def _bid_points(period: BidPeriod) -> list[BidPoint]:
    def column(values: IntArray | None) -> Sequence[Decimal | None]:
        return [None] * len(period.kilowatts) if values is None else _decimals(values)

    columns = (period.least_kilowatts, period.price_milli, period.energy_price_milli)
    rows = zip(_decimals(period.kilowatts), *(column(c) for c in columns), strict=True)
    return [
        BidPoint(position=n, quantity=mw, least=least, price=price, energy_price=energy)
        for n, (mw, least, price, energy) in enumerate(rows, 1)
    ]


def _interval(period: Period) -> Interval:
    return write_span((period.start, period.end))


def _resolution(period: Period) -> str:
    return f"PT{period.minutes}M"
