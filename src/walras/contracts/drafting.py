"""From what somebody writes to a draft: fields of each kind, days, months, quantities with units.

Rows come from a spreadsheet, a form or a program, as texts. A body holds quantities as fractions of
the contract's unit, so that it says the same whatever unit they were written in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import MAXYEAR, MINYEAR, date
from fractions import Fraction
from typing import Any

from walras.book.fields import is_whole
from walras.contracts.agreement import Agreement, Contract
from walras.contracts.calendar import is_month
from walras.contracts.events import FACTS, Draft, minute_of
from walras.errors import BadInput, Mistake
from walras.formulas.observation_file import COLUMNS
from walras.formulas.units import RATIO, unit
from walras.formulas.values import quantity
from walras.results.minor_units import decimals_of

FIELDS: dict[str, dict[str, str]] = {
    "nomination": {"day": "day!", "quantity": "quantity!", "destination": "text", "by": "text"},
    "allocation": {
        "day": "day!", "quantity": "quantity!", "undelivered": "quantity", "product_assay": "share",
        "tails_assay": "share", "by": "text",
    },
    "observation": dict.fromkeys(COLUMNS, "text!"),
    "force majeure notice": {"begin": "day!", "end": "day!", "share": "share!", "cause": "text!", "by": "text"},
    "make-up draw": {"month": "month!", "quantity": "quantity!", "by": "text"},
    "flexibility notice": {"year": "year!", "change": "quantity!", "by": "text"},
    "postponement": {"year": "year!", "to_year": "year!", "quantity": "quantity!", "by": "text"},
    "set-off": {"month": "month!", "due": "day!", "amount": "money!", "by": "text"},
}  # fmt: skip
"""Fields of each kind of fact with their type; `!` marks those that may not be left out."""
MOST_TEXT = 500
NO_LETTERS = frozenset(["Cc", "Cs", "Zl", "Zp"])
"""Categories of characters that are none of a text: control characters, halves of others, ends of lines."""


def drafted(agreement: Agreement, row: Mapping[str, Any], where: str) -> Draft:
    """Return what a row says.

    Args:
        agreement: Whose contracts it may name.
        row: `kind`, `at` (a time with a zone), `contract`, and the fields of its kind; empty ones count as left out.
        where: What places of mistakes begin with, such as `row 3`.

    Raises:
        BadInput: Every field that is unknown, missing or no such thing.
    """
    said = {k: v if isinstance(v, Fraction) else str(v).strip() for k, v in row.items() if v is not None}
    said = {k: v for k, v in said.items() if v != ""}
    kind, name, at = (str(said.pop(k, "")) for k in ("kind", "contract", "at"))
    mistakes: list[Mistake] = []
    if kind not in FACTS:
        fix = f"Write one of {', '.join(FACTS)}; documents are issued, not written."
        raise BadInput([Mistake(f"there is no kind {kind[:40]!r}", where, "event_kind", fix)])
    contract = agreement.contract(name)
    if kind != "observation" and contract is None:
        fix = f"Write one of {', '.join(c.contract for c in agreement.contracts)}."
        mistakes.append(Mistake(f"there is no contract {name[:60]!r}", where, "contract_known", fix))
    try:
        minute = minute_of(at)
    except ValueError:
        minute, fix = 0, "Write a time with its zone, in whole minutes: 2027-01-01T08:00+03:00."
        mistakes.append(Mistake(f"{at[:40]!r} is no time", where, "event_time", fix))
    body = _body(kind, said, contract, where, mistakes)
    if mistakes:
        raise BadInput(mistakes)
    return Draft(kind, minute, "" if kind == "observation" else name, body)


def _body(
    kind: str, said: Mapping[str, str | Fraction], contract: Contract | None, where: str, mistakes: list[Mistake]
) -> dict[str, Any]:
    known = FIELDS[kind]
    for name in sorted(set(said) - set(known)):
        fix = f"Use {', '.join(known)}."
        mistakes.append(Mistake(f"a {kind} has no field {name!r}", where, "event_field_known", fix))
    body: dict[str, Any] = {}
    for name, wanted in known.items():
        if name not in said:
            if wanted.endswith("!"):
                mistakes.append(Mistake(f"{name} is missing", where, "event_field_present", f"Write {name}."))
            continue
        try:
            body[name] = READ[wanted.rstrip("!")](said[name], contract)
        except BadInput as error:
            mistakes += [Mistake(m.what, f"{where} {name}", m.rule, m.fix) for m in error.mistakes]
        except ValueError:
            what, fix = f"{str(said[name])[:40]!r} is no {wanted.rstrip('!')}", EXAMPLES[wanted.rstrip("!")]
            mistakes.append(Mistake(what, f"{where} {name}", "event_field_type", fix))
    return body


def body_mistakes(kind: str, body: Mapping[str, Any], where: str) -> Iterator[Mistake]:
    """Yield what a fact's body says in another way than `drafted` writes it: somebody else wrote that record."""
    known = FIELDS[kind]
    missing = {n for n, wanted in known.items() if wanted.endswith("!")} - {*body}
    wrong = {n for n in body if n not in known or not _is_written(known[n].rstrip("!"), body[n])}
    if missing | wrong:
        what = f"{', '.join(sorted(missing | wrong))[:80]}: not as the journal writes it"
        yield Mistake(what, where, "event_form", "Restore the record as it was.")


def _is_written(wanted: str, said: object) -> bool:
    if wanted == "money":
        return is_whole(said)
    if wanted == "year":
        return is_whole(said) and MINYEAR <= int(str(said)) <= MAXYEAR
    try:
        text = Fraction(str(said)) if wanted in ("quantity", "share") else str(said)
        again = READ[wanted](text, None)
    except (BadInput, ValueError, ZeroDivisionError):
        return False
    return type(again) is type(said) and bool(again == said)


def _quantity(text: str | Fraction, contract: Contract | None) -> str:
    if isinstance(text, Fraction):
        return str(text)
    value = quantity(text)
    if value.unit == RATIO or contract is None:
        return str(value.amount)
    if not value.unit.agrees(contract.unit):
        fix = f"Write it in {contract.unit}."
        what = f"{text[:40]!r} is in {value.unit}, the contract is in {contract.unit}"
        raise BadInput([Mistake(what, "quantity", "quantity_unit", fix)])
    return str(value.base / contract.unit.factor)


def _money(text: str | Fraction, contract: Contract | None) -> int:
    """Return an amount in minor units of the contract's currency."""
    value = quantity(text)
    if contract is not None and value.unit not in (RATIO, unit(contract.currency)):
        fix = f"Write it in {contract.currency}."
        raise BadInput([Mistake(f"{str(text)[:40]!r} is in {value.unit}", "amount", "quantity_unit", fix)])
    minor = value.amount * 10 ** decimals_of("EUR" if contract is None else contract.currency)
    if minor.denominator != 1:
        raise ValueError(text)
    return int(minor)


def _share(text: str | Fraction, _: Contract | None) -> str:
    value = quantity(text)
    if value.unit.dimension:
        raise ValueError(text)
    return str(value.base)


def _day(text: str | Fraction, _: Contract | None) -> str:
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", str(text)):
        raise ValueError(text)
    return date.fromisoformat(str(text)).isoformat()


def _month(text: str | Fraction, _: Contract | None) -> str:
    if not is_month(text):
        raise ValueError(text)
    return str(text)


def _year(text: str | Fraction, _: Contract | None) -> int:
    if not re.fullmatch("[0-9]{4}", str(text)):
        raise ValueError(text)
    return date(int(text), 1, 1).year


def _text(text: str | Fraction, _: Contract | None) -> str:
    said = str(text)
    if len(said) > MOST_TEXT or any(unicodedata.category(letter) in NO_LETTERS for letter in said):
        raise ValueError(text)
    return said


READ: dict[str, Callable[[str | Fraction, Contract | None], Any]] = {
    "day": _day,
    "month": _month,
    "year": _year,
    "quantity": _quantity,
    "money": _money,
    "share": _share,
    "text": _text,
}
EXAMPLES = {
    "day": "Write it like 2027-01-31.",
    "month": "Write it like 2027-01.",
    "year": "Write it like 2027.",
    "quantity": "Write digits and a point, with or without the unit.",
    "money": "Write it in whole minor units, like 1250.75.",
    "share": "Write it like 50 %.",
    "text": f"Write at most {MOST_TEXT} letters in one line.",
}
