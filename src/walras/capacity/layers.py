"""Layers of time in which capacity is given away, and what a rules profile says about them.

Earlier layers come first: what they hold, later ones cannot have. A profile names the layers
that a market has, which of them a system operator's lower figure curtails first, and whether
matched schedules of one direction make room in the other (netting).
"""

from __future__ import annotations

from dataclasses import dataclass

LAYERS = ("transmission", "long_term", "bilateral", "term", "day_ahead", "intraday")
"""Transmission that is no trade, long-term rights, registered contracts, term auctions, and the two short ones."""

FORWARD, BACKWARD = 0, 1
DIRECTIONS = ("forward", "backward")


@dataclass(frozen=True)
class CapacityRules:
    """What a profile says about capacity.

    Attributes:
        layers: That the market has.
        curtailed_first: Layers that give way when capacity falls, the first of them first; one
            that is not named never does.
        netting: Whether a matched schedule makes room for the other direction.
        permits: Whose permit a contract needs on each of its hops: `none`, `seller` or `both`.
    """

    layers: tuple[str, ...] = LAYERS
    curtailed_first: tuple[str, ...] = ("term", "bilateral", "long_term")
    netting: bool = False
    permits: str = "none"
