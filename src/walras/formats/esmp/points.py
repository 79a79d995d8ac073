"""Periods and points of a tree: each period inside the document's, each position where it must be.

Read by `checking`. Curve type A01 says every position from 1 to n; A03 leaves positions out that repeat
the one before. n is the length of the interval over the resolution, in UTC, so that a day of 25 hours
has 25 hours. Only periods whose own parts are well-formed are looked at: others are listed already.
"""

from __future__ import annotations

from typing import Protocol

from walras.formats.esmp.values import Wrong, minute, minutes_of, minutes_utc, position
from walras.formats.esmp.xml import Node

MOST_VALUES = 1_000_000
SERIES = ("TimeSeries", "Bid_TimeSeries", "Imposed_TimeSeries", "Confirmed_TimeSeries")
DOCUMENT_PERIODS = (
    "schedule_Time_Period.timeInterval",
    "period.timeInterval",
    "schedule_Period.timeInterval",
    "reserveBid_Period.timeInterval",
)
WHOLE = ("Schedule_MarketDocument",)
"""Documents whose series must say something for the whole period of the document."""

Span = tuple[int, int]


class Reports(Protocol):
    """Where mistakes go."""

    def add(self, node: Node, path: str, wrong: Wrong) -> None:
        """Add what is wrong with the element at a path."""


def check_series(root: Node, report: Reports) -> None:
    """Add every mistake of periods and points of a document."""
    outer = next((c for c in root.children if c.name in DOCUMENT_PERIODS), None)
    span = None if outer is None else _span(outer, f"{root.name}/{outer.name}", report)
    values = 0
    for node, path in series_of(root, root.name):
        curve = node.text_of("curveType") or "A01"
        spans = []
        for number, period in enumerate((c for c in node.children if c.name == "Period"), 1):
            found, count = _check_period(period, f"{path}/Period[{number}]", curve, report)
            values += count
            spans.append(found)
        if span and spans and all(spans):
            _check_cover(node, path, span, [s for s in spans if s], root.name in WHOLE, report)
    if values > MOST_VALUES:
        what = f"the periods have {values} positions, at most {MOST_VALUES} are read"
        report.add(root, root.name, Wrong("esmp_size", what, "Split it into several documents."))


def series_of(node: Node, path: str) -> list[tuple[Node, str]]:
    """Return every series below an element, with its path as `checking` writes it."""
    out, counts = [], dict.fromkeys((*SERIES, "Anomaly_MarketDocument"), 0)
    for child in node.children:
        if child.name not in counts or child.namespace != node.namespace:
            continue
        counts[child.name] += 1
        at = f"{path}/{child.name}[{counts[child.name]}]"
        if child.name == "Anomaly_MarketDocument":
            out += [(c, f"{at}/{c.name}") for c in child.children if c.name == "TimeSeries"]
        else:
            out.append((child, at))
    return out


def _span(node: Node, path: str, report: Reports) -> Span | None:
    """Return start and end of an interval in minutes, None if it is malformed or ends before it begins."""
    texts = [node.text_of("start"), node.text_of("end")]
    if any(t is None or minute(t) for t in texts):
        return None
    start, end = (minutes_utc(t or "") for t in texts)
    if start < end:
        return start, end
    report.add(node, path, Wrong("esmp_period", "the interval ends before it begins", "Put the end after the start."))
    return None


def _check_period(period: Node, path: str, curve: str, report: Reports) -> tuple[Span | None, int]:
    """Check one period; return its span, if that is well-formed, and how many values it stands for."""
    interval, minutes = period.child("timeInterval"), minutes_of(period.text_of("resolution") or "")
    if interval is None or not minutes:
        return None, 0
    span = _span(interval, f"{path}/timeInterval", report)
    if span is None:
        return None, 0
    count, rest = divmod(span[1] - span[0], minutes)
    if rest:
        what = f"{span[1] - span[0]} minutes are not a whole number of {minutes} minutes"
        report.add(period, path, Wrong("esmp_resolution", what, "Choose a resolution that divides the interval."))
        return span, 0
    if curve in ("A01", "A03"):
        _check_positions(period, path, curve, count, report)
    return span, count


def _check_positions(period: Node, path: str, curve: str, count: int, report: Reports) -> None:
    """Check that positions run from 1, rise, and end where the interval does."""
    points = [c for c in period.children if c.name == "Point"]
    texts = [p.text_of("position") or "" for p in points]
    if not points or any(position(t) for t in texts):
        return
    places = [int(t) for t in texts]
    wrong_before = False
    for number, (place, point) in enumerate(zip(places, points, strict=True), 1):
        before = places[number - 2] if number > 1 else 0
        right = before + 1 if curve == "A01" or number == 1 else max(place, before + 1)
        if place != right:
            wrong_before = True
            fix = "Number the points 1, 2, 3 and so on." if curve == "A01" else "Begin with 1 and go up."
            wrong = Wrong("esmp_position", f"position {place} where {right} should stand", fix)
            report.add(point, f"{path}/Point[{number}]", wrong)
    if wrong_before:
        return
    if curve == "A01" and len(points) != count:
        fix = f"Send {count} points, one for each block in UTC; days of 23 and 25 hours have 23 and 25 hours."
        what = f"{len(points)} points where the interval has {count}"
        report.add(period, path, Wrong("esmp_points", what, fix))
    elif places[-1] > count:
        what = f"position {places[-1]} where the interval has {count}"
        report.add(period, path, Wrong("esmp_points", what, f"Send positions up to {count}."))


def _check_cover(node: Node, path: str, outer: Span, spans: list[Span], whole: bool, report: Reports) -> None:
    """Check that the periods of a series lie inside the document's, rise, and leave no gap where none may be."""
    end = outer[0]
    wrong = None
    for start, stop in spans:
        if start < end:
            wrong = "a period begins before the document's period or before the end of the one before"
        elif start > end and whole:
            wrong = "the periods leave a part of the document's period out"
        end = stop
    if end > outer[1]:
        wrong = "a period ends after the document's period"
    elif end < outer[1] and whole:
        wrong = "the periods leave a part of the document's period out"
    if wrong:
        minutes = outer[1] - outer[0]
        fix = f"Cover the document's period of {minutes} minutes, one period after another."
        if not whole:
            fix = f"Stay inside the document's period of {minutes} minutes, one period after another."
        report.add(node, path, Wrong("esmp_period", wrong, fix))
