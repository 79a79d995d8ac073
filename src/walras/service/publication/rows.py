"""Tables of a page: heads with scopes, numbers aligned, wide ones in a box that scrolls by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

MOST_CELLS = 6000
"""Of one table on a page; the rest is in the file to download."""


def table(caption: str, heads: Iterable[str], rows: Sequence[tuple[str, ...]], left: int = 1) -> str:
    """Return a table whose first column heads its rows.

    Args:
        caption: What the table is of; plain text.
        heads: Of the columns; plain text.
        rows: HTML of their cells.
        left: How many columns, from the first on, are words and stand to the left.
    """
    named = list(heads)
    head = "".join(f'<th scope="col"{_left(i, left)}>{escape(h)}</th>' for i, h in enumerate(named))
    kept = rows[: max(1, MOST_CELLS // max(1, len(named)))]
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>'
        + "".join(f"<td{_left(i, left)}>{cell}</td>" for i, cell in enumerate(row[1:], 1))
        + "</tr>"
        for row in kept
    )
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def cut(count: int, columns: int) -> int:
    """Return how many of a table's rows are left out of the page."""
    return max(0, count - max(1, MOST_CELLS // max(1, columns)))


def folded(summary: str, body: str, *, is_open: bool = False) -> str:
    """Return a part that opens when it is asked for; the summary is plain text."""
    return f"<details{' open' if is_open else ''}><summary>{escape(summary)}</summary>{body}</details>"


def _left(i: int, left: int) -> str:
    return ' class="l"' if 0 < i < left else ""
