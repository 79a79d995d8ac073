"""The page: data as JSON, style, plotting library and script, joined into one file.

Written for people who look at a result; nothing reads it back. Figures are computed in
Python (`series`, `curves`, `orders`, `money`, `surpluses`), drawn in the browser by `script.js`.
"""

from __future__ import annotations

import html
import json
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from plotly.offline import get_plotlyjs

from walras.book.book import Book
from walras.results.results import Results
from walras.studies.report.curves import curve_figures
from walras.studies.report.money import money_tables
from walras.studies.report.orders import order_rows
from walras.studies.report.series import Clock, curtailment_rows, network, zone_series
from walras.studies.report.surpluses import surplus_rows

Data = dict[str, Any]


def report(book: Book, results: Results, out_html: Path) -> None:
    """Write one self-contained HTML page of a result.

    Times are shown in the market's time zone, with UTC beside them; numbers carry their
    units. Large markets show a part of their curves and orders, and say which.

    Args:
        book: The auction's input.
        results: Its outcome; published prices and volumes are shown, nothing is audited here.
        out_html: File to write; its folder must exist.
    """
    title = f"{book.name}, {book.delivery_day.isoformat()}"
    write_page(out_html, title, page_data(book, results))


def write_page(
    out_html: Path,
    title: str,
    data: Data,
    *,
    page: str = "page.html",
    styles: tuple[str, ...] = ("style.css",),
    scripts: tuple[str, ...] = ("network.js", "page.js", "script.js"),
) -> None:
    """Write a page that holds its data, style, plotting library and scripts."""
    here = resources.files("walras.studies.report")
    text = (here / page).read_text(encoding="utf-8")
    parts = {
        "TITLE": html.escape(title),
        "STYLE": "\n".join((here / name).read_text(encoding="utf-8") for name in styles),
        "DATA": _embedded(data),
        "PLOTLY": get_plotlyjs(),
        "SCRIPT": "\n".join((here / name).read_text(encoding="utf-8") for name in scripts),
    }
    for name, part in parts.items():
        before, _, after = text.partition(f"<!--{name}-->")
        text = before + part + after
    out_html.write_text(text, encoding="utf-8")


def page_data(book: Book, results: Results) -> Data:
    """Return everything that the page shows, as plain lists and numbers."""
    clock = Clock.of(book)
    return {
        "head": _head(book, results),
        "times": clock.labels(book),
        "ticks": clock.ticks(book),
        "zones": zone_series(book, results),
        "network": network(book, results),
        "curves": curve_figures(book, results),
        "orders": order_rows(book, results),
        "surpluses": surplus_rows(book, results),
        "curtailments": curtailment_rows(book, results),
        "money": money_tables(book, results),
    }


def _head(book: Book, results: Results) -> Data:
    return {
        "name": book.name,
        "day": book.delivery_day.isoformat(),
        "currency": book.currency,
        "timeZone": book.time_zone,
        "profile": book.profile.name,
        "status": str(results.status),
        "stoppedBy": results.stopped_by,
        "welfare": results.welfare,
        "bound": results.bound,
        "gap": results.gap,
        "counts": {
            "zones": len(book.cells.zones),
            "cells": book.cells.count,
            "lines": book.lines.count,
            "borders": book.borders.count,
            "curveSteps": book.curves.step_count,
            "indivisible": book.blocks.count + book.flexibles.count + book.scalables.count + book.storages.count,
        },
    }


def _embedded(data: Data) -> str:
    """Return JSON that cannot end the element that holds it; NaN becomes null."""
    text = json.dumps(_plain(data), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 6) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
