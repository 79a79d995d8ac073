"""Rules of flexible orders: whole, once, inside the window, and never at a loss (eq. A.24, A.25)."""

from __future__ import annotations

import numpy as np

from walras.results.audit.case import Case
from walras.results.audit.violation import Report
from walras.results.raw import mean_over


def check_flexibles(case: Case, report: Report) -> None:
    """flexible_window, flexible_loss."""
    book, cells, start = case.raw.book.flexibles, case.raw.book.cells, case.volumes.flexible_start
    if book.count == 0:
        return

    def where(o: int) -> str:
        return f"flexible order '{book.name[o]}'"

    accepted = np.flatnonzero(flexible_is_placed(case))
    outside = np.ones(book.count)
    outside[start == -1] = 0
    outside[accepted] = 0
    report.add("flexible_window", outside, where, lambda o: f"starts at cell {start[o]}, outside its window")
    if case.raw.book.profile.compensates:
        return  # a loss is compensated, the matter of `compensation`
    price = mean_over(case.price, start[accepted], book.cells[accepted])
    own = cells.prices(book.price, book.grid)[accepted]
    size = np.maximum(1.0, np.abs(price) + np.abs(own))
    loss = -book.side[accepted] * (price - own) - case.half_price_tick[start[accepted]] - case.relative * size
    report.add(
        "flexible_loss",
        loss,
        lambda i: where(int(accepted[i])),
        lambda i: f"is accepted at {own[i]:.9g}, the mean price is {price[i]:.9g}",
    )


def flexible_is_placed(case: Case) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which flexible orders start inside their window; shape (o,)."""
    book, start = case.raw.book.flexibles, case.volumes.flexible_start
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]] = (start >= book.first_cell) & (
        start < book.first_cell + book.choices
    )
    return inside
