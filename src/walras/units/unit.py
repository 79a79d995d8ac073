"""A generating unit as its operator knows it: power, ramps, times, costs, and how yesterday ended.

Written by `unit_file.read_unit` and by tests; read by `physics`, which puts it on the time
grid of one market. Power in MW at the grid connection, times in minutes, money in the trade
currency. In every MTU a running unit has one power between minimum and maximum; it moves
between MTUs, by no more than its ramps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Ramps:
    """By how much power may move while the unit runs; None = no limit.

    Attributes:
        up_mw_per_minute, down_mw_per_minute: Limits of the machine.
        up_mw_per_hour, down_mw_per_hour: Limits of the fuel; a shorter MTU gets its share of the hour.
    """

    up_mw_per_minute: float | None = None
    down_mw_per_minute: float | None = None
    up_mw_per_hour: float | None = None
    down_mw_per_hour: float | None = None


@dataclass(frozen=True)
class Cycling:
    """How often and how soon a unit may start, stop and move.

    Attributes:
        starts: Most starts a day, None = no limit.
        power_changes: Most changes of power a day, None = no limit. A change is one move up or
            down of a running unit, however many MTUs in a row it takes; starts and stops are none.
        up_minutes, down_minutes: Least time running after a start, standing after a stop.
        no_rise_minutes: After power was reduced it may not rise for so long (xenon).
        no_start_minutes: After a stop the unit may not start for so long (xenon).
        must_run: It stops only where an outage forces it to.
    """

    starts: int | None = None
    power_changes: int | None = None
    up_minutes: int = 0
    down_minutes: int = 0
    no_rise_minutes: int = 0
    no_start_minutes: int = 0
    must_run: bool = False


@dataclass(frozen=True)
class CostStep:
    """Energy up to a power of `to_mw` costs so much; steps follow each other and grow dearer."""

    to_mw: float
    price: float


@dataclass(frozen=True)
class Costs:
    """What running costs: of each start, of each hour running, of each MWh by steps of power."""

    start: float
    no_load_per_hour: float
    steps: tuple[CostStep, ...]


@dataclass(frozen=True)
class Outage:
    """From `start` to `end` the unit has at most `maximum_mw`; below its minimum it must stand."""

    start: datetime
    end: datetime
    maximum_mw: float = 0.0


@dataclass(frozen=True)
class State:
    """How the day before ended.

    Attributes:
        power_mw: In its last MTU; 0 = standing.
        minutes: For how long it has been running, or standing.
        minutes_since_reduction: Since power was last reduced while running; None = long ago.

    Example:
        >>> State(1200.0, 6000).is_running
        True
    """

    power_mw: float
    minutes: int
    minutes_since_reduction: int | None = None

    @property
    def is_running(self) -> bool:
        """Whether the unit ran at the end of the day before."""
        return self.power_mw > 0


@dataclass(frozen=True)
class Unit:
    """One unit.

    Attributes:
        name, member: The unit's orders begin with its name; who sends them.
        zone, carrier: Where it sells.
        kind: `nuclear` or `thermal`; times of xenon belong to nuclear units.
        minimum_mw, maximum_mw: Stable minimum and capacity.
        start_mw, stop_mw: Most power in the first MTU after standing, in the last before standing.
        energy_mwh: Fuel of the day: most energy, None = no limit.
        end_minimum_mw, end_maximum_mw: Bounds of the last MTU's power, for what comes tomorrow.
    """

    name: str
    member: str
    zone: str
    carrier: str
    kind: str
    minimum_mw: float
    maximum_mw: float
    start_mw: float
    stop_mw: float
    costs: Costs
    state: State
    ramps: Ramps = Ramps()
    cycling: Cycling = Cycling()
    outages: tuple[Outage, ...] = field(default=())
    energy_mwh: float | None = None
    end_minimum_mw: float = 0.0
    end_maximum_mw: float | None = None
