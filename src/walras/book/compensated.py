"""What a market may hold where losses are compensated: refused where rules profile and book meet, never ignored.

Prices of the least compensation are found, and proven to exist inside the price limits, for curves
of one MTU, blocks, flexible orders, borders, and lines that lose nothing, cost nothing and are as fine
as the MTUs at their ends (formulation, eq. 5.10 and 5.11). All else is a mistake under such a profile.
"""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.book.cells import IntArray
from walras.book.findings import Findings
from walras.book.flow_based import Domains
from walras.book.network import Lines
from walras.book.profile import Profile
from walras.errors import BadInput
from walras.orders.blocks import BlockOrders
from walras.orders.curves import CurveOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders
from walras.orders.storage import StorageOrders

Families = tuple[CurveOrders, BlockOrders, FlexibleOrders, ScalableOrders, StorageOrders]
UNDER = "where losses are compensated (paradoxical_acceptance of the rules profile)"


def check_orders(families: Families, profile: Profile | None, findings: Findings) -> None:
    """Report orders that cannot be compensated, where the profile compensates."""
    if profile is None or not profile.compensates:
        return
    curves, blocks, _, scalables, storages = families
    for table, names in (("scalable_orders", scalables.name), ("storage_orders", storages.name)):
        some = np.ones(len(names), dtype=bool)
        fix = "Send it as blocks or flexible orders, or use a rules profile that forbids losses."
        findings.named(table, names, some, "compensated_orders", f"such an order is not possible {UNDER}", fix)
    long = np.zeros(len(curves.name), dtype=bool)
    long[curves.step_order[curves.step_cells > 1]] = True
    what = f"it covers several MTUs at once, which is not possible {UNDER}"
    findings.named("curve_orders", curves.name, long, "compensated_mtus", what, "Send one product for each MTU.")
    parents: IntArray = np.bincount(blocks.link_child, minlength=blocks.count)
    what = f"it has several parents, which is not possible {UNDER}: who is paid what would be open"
    fix = "Link the block to one parent."
    findings.named("block_links", blocks.name, parents > 1, "compensated_parents", what, fix)


def check_network(lines: Lines, domains: Domains, profile: Profile | None, findings: Findings) -> None:
    """Report lines and domains beside which losses cannot be compensated, where the profile compensates."""
    if profile is None or not profile.compensates:
        return
    everyone = np.ones(len(domains.name), dtype=bool)
    what, fix = f"a flow-based domain is not possible {UNDER}", "Give capacities of lines instead."
    findings.named("domains", domains.name, everyone, "compensated_network", what, fix)
    loss_forward, loss_backward, tariff = lines.period_terms()
    has_terms, is_coarse = np.zeros((2, lines.count), dtype=bool)
    has_terms[lines.period_line[(loss_forward > 0) | (loss_backward > 0) | (tariff > 0)]] = True
    is_coarse[lines.period_line[(lines.from_cells > 1) | (lines.to_cells > 1)]] = True
    what, fix = (
        f"a line with a loss or a tariff is not possible {UNDER}",
        "Leave losses and tariff of the line at zero.",
    )
    findings.named("lines", lines.name, has_terms, "compensated_network", what, fix)
    what, fix = (
        f"a line longer than an MTU at one of its ends is not possible {UNDER}",
        "Give the line shorter periods.",
    )
    findings.named("lines", lines.name, is_coarse, "compensated_network", what, fix)


def check_compensated(book: Book) -> None:
    """Refuse a book that its own profile cannot compensate.

    Raises:
        BadInput: It holds something that is not possible where losses are compensated.
    """
    findings = Findings()
    check_network(book.lines, book.domains, book.profile, findings)
    check_orders((book.curves, book.blocks, book.flexibles, book.scalables, book.storages), book.profile, findings)
    if findings.mistakes:
        raise BadInput(findings.mistakes)
