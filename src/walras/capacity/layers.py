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
        missing: What holds for a side that sent no figures in time: `standing` (the line's
            capacity in the market's definition) or `zero`.
        permits: Whose permit a contract needs on each of its hops: `none`, `seller` or `both`.
    """

    layers: tuple[str, ...] = LAYERS
    curtailed_first: tuple[str, ...] = ("term", "bilateral", "long_term")
    netting: bool = False
    missing: str = "standing"
    permits: str = "none"


def opposite(direction: int) -> int:
    """Return the other direction.

    >>> opposite(FORWARD) == BACKWARD
    True
    """
    return 1 - direction
