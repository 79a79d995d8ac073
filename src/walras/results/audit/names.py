"""How the audit names places: cells, steps, lines, borders, domains and orders of a book."""

from __future__ import annotations

from walras.book.book import Book
from walras.book.inputs import conversion_inputs
from walras.book.spans import time_text
from walras.book.stores import stores_of


def cell_name(book: Book, cell: int) -> str:
    """Return zone, carrier and start of a cell."""
    grid = book.cells.grids[int(book.cells.grid[cell])]
    return f"{book.cells.zones[grid.zone].name} {grid.carrier} {time_text(int(book.cells.start[cell]))}"


def curve_name(book: Book, step: int) -> str:
    """Return order, start and number of a curve step."""
    curves = book.curves
    start = time_text(int(book.cells.start[curves.step_cell[step]]))
    return f"curve order '{curves.name[int(curves.step_order[step])]}' {start} step {int(curves.step_number[step])}"


def leg_name(book: Book, leg: int) -> str:
    """Return block and start of a leg."""
    blocks, start = book.blocks, time_text(int(book.cells.start[book.blocks.leg_cell[leg]]))
    return f"block order '{blocks.name[int(blocks.leg_order[leg])]}' {start}"


def scalable_step_name(book: Book, step: int) -> str:
    """Return order, start and number of a step of a scalable complex order."""
    orders = book.scalables
    start = time_text(int(book.cells.start[orders.step_cell[step]]))
    return f"scalable order '{orders.name[int(orders.step_order[step])]}' {start} step {int(orders.step_number[step])}"


def purchase_name(book: Book, purchase: int) -> str:
    """Return order and cell of what a conversion buys."""
    inputs = conversion_inputs(book.cells, book.scalables)
    name = book.scalables.name[int(inputs.bought_order[purchase])]
    return f"scalable order '{name}', input of {cell_name(book, int(inputs.bought_cell[purchase]))}"


def store_name(book: Book, store: int) -> str:
    """Return storage order and start of one of its MTUs."""
    stores = stores_of(book.cells, book.storages)
    start = time_text(int(book.cells.start[stores.cell[store]]))
    return f"storage order '{book.storages.name[int(stores.order[store])]}' {start}"


def line_name(book: Book, period: int) -> str:
    """Return line and start of a line period."""
    lines = book.lines
    return f"line '{lines.name[int(lines.period_line[period])]}' {time_text(int(lines.period_start[period]))}"


def border_name(book: Book, period: int) -> str:
    """Return border and start of a border period."""
    borders = book.borders
    start = time_text(int(book.cells.start[borders.period_cell[period]]))
    return f"border '{borders.name[int(borders.period_border[period])]}' {start}"


def domain_name(book: Book, period: int) -> str:
    """Return domain and start of a domain's period."""
    domains = book.domains
    name = domains.name[int(domains.period_domain[period])]
    return f"domain '{name}' {time_text(int(domains.period_start[period]))}"


def domain_exchange_name(book: Book, exchange: int) -> str:
    """Return domain, start and zone of an exchange of a zone with its domain."""
    domains, cells = book.domains, book.cells
    zone = cells.zones[int(cells.zone[domains.exchange_cell[exchange]])].name
    return f"{domain_name(book, int(domains.exchange_period[exchange]))} zone '{zone}'"


def branch_name(book: Book, row: int) -> str:
    """Return domain, start and name of a row of a critical branch."""
    domains = book.domains
    return f"{domain_name(book, int(domains.row_period[row]))} branch '{domains.branch[int(domains.row_branch[row])]}'"
