"""What is wrong with one conversion alone.

Axes as in `conversion`: v conversions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from walras.orders.breach import BoolArray, Breach, IntArray

FloatArray = npt.NDArray[np.float64]
HEAT = "heat"


def conversion_breaches(
    side: IntArray,
    stop: IntArray,
    is_same: BoolArray,
    efficiency: FloatArray,
    is_heat: BoolArray,
    outside_share: FloatArray,
    uncovered: IntArray,
    horizon: Callable[[int], str],
) -> list[Breach]:
    """Return what is wrong with conversions; all shapes (v,).

    Args:
        side: +1 supply, -1 demand, of the scalable order.
        stop: Its MTUs of scheduled stop.
        is_same: Whether the input comes from the order's own zone and carrier.
        efficiency: MWh sold for each MWh bought.
        is_heat: Whether heat is sold: a heat pump may have an efficiency above one.
        outside_share: As in `Conversions`.
        uncovered: Minutes of its steps' MTUs beyond the horizon of the input.
        horizon: The horizon of the input in words.
    """
    found = [
        Breach(
            "conversion_sells",
            np.flatnonzero(side < 0),
            lambda v: "a conversion that buys its output is not known",
            lambda v: "Write the order as supply of what it makes; the conversion says what it buys.",
        ),
        Breach(
            "conversion_without_stop",
            np.flatnonzero(stop > 0),
            lambda v: f"a conversion has a scheduled stop of {stop[v]} MTUs",
            lambda v: "Leave stop_mtus empty; a plant that stops step by step is a scalable order without conversion.",
        ),
        Breach(
            "conversion_between_cells",
            np.flatnonzero(is_same),
            lambda v: "its input is its own output: the same zone and carrier",
            lambda v: "Name the zone and carrier that it buys from.",
        ),
        Breach(
            "efficiency_possible",
            np.flatnonzero((efficiency <= 0) | ((efficiency > 1) & ~is_heat)),
            lambda v: f"an efficiency of {efficiency[v]:g} is not possible",
            lambda v: "Send an efficiency above 0 and up to 1; only a heat pump, which sells heat, may have more.",
        ),
        Breach(
            "outside_share_between",
            np.flatnonzero((outside_share < 0) | (outside_share > 1)),
            lambda v: f"an outside_share of {outside_share[v]:g} is not a share",
            lambda v: "Send a share from 0 to 1.",
        ),
        Breach(
            "outside_share_declared",
            np.flatnonzero((uncovered > 0) & np.isnan(outside_share)),
            lambda v: f"{uncovered[v]} minutes of its steps lie beyond the horizon of its input, {horizon(v)}",
            lambda v: (
                "Declare outside_share: 1 if the input of that time is bought in this auction all the same, "
                "0 if it is at hand."
            ),
        ),
    ]
    return [b for b in found if len(b.at)]
