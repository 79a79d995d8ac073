"""The audit: does an outcome keep every rule of the market? It never sees the engine.

Written from the rules alone, on raw orders: one module a family of rules, each function
naming the rules that it reports. Whoever holds a market folder and a result folder, ours
or somebody else's, can run it. Inequalities, tolerances and sources stand in
`docs/audit.md`; `RULES` lists the names.

Reads `book` and `results`; written for `cli audit`, for every test that clears, and for
members who want to check us.
"""

from __future__ import annotations

from collections.abc import Callable

from walras.book.book import Book
from walras.results.audit.balance import check_balance
from walras.results.audit.blocks import check_blocks
from walras.results.audit.borders import check_borders
from walras.results.audit.case import Case, decided_case, published_case
from walras.results.audit.compensation import check_least_compensation
from walras.results.audit.conversions import check_conversions
from walras.results.audit.curves import check_curves
from walras.results.audit.domains import check_domains
from walras.results.audit.flexibles import check_flexibles, flexible_is_placed
from walras.results.audit.inputs import check_columns, check_finite, check_offers
from walras.results.audit.line_gains import check_line_gains
from walras.results.audit.lines import check_lines
from walras.results.audit.prices import check_prices
from walras.results.audit.proof import check_proof
from walras.results.audit.scalables import check_scalables
from walras.results.audit.storages import check_storages
from walras.results.audit.violation import Report, Violation
from walras.results.raw import Raw
from walras.results.results import Results

__all__ = ["RULES", "Violation", "audit"]

RULES: dict[str, str] = {
    "columns_complete": "Every column has one value for every row of the book.",
    "numbers_finite": "Every price, volume and rent is a finite number.",
    "volume_within_offer": "No more is accepted than offered, and never less than nothing.",
    "volume_on_tick": "Published volumes and exchanges are whole ticks.",
    "price_on_tick": "Published prices are whole ticks.",
    "price_within_limits": "Prices stay within the limits of their cell.",
    "price_rounded": "A published price is its exact price, rounded.",
    "price_in_interval": "An exact price lies in its price interval.",
    "balance": "Supply equals demand plus exports in every cell.",
    "line_capacity": "An exchange keeps within the capacities of its line.",
    "line_prices": "An exchange with room left joins prices that leave nothing to gain.",
    "line_received": "What arrives over a line is what was sent, less its loss.",
    "line_loss": "Nothing is sent where the prices do not cover loss and tariff.",
    "line_missed_gain": "A direction with room leaves nothing to gain, unless it had to be closed.",
    "domain_balance": "The exchanges of a flow-based domain sum to zero.",
    "branch_capacity": "No critical branch of a flow-based domain carries more than its margin.",
    "domain_prices": "Rents of branches without room explain the prices of a domain's zones.",
    "border_capacity": "An exchange keeps within the capacities of its border.",
    "border_prices": "A price-taking border trades only at a gain, and misses none while it has room.",
    "fixed_exchange_range": "A fixed exchange is between nothing and what was fixed.",
    "fixed_exchange_met": "A fixed exchange is met unless the price stands at its limit.",
    "curve_loss": "No curve step is accepted at a loss.",
    "curve_missed_gain": "No curve step misses a gain.",
    "block_ratio": "A block is rejected, or accepted from its minimum ratio to 1.",
    "block_legs": "Legs of a block are its ratio times their quantities.",
    "block_link": "A child is accepted at most as far as each parent.",
    "group_sum": "Ratios of an exclusive group sum to one at the most.",
    "block_loss": "No block is accepted at a loss that its own children do not cover.",
    "flexible_window": "A flexible order starts inside its window.",
    "flexible_loss": "No flexible order is accepted at a loss.",
    "compensation_least": "No prices that fit curves and network need less compensation for the selection.",
    "scalable_flag": "A scalable complex order is accepted or not.",
    "scalable_minimum": "An accepted scalable complex order keeps its minimum acceptance power.",
    "scalable_gradient": "An accepted scalable complex order keeps its load gradients.",
    "scalable_fixed_term": "An accepted scalable complex order earns its fixed term.",
    "scalable_steps": "Steps of an accepted order fit the price, unless a minimum binds.",
    "scalable_gradient_steps": "Steps of an accepted order with gradients fit the price and some rents.",
    "scalable_rejected": "Nothing of a rejected order is accepted beside its scheduled stop.",
    "scalable_stop": "Scheduled-stop steps of a rejected order behave as a curve.",
    "conversion_input": "A conversion buys what its sales need at its efficiency.",
    "storage_flag": "A storage order is accepted or not.",
    "storage_rejected": "Nothing of a rejected storage order is accepted.",
    "storage_one_way": "A storage order does not charge and discharge at once.",
    "storage_level": "The level of a store keeps within its room and ends where it must.",
    "storage_fixed_term": "An accepted storage order earns its fixed term.",
    "storage_schedule": "No other schedule of an accepted storage order would have earned more.",
    "rent_negative": "Posted rents are not negative.",
    "rent_without_row": "Only a limit that exists has a rent.",
    "tree_complete": "Cases split on one order at a time, rejected and accepted, and miss none.",
    "tree_cluster": "A case decides and posts only what belongs to its cluster.",
    "tree_witness": "A case counts for nothing only if a witness proves that no legal result lies in it.",
    "bound_recomputed": "Posted prices and rents sum to the bound.",
    "bound_below_welfare": "The bound is not below the welfare.",
    "status_proven": "The status is optimal only with a gap of at most 0.01.",
    "welfare_rounding": "Welfare of published volumes is that of decided ones but for rounding.",
    "welfare_recomputed": "Decided volumes sum to the welfare.",
}

CHECKS: tuple[Callable[[Case, Report], None], ...] = (
    check_offers,
    check_balance,
    check_lines,
    check_line_gains,
    check_domains,
    check_borders,
    check_curves,
    check_blocks,
    check_flexibles,
    check_scalables,
    check_conversions,
    check_storages,
)


def audit(book: Book, results: Results) -> list[Violation]:
    """Return every rule that an outcome breaks; an empty list is a clean result.

    Published volumes are judged at published prices with the tolerances of rounding;
    decided volumes, where they are present, at exact prices within 1e-6 relative. Not
    judged: whether another legal outcome would be better (that is the bound's matter).
    Where losses are compensated, that they are the least possible is judged of decided volumes.
    """
    report = Report()
    check_columns(book, results, report)
    if report.violations:
        return report.violations
    check_finite(results, report)
    if report.violations:
        return report.violations
    raw = Raw(book)
    check_prices(raw, results, report)
    published = published_case(raw, results)
    _check(published, report)
    if results.decided is not None:
        unrounded = Report(stage="before rounding: ")
        decided = decided_case(raw, results.decided, results)
        _check(decided, unrounded)
        check_least_compensation(decided, unrounded)
        report.violations += unrounded.violations
    check_proof(published, results, report)
    return report.violations


def _check(case: Case, report: Report) -> None:
    start = case.volumes.flexible_start
    if not (flexible_is_placed(case) | (start == -1)).all():
        check_flexibles(case, report)  # a start outside the window has no cells to judge the rest by
        return
    for check in CHECKS:
        check(case, report)
