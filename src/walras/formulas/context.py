"""What a formula is evaluated for: a moment, parameters, observations, and what was known when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from walras.errors import BadInput, Mistake
from walras.formulas.limits import FIRST_YEAR, LAST_YEAR
from walras.formulas.observations import Source, Table
from walras.formulas.periods import EPOCH, Moment, midnight
from walras.formulas.steps import Plan
from walras.formulas.values import Value, quantity

Given = Value | str | int | Decimal | Fraction


@dataclass(frozen=True)
class Context:
    """What one evaluation stands on.

    Attributes:
        at: The day or moment that the result is for.
        observations: Where series come from.
        parameters: By name; a text such as `120 EUR/MWh` or `67 %`, a number for ratios, or a `Value`.
        time_zone: Whose days and months count.
        known_at: What was published later does not count; None is everything.
    """

    at: date | datetime
    observations: Source = field(default_factory=Table)
    parameters: Mapping[str, Given] = field(default_factory=dict)
    time_zone: str = "UTC"
    known_at: datetime | None = None


@dataclass(frozen=True)
class Ready:
    """A context that fits a formula: its moment, its parameters in base units, its cut-off in minutes UTC."""

    moment: Moment
    parameters: Mapping[str, Fraction]
    observations: Source
    known_at: int | None


def moment_of(at: date | datetime, time_zone: str) -> Moment:
    """Return the moment of a day (its midnight) or time.

    Raises:
        BadInput: The time zone is unknown (rule `time_zone_known`), or the time has none or lies
            outside the years that are computed (rule `moment_given`).
    """
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as e:
        mistake = Mistake(
            f"there is no time zone {time_zone[:40]!r}", "context", "time_zone_known", "Write Europe/Rome."
        )
        raise BadInput([mistake]) from e
    if not FIRST_YEAR <= at.year <= LAST_YEAR or (isinstance(at, datetime) and at.tzinfo is None):
        what, fix = (
            f"{at.isoformat()} is no moment with a zone",
            f"Give a zone, and a year of {FIRST_YEAR} to {LAST_YEAR}.",
        )
        raise BadInput([Mistake(what, "context", "moment_given", fix)])
    if isinstance(at, datetime):
        return Moment((at.astimezone(UTC) - EPOCH) // timedelta(minutes=1), zone)
    return Moment(midnight(at.toordinal(), zone), zone)


def ready(plan: Plan, context: Context) -> Ready:
    """Return a context in figures.

    Raises:
        BadInput: Parameters are missing, not used, or in the wrong unit; the moment is none.
    """
    mistakes: list[Mistake] = []
    moment = moment_of(context.at, context.time_zone)
    known_at = None if context.known_at is None else moment_of(context.known_at, context.time_zone).minute_utc
    found: dict[str, Fraction] = {}
    for name, parameter in plan.used_parameters.items():
        where = f"parameter {name}"
        if name not in context.parameters:
            fix = f"Give it in {parameter.unit}."
            mistakes.append(Mistake("it has no value", where, "parameter_given", fix))
            continue
        given = context.parameters[name]
        try:
            value = given if isinstance(given, Value) else quantity(given, where)
        except BadInput as e:
            mistakes += e.mistakes
            continue
        if not value.unit.agrees(parameter.unit):
            what, fix = (
                f"it is given in {value.unit}, and {parameter.unit} is declared",
                f"Give it in {parameter.unit}.",
            )
            mistakes.append(Mistake(what, where, "parameter_unit", fix))
        found[name] = value.base
    for name in sorted(set(context.parameters) - set(plan.parameters)):
        what, fix = (
            "the formula has no such parameter",
            f"Leave it out; it has: {', '.join(plan.parameters) or 'none'}.",
        )
        mistakes.append(Mistake(what, f"parameter {name}", "parameter_known", fix))
    if mistakes:
        raise BadInput(mistakes)
    return Ready(moment, found, context.observations, known_at)
