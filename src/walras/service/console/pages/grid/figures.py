"""Figures of MTUs as points of plots and rows of tables; more than is worth a label of its own is summed up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.places import mark
from walras.service.words import Translator

LAYERS = {
    "transmission": mark("transmission"), "long_term": mark("long-term rights"), "bilateral": mark("bilateral"),
    "term": mark("term auctions"), "day_ahead": mark("day ahead"), "intraday": mark("intraday"),
}  # fmt: skip
"""Layers of capacity in the order in which they are given away."""
WAYS = {"forward": mark("forward"), "backward": mark("backward")}


def points(desk: Desk, starts: Sequence[str], minutes: int, values: Sequence[float]) -> list[tuple[str, float | None]]:
    """Return values of MTUs as steps over local time."""
    return shown.steps([(s, minutes, v) for s, v in zip(starts, values, strict=True)], desk.zone)


def differing_words(t: Translator, count: int) -> str:
    """Return in how many MTUs two sides differ, empty for none."""
    return t.n_("{count} MTU differs", "{count} MTUs differ", count).format(count=count) if count else ""


def mtu_rows(starts: Sequence[str], series: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return a row an MTU with a field a series.

    >>> mtu_rows(["2027-01-31T00:00Z"], {"mw": [5.0]})
    [{'mtu_start': '2027-01-31T00:00Z', 'mw': 5.0}]
    """
    return [{"mtu_start": s} | {n: v[i] for n, v in series.items()} for i, s in enumerate(starts)]
