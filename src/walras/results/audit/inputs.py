"""Rules of form: complete columns, finite numbers, volumes within the offer and on the tick.

Nothing else can be judged while a column is missing, so these come first.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray
from walras.book.inputs import conversion_inputs
from walras.book.stores import stores_of
from walras.results.audit.case import FLOAT, Case
from walras.results.audit.names import (
    border_name,
    curve_name,
    domain_exchange_name,
    leg_name,
    line_name,
    purchase_name,
    scalable_step_name,
    store_name,
)
from walras.results.audit.violation import Report
from walras.results.results import Certificate, Results, Volumes


def check_columns(book: Book, results: Results, report: Report) -> None:
    """columns_complete: every column has one value for every row of the book."""
    for stage, volumes in (("published ", results.published), ("decided ", results.decided)):
        if volumes is not None:
            _lengths(report, stage, _volume_lengths(book, volumes))
    count = book.cells.count
    prices = {name: getattr(results, name) for name in ("price", "price_exact", "price_low", "price_high")}
    _lengths(report, "", {name: (np.shape(column), (count,)) for name, column in prices.items()})
    _lengths(report, "certificate ", _certificate_shapes(book, results.certificate))


def check_finite(results: Results, report: Report) -> None:
    """numbers_finite: no price, volume or rent is infinite or missing."""
    nouns = [("published", results.published), ("decided", results.decided), ("certificate", results.certificate)]
    columns = {
        f"{noun} {name}": column
        for noun, holder in nouns
        if holder is not None
        for name, column in vars(holder).items()
        if isinstance(column, np.ndarray)
    }
    columns |= {name: getattr(results, name) for name in ("price", "price_exact", "price_low", "price_high")}
    columns |= {"welfare": np.array([results.welfare]), "bound": np.array([results.bound])}
    for name, column in columns.items():
        broken = int(np.sum(~np.isfinite(column)))
        if broken:
            report.one("numbers_finite", name, f"{broken} values are not finite numbers", float(broken))


def check_offers(case: Case, report: Report) -> None:
    """volume_within_offer, volume_on_tick: 0 <= v <= q, and whole ticks where published (eq. A.1, A.2)."""
    raw, book, volumes = case.raw, case.raw.book, case.volumes
    families = (
        (volumes.curve, raw.curves.quantity, raw.curves.cell, curve_name),
        (volumes.block_leg, raw.blocks.quantity, raw.blocks.cell, leg_name),
        (volumes.scalable, raw.scalables.quantity, raw.scalables.cell, scalable_step_name),
        (volumes.charge, raw.stores.charge, raw.stores.mtus.cell, store_name),
        (volumes.discharge, raw.stores.discharge, raw.stores.mtus.cell, store_name),
    )
    for accepted, offered, cell, name in families:
        outside = np.maximum(-accepted, accepted - offered) - case.dust(offered)
        report.add(
            "volume_within_offer",
            outside,
            lambda i, name=name: name(book, i),  # type: ignore[misc]
            lambda i, a=accepted, q=offered: f"accepts {a[i]:.9g} MW of an offer of {q[i]:.9g} MW",  # type: ignore[misc]
        )
        _on_tick(case, accepted, case.volume_tick[cell], name, report)
    lines, borders = book.lines, book.borders
    finer = np.minimum(case.volume_tick[lines.from_cell], case.volume_tick[lines.to_cell])
    _on_tick(case, volumes.exchange, finer, line_name, report)
    _on_tick(case, volumes.received, finer, line_name, report)
    _on_tick(case, volumes.border, case.volume_tick[borders.period_cell], border_name, report)
    _on_tick(case, volumes.bought, case.volume_tick[case.raw.inputs.bought_cell], purchase_name, report)
    _on_tick(case, volumes.domain, case.volume_tick[book.domains.exchange_cell], domain_exchange_name, report)


def _on_tick(
    case: Case, volume: FloatArray, tick: FloatArray, name: Callable[[Book, int], str], report: Report
) -> None:
    if case.relative > FLOAT or len(volume) == 0:
        return
    off = np.abs(volume - np.rint(volume / tick) * tick) - case.dust(volume)
    report.add(
        "volume_on_tick",
        off,
        lambda i: name(case.raw.book, i),
        lambda i: f"{volume[i]:.9g} MW is not a multiple of {tick[i]:.9g} MW",
    )


def _lengths(report: Report, prefix: str, shapes: dict[str, tuple[tuple[int, ...], tuple[int, ...]]]) -> None:
    for name, (have, want) in shapes.items():
        if have != want:
            report.one("columns_complete", f"{prefix}{name}", f"has shape {have}, the book asks for {want}", 1.0)


def _volume_lengths(book: Book, volumes: Volumes) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    want = {
        "curve": book.curves.step_count,
        "block_ratio": book.blocks.count,
        "block_leg": len(book.blocks.leg_order),
        "flexible_start": book.flexibles.count,
        "scalable_accepted": book.scalables.count,
        "scalable": len(book.scalables.step_order),
        "exchange": len(book.lines.period_line),
        "border": len(book.borders.period_border),
        "domain": len(book.domains.exchange_cell),
        "bought": conversion_inputs(book.cells, book.scalables).count,
        "storage_accepted": book.storages.count,
        "charge": stores_of(book.cells, book.storages).count,
        "discharge": stores_of(book.cells, book.storages).count,
        "received": len(book.lines.period_line) if book.lines.has_losses else 0,
    }
    return {name: (np.shape(getattr(volumes, name)), (count,)) for name, count in want.items()}


def _certificate_shapes(book: Book, certificate: Certificate) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    gradients = gradient_shape(book)
    want = {
        "price": (book.cells.count,),
        "link_rent": (len(book.blocks.link_child),),
        "group_rent": (len(book.blocks.group_name),),
        "gradient_up_rent": gradients,
        "gradient_down_rent": gradients,
        "branch_rent": (len(book.domains.ram),),
        "store_value": (stores_of(book.cells, book.storages).count,),
    }
    return {name: (np.shape(getattr(certificate, name)), shape) for name, shape in want.items()}


def gradient_shape(book: Book) -> tuple[int, int]:
    """Return the shape of gradient rents: scalable orders by longest horizon of any grid less one."""
    longest = max((grid.cell_count for grid in book.cells.grids), default=1)
    return book.scalables.count, max(0, longest - 1)
