"""Backtest of opportunity costs: what a contract's flexibility earns, by strategy and kind of year."""

from walras.studies.opportunity.backtest import backtest, backtest_on, illustrative_case, scarce_case, summary
from walras.studies.opportunity.pages import markdown, shares, write_page
from walras.studies.opportunity.strategies import Case

__all__ = [
    "Case",
    "backtest",
    "backtest_on",
    "illustrative_case",
    "markdown",
    "scarce_case",
    "shares",
    "summary",
    "write_page",
]
