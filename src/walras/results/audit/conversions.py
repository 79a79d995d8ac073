"""Rules of conversions (eq. A.47; formulation, eq. 4.15): what they buy is what their sales need."""

from __future__ import annotations

import numpy as np

from walras.results.audit.case import Case
from walras.results.audit.names import purchase_name
from walras.results.audit.violation import Report
from walras.results.raw import purchases


def check_conversions(case: Case, report: Report) -> None:
    """conversion_input: each purchase is the accepted output over the efficiency, but for rounding of both."""
    raw, volumes, inputs = case.raw, case.volumes, case.raw.inputs
    if inputs.count == 0:
        return
    needed = purchases(raw, volumes.scalable)
    partial = (volumes.scalable > 0) & (volumes.scalable < raw.scalables.quantity)
    moved = purchases(raw, np.where(partial, case.volume_tick[raw.scalables.cell], 0.0))
    report.add(
        "conversion_input",
        np.abs(volumes.bought - needed) - moved - case.volume_tick[inputs.bought_cell] - case.dust(needed),
        lambda b: purchase_name(raw.book, b),
        lambda b: f"buys {volumes.bought[b]:.9g} MW, its sales need {needed[b]:.9g} MW",
    )
