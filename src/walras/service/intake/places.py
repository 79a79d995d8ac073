"""Where a row of a table stands in the documents it came from: `orders[3].mtus[0].steps[2]`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from walras.service.intake.documents import (
    BlockOrder,
    ConversionOrder,
    CurveOrder,
    CurvePeriod,
    Document,
    FlexibleOrder,
    Scalable,
    ScalablePeriod,
    StorageOrder,
)

_FAMILY_OF: dict[str, object] = {
    "curve_orders": CurveOrder,
    "block_orders": BlockOrder,
    "flexible_orders": FlexibleOrder,
    "scalable_orders": Scalable,
    "storage_orders": StorageOrder,
    "conversions": ConversionOrder,
}
_STEPS = ("scalable_steps", "curve_steps")


def places_of(documents: Sequence[Document], table: str) -> Callable[[int], str]:
    """Return what names the place of each row (from 1) of a table that `tables_of` made of these documents."""

    @cache
    def all_places() -> list[str]:
        return list(_places(documents, table))

    return lambda row: all_places()[row - 1]


def _places(documents: Sequence[Document], table: str) -> Iterator[str]:
    for i, document in enumerate(documents):
        at = f"orders[{i}]"
        if table in _FAMILY_OF:
            if isinstance(document, _FAMILY_OF[table]):  # type: ignore[arg-type]
                yield f"{at}.input" if table == "conversions" else at
        else:
            yield from (at + inner for inner in _inner(document, table))


def _inner(document: Document, table: str) -> Iterator[str]:
    if isinstance(document, BlockOrder):
        if table == "block_legs":
            yield from (f".legs[{j}]" for j in range(len(document.legs)))
        elif table == "block_links":
            yield from (f".parents[{j}]" for j in range(len(document.parents)))
        elif table == "exclusive_groups" and document.group is not None:
            yield ".group"
    elif isinstance(document, CurveOrder | Scalable) and table == _STEPS[isinstance(document, CurveOrder)]:
        yield from (f".mtus[{j}].steps[{k}]" for j, n in enumerate(_step_counts(document)) for k in range(n))
    elif isinstance(document, Scalable) and table == "scalable_minimums":
        yield from (f".mtus[{j}].minimum_mw" for j, m in enumerate(document.mtus) if m.minimum_mw is not None)


def _step_counts(document: CurveOrder | Scalable) -> list[int]:
    periods: Sequence[CurvePeriod | ScalablePeriod] = document.mtus
    return [len(m.steps) for m in periods]
