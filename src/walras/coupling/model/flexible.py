"""Flexible orders: a group of whole blocks, one a possible start (formulation, eq. 4.5)."""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.coupling.runs import spread


def flexible_columns(book: Book) -> tuple[IntArray, IntArray, FloatArray]:
    """Return (order, start cell) of each possible start, and what full acceptance costs there."""
    flexibles, cells = book.flexibles, book.cells
    order, start = spread(flexibles.first_cell, flexibles.choices)
    power = cells.quantities(flexibles.quantity, flexibles.grid)[order]
    price = cells.prices(flexibles.price, flexibles.grid)[order]
    hours = cells.hours[start] * flexibles.cells[order]
    return order, start, flexibles.side[order] * power * hours * price


def flexible_entries(book: Book, order: IntArray, start: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Return (start, cell, MWh) of every cell that each possible start covers."""
    flexibles, cells = book.flexibles, book.cells
    power = flexibles.side * cells.quantities(flexibles.quantity, flexibles.grid)
    column, cell = spread(start, flexibles.cells[order])
    energy: FloatArray = power[order][column] * cells.hours[cell]
    return column, cell, np.asarray(energy)
