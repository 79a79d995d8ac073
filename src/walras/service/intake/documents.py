"""One order as JSON: strict models, one a family, told apart by `family` (docs/how-to/send-orders.md).

Prices are in the currency of the market for each MWh, quantities in MW and never negative,
times in UTC. Only the shape is checked here; what an order may say is checked in `check`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from walras.book.findings import LISTED
from walras.errors import BadInput, Mistake

NAME_PATTERN = r"^[A-Za-z0-9_.\-]{1,40}$"
MOST_ORDERS, MOST_PERIODS, MOST_STEPS, MOST_PARENTS = 10_000, 3_000, 1_000, 100


def _in_calendar(text: str) -> str:
    datetime.fromisoformat(text)
    return text


Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Place = Annotated[str, Field(min_length=1, max_length=100)]
Time = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"), AfterValidator(_in_calendar)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Minutes = Annotated[int, Field(gt=0, le=527_040)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Side = Literal["supply", "demand"]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Placed(_Strict):
    order: Name
    zone: Place
    carrier: Place


class _Sided(_Placed):
    side: Side


class CurveStep(_Strict):
    """A step of a curve; with `price_end_per_mwh` its price moves linearly from start to end."""

    price_per_mwh: Number
    price_end_per_mwh: Number | None = None
    quantity_mw: Number


class CurvePeriod(_Strict):
    """The steps of one product: one MTU, or `minutes` long."""

    mtu_start: Time
    minutes: Minutes | None = None
    steps: Annotated[list[CurveStep], Field(min_length=1, max_length=MOST_STEPS)]


class CurveOrder(_Sided):
    """Steps of price and quantity, MTU by MTU."""

    family: Literal["curve"]
    mtus: Annotated[list[CurvePeriod], Field(min_length=1, max_length=MOST_PERIODS)]


class Leg(_Strict):
    """What a block delivers in one product."""

    mtu_start: Time
    minutes: Minutes | None = None
    quantity_mw: Number


class BlockOrder(_Sided):
    """One price for a profile, accepted with one ratio; `parents` and `group` name blocks of the same submission."""

    family: Literal["block"]
    price_per_mwh: Number
    min_acceptance_ratio: Number
    legs: Annotated[list[Leg], Field(min_length=1, max_length=MOST_PERIODS)]
    parents: Annotated[list[Name], Field(max_length=MOST_PARENTS)] = []
    group: Name | None = None


class FlexibleOrder(_Sided):
    """One product whose start the auction chooses; without a window, inside the whole horizon."""

    family: Literal["flexible"]
    price_per_mwh: Number
    quantity_mw: Number
    minutes: Minutes
    window_start: Time | None = None
    window_end: Time | None = None


class ScalableStep(_Strict):
    """A step of a scalable order."""

    price_per_mwh: Number
    quantity_mw: Number


class ScalablePeriod(_Strict):
    """Steps of one MTU, and the least power there if the order is accepted."""

    mtu_start: Time
    minimum_mw: Number | None = None
    steps: Annotated[list[ScalableStep], Field(max_length=MOST_STEPS)] = []


class ScalableOrder(_Sided):
    """Steps that stand or fall together and must earn a fixed term, an amount in the market's currency."""

    family: Literal["scalable"]
    fixed_term: Number
    gradient_up_mw: Number | None = None
    gradient_down_mw: Number | None = None
    stop_mtus: Count | None = None
    mtus: Annotated[list[ScalablePeriod], Field(min_length=1, max_length=MOST_PERIODS)]


class Input(_Strict):
    """Where a conversion buys, and how much of it becomes what it sells."""

    zone: Place
    carrier: Place
    efficiency: Number
    outside_share: Number | None = None


class ConversionOrder(_Sided):
    """A scalable order that buys what it sells in another zone or carrier."""

    family: Literal["conversion"]
    fixed_term: Number
    gradient_up_mw: Number | None = None
    gradient_down_mw: Number | None = None
    stop_mtus: Count | None = None
    mtus: Annotated[list[ScalablePeriod], Field(min_length=1, max_length=MOST_PERIODS)]
    input: Input


class StorageOrder(_Placed):
    """Energy carried from one MTU to another."""

    family: Literal["storage"]
    charge_mw: Number
    discharge_mw: Number
    capacity_mwh: Number
    spread_per_mwh: Number
    fixed_term: Number | None = None
    start_mwh: Number | None = None
    end_mwh: Number | None = None
    charge_efficiency: Number | None = None
    discharge_efficiency: Number | None = None
    hourly_loss: Number | None = None


Scalable = ScalableOrder | ConversionOrder
Document = CurveOrder | BlockOrder | FlexibleOrder | ScalableOrder | ConversionOrder | StorageOrder
FAMILIES: dict[str, type[Document]] = {
    "curve": CurveOrder,
    "block": BlockOrder,
    "flexible": FlexibleOrder,
    "scalable": ScalableOrder,
    "conversion": ConversionOrder,
    "storage": StorageOrder,
}
_Listed = Annotated[
    list[Annotated[Document, Field(discriminator="family")]], Field(min_length=1, max_length=MOST_ORDERS)
]


class OrderList(_Strict):
    """What a submission in JSON holds."""

    orders: _Listed


ORDER_LIST = TypeAdapter(OrderList)


def parse(body: bytes) -> tuple[Document, ...]:
    """Return the orders of a JSON body `{"orders": [...]}`.

    Raises:
        BadInput: With every mistake of the shape, up to `LISTED` of them: no JSON, fields that are
            missing, unknown, of a wrong type or out of their range, wrong names.

    Example:
        >>> parse(b'{"orders": [{"family": "curve"}]}')
        Traceback (most recent call last):
        ...
        walras.errors.BadInput: orders[0].order: Field required
          rule: document_field_present
          fix:  Add the field; docs/how-to/send-orders.md lists them.
        ...
    """
    try:
        return tuple(ORDER_LIST.validate_json(body).orders)
    except ValidationError as error:
        raise BadInput(mistakes_of(error)) from None


def mistakes_of(error: ValidationError) -> list[Mistake]:
    """Return the mistakes of a document's shape as data."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    mistakes = [_mistake(e["type"], e["msg"], e["loc"]) for e in found[:LISTED]]
    if len(found) > LISTED:
        more = f"{len(found) - LISTED} more mistakes ({len(found)} in all, the first {LISTED} are listed)"
        mistakes.append(Mistake(more, "orders", "document_field_type", "Mend those that are listed first."))
    return mistakes


def _mistake(kind: str, text: str, location: tuple[int | str, ...]) -> Mistake:
    where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in location if p not in FAMILIES).lstrip(".")
    where = where[:200] or "body"
    if kind == "string_pattern_mismatch" and location[-1] not in {"mtu_start", "window_start", "window_end"}:
        kind, text = "name", "the name has characters or a length that names may not have"
    rule, fix = RULES.get(kind, ("document_field_type", "Write what docs/how-to/send-orders.md says."))
    return Mistake(text, where, rule, fix)


_FAMILY = ("document_family", f"Write family as one of {', '.join(FAMILIES)}.")
_SIZE = ("document_size", "Send at least one and not more than the documented number.")
RULES = {
    "json_invalid": ("document_readable", "Send one JSON object in UTF-8."),
    "missing": ("document_field_present", "Add the field; docs/how-to/send-orders.md lists them."),
    "extra_forbidden": ("document_field_known", "Remove or rename it."),
    "finite_number": ("number_finite", "Send a finite number."),
    "name": ("name_valid", "Write 1 to 40 of A-Z, a-z, 0-9, _, . and -."),
    "union_tag_invalid": _FAMILY,
    "union_tag_not_found": _FAMILY,
    "too_long": _SIZE,
    "too_short": _SIZE,
    "string_too_long": _SIZE,
    "string_too_short": _SIZE,
}
"""Rule and fix of each kind of mistake that pydantic tells apart."""
