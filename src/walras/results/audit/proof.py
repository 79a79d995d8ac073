"""Rules of the claim: rents, bound, welfare and status (eq. A.33 to A.37; formulation, section 8).

A status of `optimal` says that the bound proves the decided welfare within 0.01 of the
currency. The bound is recomputed from posted prices and rents, the welfare from volumes.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray
from walras.book.spans import time_text
from walras.results.audit.case import Case
from walras.results.audit.cases import check_cases
from walras.results.audit.stored_levels import power_reach
from walras.results.audit.violation import Report
from walras.results.audit.witness import check_witnesses
from walras.results.certificate import bound_error, bound_of
from walras.results.certificate_tree import leaf_worths
from walras.results.raw import Raw
from walras.results.results import Certificate, Results
from walras.results.welfare import border_price, tariff_cost, welfare_parts
from walras.vocabulary import Status

PROVEN = 0.01
WRITTEN = 1e-6
DUST = 1e-9


def check_proof(case: Case, results: Results, report: Report) -> None:
    """rent_negative, rent_without_row, bound_recomputed, bound_below_welfare, status_proven, welfare_rounding."""
    raw, certificate = case.raw, results.certificate
    _rents(raw, certificate, report)
    if certificate.tree is not None and not check_cases(raw, certificate, certificate.tree, report):
        return
    bound, error = bound_of(raw.book, certificate, raw), bound_error(raw.book, certificate, raw)
    if certificate.tree is not None and len(certificate.tree.witness_node):
        worths = leaf_worths(raw, certificate, certificate.tree)
        check_witnesses(raw, certificate, certificate.tree, worths, error + WRITTEN, report)
        if raw.book.profile.compensates:
            report.one(
                "tree_witness", "cases, witness", "what is void for losses counts where they are compensated", 1.0
            )
    if abs(bound - results.bound) > error + WRITTEN:
        report.one(
            "bound_recomputed",
            "bound",
            f"is {results.bound:.6f}, prices and rents give {bound:.6f}",
            abs(bound - results.bound),
        )
    short = results.welfare - bound - error - WRITTEN - 1e-14 * abs(bound)
    if short > 0:
        report.one("bound_below_welfare", "bound", f"is {bound:.6f}, the welfare is {results.welfare:.6f}", short)
    if results.status is Status.OPTIMAL and max(results.bound, bound) - results.welfare > PROVEN + error:
        gap = max(results.bound, bound) - results.welfare
        report.one("status_proven", "status", f"is optimal with a gap of {gap:.6f}", gap)
    published = welfare_parts(raw, results.published)
    total = float(sum(np.sum(part) for part in published))
    allowed = rounding_allowance(case) + welfare_error(published) + WRITTEN
    if abs(total - results.welfare) > allowed:
        report.one(
            "welfare_rounding",
            "welfare",
            f"is {results.welfare:.6f}, published volumes give {total:.6f}, rounding explains {allowed:.6f}",
            abs(total - results.welfare),
        )
    if results.decided is not None:
        parts = welfare_parts(raw, results.decided)
        decided = float(sum(np.sum(part) for part in parts))
        if abs(decided - results.welfare) > welfare_error(parts) + WRITTEN:
            report.one(
                "welfare_recomputed",
                "welfare",
                f"is {results.welfare:.6f}, volumes give {decided:.6f}",
                abs(decided - results.welfare),
            )


def welfare_error(parts: list[FloatArray]) -> float:
    """Return what floating point may do to a sum of orders: 1e-12 of the sum of magnitudes."""
    return 1e-12 * float(sum(np.sum(np.abs(part)) for part in parts))


def rounding_allowance(case: Case) -> float:
    """Return how much welfare rounding volumes to ticks may move, in currency (eq. A.36).

    One tick of energy at its own price for every volume that can have been fractional:
    curve and scalable steps that are partly accepted or whose price is within a tick of
    the clearing price, legs of blocks that are partly accepted, and borders; at its tariff
    for every line. As far as a storage order may move, at the price there and its spread.
    """
    raw, volumes = case.raw, case.volumes
    curves, price = raw.curves, case.price_at(raw.curves.cell, raw.curves.cells)
    near = 2 * raw.price_tick[curves.cell] + DUST
    low, high = np.minimum(curves.price_start, curves.price_end), np.maximum(curves.price_start, curves.price_end)
    marginal = ((volumes.curve > 0) & (volumes.curve < curves.quantity)) | (
        (low - near <= price) & (price <= high + near)
    )
    own = np.maximum(np.abs(low), np.abs(high))
    total = float(np.sum((own * curves.hours * raw.quantity_tick[curves.cell])[marginal]))
    legs = raw.blocks
    part = (volumes.block_leg > 0) & (volumes.block_leg != legs.quantity) | (volumes.block_ratio[legs.order] % 1 > 0)
    total += float(np.sum((np.abs(legs.price) * legs.hours * raw.quantity_tick[legs.cell])[part]))
    steps = raw.scalables
    free = volumes.scalable_accepted[steps.order] == 1
    total += float(np.sum((np.abs(steps.price) * steps.hours * raw.quantity_tick[steps.cell])[free]))
    total += float(np.sum(tariff_cost(raw, case.line_tick)))
    stores = raw.stores
    worth = stores.mtus.hours * (np.abs(case.price[stores.mtus.cell]) + stores.spread)
    total += float(np.sum((worth * sum(power_reach(case)))[volumes.storage_accepted[stores.mtus.order] == 1]))
    cell = raw.book.borders.period_cell
    money = np.abs(border_price(raw, volumes.border)) * raw.book.cells.hours[cell]
    return total + float(np.sum(money * raw.quantity_tick[cell]))


def _rents(raw: Raw, certificate: Certificate, report: Report) -> None:
    book = raw.book
    families = (
        ("link", certificate.link_rent, lambda i: f"child '{book.blocks.name[int(book.blocks.link_child[i])]}'"),
        ("group", certificate.group_rent, lambda i: f"group '{book.blocks.group_name[i]}'"),
        ("gradient up", certificate.gradient_up_rent.ravel(), lambda i: _gradient_name(raw, certificate, i)),
        ("gradient down", certificate.gradient_down_rent.ravel(), lambda i: _gradient_name(raw, certificate, i)),
        ("branch", certificate.branch_rent, lambda i: _branch_name(raw, i)),
    )
    for word, rent, name in families:
        report.add(
            "rent_negative",
            -rent,
            lambda i, word=word, name=name: f"{word} rent of {name(i)}",  # type: ignore[misc]
            lambda i, rent=rent: f"rent {rent[i]:.9g} is below zero",  # type: ignore[misc]
        )
    scalables = book.scalables
    sides = (
        (scalables.gradient_up, certificate.gradient_up_rent),
        (scalables.gradient_down, certificate.gradient_down_rent),
    )
    horizon = np.array([book.cells.grids[g].cell_count for g in scalables.grid.tolist()], dtype=np.int64)
    for ticks, rent in sides:
        exists = (ticks[:, None] >= 0) & (np.arange(rent.shape[1])[None, :] < horizon[:, None] - 1)
        report.add(
            "rent_without_row",
            np.where(exists, 0.0, np.abs(rent)).ravel(),
            lambda i: f"gradient rent of {_gradient_name(raw, certificate, i)}",
            lambda i, rent=rent: f"rent {rent.ravel()[i]:.9g} of a gradient that is no limit",  # type: ignore[misc]
        )


def _gradient_name(raw: Raw, certificate: Certificate, place: int) -> str:
    order, t = divmod(place, certificate.gradient_up_rent.shape[1])
    return f"scalable order '{raw.book.scalables.name[order]}' between MTU {t + 1} and {t + 2}"


def _branch_name(raw: Raw, row: int) -> str:
    domains = raw.book.domains
    start = time_text(int(domains.period_start[domains.row_period[row]]))
    return f"branch '{domains.branch[int(domains.row_branch[row])]}' {start}"
