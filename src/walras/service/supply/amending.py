"""What a new version of a supply agreement may change: what nobody has recorded anything about, and what is to come.

A contract with records keeps its terms; it may end earlier, on a day to come without records after it.
Texts are compared, not what they mean: a formula that is written anew is another one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import Any

from walras.contracts import Agreement, Journal
from walras.contracts.calendar import begin_of
from walras.errors import BadInput, Mistake

SHARED = ("time_zone", "day_starts", "year_starts")


def amendment_mistakes(
    before: Journal, new: Agreement, at: int, offered: Collection[tuple[str, date]] = ()
) -> list[Mistake]:
    """Return why an agreement may not become another one, empty if it may.

    Args:
        before: The journal as it stands.
        new: The agreement as it would be.
        at: Minute UTC of now.
        offered: Contracts and days with flexibility that stands: they count as records.
    """
    old_text, new_text = (tomllib.loads(a.text) for a in (before.agreement, new))
    found = list(_shared(old_text, new_text)) if before.events else []
    recorded = {e.contract for e in before.events if e.contract} | {contract for contract, _ in offered}
    told = {row["contract"]: row for row in new_text["contract"]}
    for row in old_text["contract"]:
        if row["contract"] in recorded:
            found += _kept(row, told.get(row["contract"]), new, at)
    for contract, day in sorted(offered):
        if contract in told and day >= told[contract]["end"]:
            what = f"flexibility of {day} is offered to the auction"
            fix = "Take it back first, or end the contract later."
            found.append(Mistake(what, f"contract {contract}.end", "supply_end_offered", fix))
    if found:
        return found
    try:
        Journal(new, before.events)
    except BadInput as error:
        return list(error.mistakes)
    return []


def _shared(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Mistake]:
    """Days and years stay, formulas and declarations may only be added."""
    for name in SHARED:
        if old.get(name) != new.get(name):
            what = f"{name} was {old.get(name)!r}"
            yield Mistake(what, name, "supply_terms_changed", "Keep it; records were made under it.")
    declared, fix = str(old.get("declarations", "")).strip(), "Keep what is there, and add behind it."
    again = str(new.get("declarations", "")).strip()
    if declared and again != declared and not again.startswith(f"{declared}\n"):
        yield Mistake("declarations were changed", "declarations", "supply_terms_changed", fix)
    for name, text in old.get("formulas", {}).items():
        if new.get("formulas", {}).get(name) != text:
            yield Mistake(f"formula {name} was changed", f"formulas.{name}", "supply_terms_changed", fix)


def _kept(old: dict[str, Any], new: dict[str, Any] | None, agreement: Agreement, at: int) -> Iterator[Mistake]:
    """Yield what of a contract with records is not as it was."""
    where = f"contract {old['contract']}"
    if new is None:
        yield Mistake("it has records", where, "supply_terms_changed", "Keep it, or end it on a day to come.")
        return
    fix = "Keep the terms of contracts with records; agree on another contract for a time to come."
    for name in sorted({*old, *new} - {"end"}):
        if old.get(name) != new.get(name):
            yield Mistake(f"{name} was changed, and it has records", f"{where}.{name}", "supply_terms_changed", fix)
    if new["end"] == old["end"]:
        return
    if new["end"] > old["end"]:
        fix = "Agree on another contract of the same subject that follows."
        yield Mistake(f"it ended on {old['end']}", f"{where}.end", "supply_end_earlier", fix)
    elif begin_of(agreement, new["end"]) <= at:
        fix = f"End it on {_today(agreement, at) + timedelta(days=1)} or later."
        yield Mistake(f"{new['end']} has begun", f"{where}.end", "supply_end_to_come", fix)


def _today(agreement: Agreement, at: int) -> date:
    """Return the contract day of a minute UTC."""
    day = date(1970, 1, 1) + timedelta(days=at // 1440 + 1)
    while begin_of(agreement, day) > at:
        day -= timedelta(days=1)
    return day
