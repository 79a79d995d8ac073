"""Results made by hand: prices and volumes that a test names, everything else empty."""

import numpy as np

from walras.book.book import Book
from walras.results.results import Certificate, Results, Volumes
from walras.vocabulary import Status


def outcome(
    book: Book, price, curve, *, exchange=(), border=(), domain=(), blocks=None, starts=None, scalable=None, received=()
) -> Results:
    """A result of a book; `blocks` are ratios, `starts` first cells of flexible orders."""
    ratio = np.zeros(book.blocks.count) if blocks is None else np.array(blocks, dtype=float)
    quantity = book.cells.quantities(book.blocks.leg_quantity, book.blocks.grid[book.blocks.leg_order])
    volumes = Volumes(
        curve=np.array(curve, dtype=float),
        block_ratio=ratio,
        block_leg=ratio[book.blocks.leg_order] * quantity,
        flexible_start=np.full(book.flexibles.count, -1) if starts is None else np.array(starts),
        scalable_accepted=np.ones(book.scalables.count, dtype=np.int64),
        scalable=np.zeros(len(book.scalables.price)) if scalable is None else np.array(scalable, dtype=float),
        exchange=np.array(exchange, dtype=float),
        border=np.array(border, dtype=float),
        domain=np.array(domain, dtype=float),
        received=np.array(received, dtype=float),
    )
    price = np.array(price, dtype=float)
    nothing = np.zeros(0)
    certificate = Certificate(price, nothing, nothing, nothing, nothing)
    return Results(Status.FEASIBLE, price, price, price, price, volumes, volumes, certificate, 0.0, 0.0)
