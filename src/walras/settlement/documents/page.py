"""A sheet as one HTML page: no scripts, nothing from elsewhere, light and dark, ready for paper and screen readers.

Every text is escaped.
"""

from __future__ import annotations

from functools import cache
from html import escape
from importlib import resources

from walras.settlement.documents.sheet import Column, Grid, Sheet

MOST_SHORT = 26
"""Letters of a text that stays on one line."""


def page(sheet: Sheet) -> str:
    """Return the page of a sheet."""
    parties = "".join(
        f"<section><h2>{escape(role)}</h2>{''.join(f'<p>{escape(x)}</p>' for x in lines)}</section>"
        for role, lines in sheet.parties
    )
    facts = "".join(f"<div><dt>{escape(k)}</dt><dd{_short(v)}>{escape(v)}</dd></div>" for k, v in sheet.facts)
    notes = "".join(f"<li>{escape(n)}</li>" for n in sheet.notes)
    words, amount = sheet.headline
    title = f"{sheet.title} {sheet.number}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_style()}</style></head><body>"
        f"<header><h1>{escape(sheet.title)} <small>{escape(sheet.number)}</small></h1>"
        f'<p class="sum"><span>{escape(words)}</span><strong>{escape(amount)}</strong></p></header>'
        f'<main><div class="parts">{parties}</div><dl>{facts}</dl>'
        f"{''.join(_grid(g, i) for i, g in enumerate(sheet.grids, 1))}"
        f"{f'<ul class=notes>{notes}</ul>' if notes else ''}</main></body></html>\n"
    )


def _grid(grid: Grid, index: int) -> str:
    title = f'<h2 id="t{index}">{escape(grid.title)}</h2>'
    if not grid.rows:
        return f"{title}<p>{escape(grid.empty)}</p>"
    dense = " class=dense" if len(grid.columns) > 7 else ""
    heads = "".join(_head(c) for c in grid.columns)
    rows = "".join(f"<tr>{_cells(grid, row)}</tr>" for row in grid.rows)
    total = f"<tfoot><tr>{_cells(grid, grid.total)}</tr></tfoot>" if grid.total else ""
    return (
        f'{title}<div class="wide" role="region" aria-labelledby="t{index}" tabindex="0"><table{dense}>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>{total}</table></div>"
    )


def _head(column: Column) -> str:
    unit = f" <small>{escape(column.unit)}</small>" if column.unit else ""
    return f'<th scope="col"{_class(column)}>{escape(column.head)}{unit}</th>'


def _cells(grid: Grid, row: tuple[str, ...]) -> str:
    return "".join(f"<td{_class(c, v)}>{escape(v)}</td>" for c, v in zip(grid.columns, row, strict=True))


def _class(column: Column, value: str = "") -> str:
    if column.is_number:
        return ' class="number"'
    return ' class="text"' if len(value) > MOST_SHORT else _short(value) if any(c.isdigit() for c in value) else ""


def _short(value: str) -> str:
    """Keep days and codes on one line: a hyphen in them is no place to break."""
    return ' class="short"' if len(value) <= MOST_SHORT else ""


@cache
def _style() -> str:
    return (resources.files("walras.settlement.documents") / "paper.css").read_text(encoding="utf-8")
