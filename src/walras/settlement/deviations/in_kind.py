"""Energy that is returned instead of paid for: accounts in kWh, their movements, returns, and what expires.

An account belongs to an element, so to a pair of sides, and has a balance for each tariff class (time of
use), because a night's energy is no return for an evening's. A movement is positive where the side `from`
has given more: the side `to` owes it then. Every movement is two postings that sum to zero (eq. D14), so
both sides' accounts always do. This ledger is of energy, apart from that of money.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from walras.capacity.elements import IntArray
from walras.capacity.taking import utc_text
from walras.errors import Mistake
from walras.settlement.deviations.metering import DayGrid

KINDS = ("opening", "accrual", "return", "expiry")
OTHER = "other"
"""The class of every time that no tariff names."""


@dataclass(frozen=True)
class Tariff:
    """A class of time of use: days of the week (0 is Monday) and local minutes of the day, the end not included."""

    name: str
    weekdays: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True)
class Movement:
    """What changes an account: kWh on a delivery day in a class, positive where the side `to` owes more."""

    kind: str
    day: date
    tariff: str
    kwh: int

    def __post_init__(self) -> None:
        assert self.kind in KINDS, "one of four"


@dataclass(frozen=True)
class Lot:
    """Energy of one day and class that was not returned yet."""

    day: date
    tariff: str
    kwh: int


def tariff_mistakes(tariffs: Sequence[Tariff], where: str) -> Iterator[Mistake]:
    """Yield what is wrong with classes: one without time (`tariff_time`), two at one time (`tariff_overlap`)."""
    for n, one in enumerate(tariffs):
        if not one.begin < one.end or not one.weekdays:
            yield Mistake(f"{one.name} has no time", where, "tariff_time", "Give days, and an end after its begin.")
        for other in tariffs[:n]:
            if set(one.weekdays) & set(other.weekdays) and max(one.begin, other.begin) < min(one.end, other.end):
                what = f"{other.name} and {one.name} share hours"
                yield Mistake(what, where, "tariff_overlap", "Put every hour of the week into one class.")


def tariff_of(tariffs: Sequence[Tariff], start: int, time_zone: str) -> str:
    """Return the class that an MTU begins in, `other` where none holds.

    >>> peak = Tariff("peak", (0, 1, 2, 3, 4), 8 * 60, 20 * 60)
    >>> [tariff_of([peak], minute, "UTC") for minute in (8 * 60, 20 * 60)]
    ['peak', 'other']
    """
    local = datetime.fromtimestamp(start * 60, UTC).astimezone(ZoneInfo(time_zone))
    minute = local.hour * 60 + local.minute
    held = (t.name for t in tariffs if local.weekday() in t.weekdays and t.begin <= minute < t.end)
    return next(held, OTHER)


def movements_of(
    kind: str, day: date, kwh: Iterable[tuple[int, int]], tariffs: Sequence[Tariff], time_zone: str
) -> list[Movement]:
    """Return energy by MTU (start, kWh) as a movement for each class, without zeros."""
    sums: dict[str, int] = defaultdict(int)
    for start, energy in kwh:
        sums[tariff_of(tariffs, start, time_zone)] += energy
    return [Movement(kind, day, tariff, energy) for tariff, energy in sorted(sums.items()) if energy]


def postings(movement: Movement) -> tuple[tuple[str, int], tuple[str, int]]:
    """Return what a movement does to the accounts of the two sides (eq. D14); they sum to zero.

    >>> postings(Movement("accrual", date(2026, 12, 1), "peak", 500))
    (('from', 500), ('to', -500))
    """
    return ("from", movement.kwh), ("to", -movement.kwh)


def balances(movements: Iterable[Movement]) -> dict[str, int]:
    """Return the balance of each class, kWh, positive where the side `to` owes (eq. D15)."""
    found: dict[str, int] = defaultdict(int)
    for movement in movements:
        found[movement.tariff] += movement.kwh
    return dict(sorted(found.items()))


def return_mistakes(
    grid: DayGrid, kwh: IntArray, balance: dict[str, int], tariffs: Sequence[Tariff], time_zone: str, where: str
) -> Iterator[Mistake]:
    """Yield what is wrong with a return schedule, kWh forward positive by MTU, against balances by class.

    Energy runs back to the side that is owed (`return_direction`), in the class in which it is owed and no
    more of it (`return_owed`); a schedule of nothing is none (`return_energy`).
    """
    if not kwh.any():
        yield Mistake("it returns nothing", where, "return_energy", "Send the MTUs in which energy is returned.")
    by_class: dict[str, int] = defaultdict(int)
    for start, energy in zip(grid.starts.tolist(), kwh.tolist(), strict=True):
        tariff = tariff_of(tariffs, start, time_zone)
        by_class[tariff] += energy
        if energy and energy * balance.get(tariff, 0) > 0:
            what = f"{utc_text(start)}: {energy:+} kWh run the way in which energy is owed already"
            yield Mistake(what, where, "return_direction", "Return it the other way.")
    for tariff, energy in sorted(by_class.items()):
        owed = balance.get(tariff, 0)
        if energy * owed <= 0 and abs(energy) > abs(owed):
            what = f"{abs(energy)} kWh would be returned in class {tariff}, and {abs(owed)} are owed"
            yield Mistake(what, where, "return_owed", "Return what is owed, in hours of its own class.")


def lots(movements: Iterable[Movement]) -> list[Lot]:
    """Return what is left of each day and class: what comes back takes from the oldest day first (eq. D16).

    Example:
        >>> day = date(2026, 12, 1)
        >>> moved = [Movement("accrual", day, "peak", 500), Movement("accrual", date(2026, 12, 2), "peak", 300),
        ...          Movement("return", date(2026, 12, 9), "peak", -600)]
        >>> [(lot.day.day, lot.kwh) for lot in lots(moved)]
        [(2, 200)]
    """
    open_lots: dict[str, dict[date, int]] = defaultdict(dict)
    for movement in movements:
        left, mine = movement.kwh, open_lots[movement.tariff]
        for day in sorted(mine):
            if left * mine[day] >= 0:
                continue
            taken = min(abs(left), abs(mine[day])) * (1 if left > 0 else -1)
            mine[day] += taken
            left -= taken
        mine[movement.day] = mine.get(movement.day, 0) + left
        open_lots[movement.tariff] = {day: kwh for day, kwh in mine.items() if kwh}
    return [Lot(day, tariff, kwh) for tariff in sorted(open_lots) for day, kwh in sorted(open_lots[tariff].items())]


def expired(movements: Iterable[Movement], on: date, keep_days: int) -> list[Lot]:
    """Return lots that were not returned within some days after their own, to be paid for on a day."""
    return [lot for lot in lots(movements) if lot.day + timedelta(days=keep_days) < on]


def expiry(lot: Lot) -> Movement:
    """Return the movement that closes a lot once it is paid for: the account forgets it."""
    return Movement("expiry", lot.day, lot.tariff, -lot.kwh)
