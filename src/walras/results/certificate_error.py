"""How far floating-point rounding may move the bound: a share of the sum of all magnitudes.

Read by `certificate` and, at the tallest prices of all leaves, by `certificate_tree`.
"""

from __future__ import annotations

import numpy as np

from walras.results.certificate_domains import domain_size
from walras.results.certificate_orders import gradient_allowance
from walras.results.certificate_storage import storage_size
from walras.results.raw import Raw, mean_over
from walras.results.results import Certificate

UNIT = 2.0**-53


def rounding_error(raw: Raw, certificate: Certificate, terms: int = 0) -> float:
    """Return `bound_error` of prices and rents alone, without cases; `terms` is the longest sum of any order."""
    book, price = raw.book, np.abs(certificate.price)
    curves = raw.curves
    size = float(
        np.sum(
            curves.quantity
            * curves.hours
            * (mean_over(price, curves.cell, curves.cells) + np.maximum(abs(curves.price_start), abs(curves.price_end)))
        )
    )
    for legs, seen in ((raw.blocks, price[raw.blocks.cell]), (raw.scalables, raw.step_size(price))):
        size += float(np.sum(legs.quantity * legs.hours * (seen + abs(legs.price))))
    flexibles, cells, lines, borders = book.flexibles, book.cells, book.lines, book.borders
    tallest = float(price.max(initial=0.0))
    own = abs(cells.prices(flexibles.price, flexibles.grid)) + tallest
    size += float(np.sum(cells.quantities(flexibles.quantity, flexibles.grid) * own * flexibles.cells))
    size += float(
        np.sum((lines.capacity_forward + lines.capacity_backward) * 2 * tallest * lines.minutes[lines.period_line] / 60)
    )
    if lines.has_tariffs:
        capacity = lines.capacity_forward + lines.capacity_backward
        size += float(np.sum(2 * capacity * raw.line_terms[2] * raw.line_hours))
    outside = np.nan_to_num(np.maximum(borders.capacity_export + borders.capacity_import, 0)) + abs(
        np.nan_to_num(borders.exchange)
    )
    limit = max(tallest, float(abs(cells.price_max).max()), float(abs(cells.price_min).max()))
    size += float(np.sum(outside * (limit + abs(np.nan_to_num(borders.price)))))
    rents = (certificate.link_rent, certificate.group_rent, book.scalables.fixed_term)
    size += float(sum(np.sum(abs(rent)) for rent in rents))
    size += float(np.sum(gradient_allowance(raw, certificate))) + domain_size(raw, certificate)
    size += storage_size(raw, price, certificate.store_value)
    count = (
        len(curves.cell)
        + len(raw.blocks.cell)
        + len(raw.scalables.cell)
        + len(raw.inputs.cell)
        + 4 * raw.stores.mtus.count
        + cells.count
    )
    return float((128 + np.log2(count + 2) + max(terms, cells.count / max(1, len(cells.grids)))) * UNIT * size)
