"""From the fields of a document to an agreement: figures, shares, formulas and names; every mistake is collected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from walras.contracts import agreement as a
from walras.contracts.agreement_rules import agreement_mistakes
from walras.errors import BadInput, Mistake
from walras.formulas import Checked, Signature, Unit, declare, parse, parse_book, unit
from walras.formulas.units import RATIO, is_unit
from walras.formulas.values import Value, quantity
from walras.results.minor_units import decimals_of, half_away, unit_mistakes
from walras.vocabulary import CARRIERS

ROLES = ("member", "operator", "neighbour")
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._ -]{0,58}[A-Za-z0-9._-])?")
Row = Mapping[str, Any]


class Builder:
    """Turns fields into figures; what is wrong is noted, and something harmless stands in its place."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self.signature = Signature()

    def wrong(self, what: str, where: str, rule: str, fix: str) -> None:
        """Note a mistake."""
        self.mistakes.append(Mistake(what, where, rule, fix))

    def share(self, row: Row, name: str, default: Fraction, where: str) -> Fraction:
        """Return a share such as `80 %`."""
        if name not in row:
            return default
        value = self.value(row[name], f"{where}.{name}")
        if value.unit.dimension:
            self.wrong(f"{row[name]!r} is no share", f"{where}.{name}", "share_expected", "Write it like 80 %.")
        return value.base

    def value(self, text: object, where: str) -> Value:
        """Return a figure with its unit."""
        try:
            return quantity(str(text), where)
        except BadInput as error:
            self.mistakes += error.mistakes
            return quantity(0)

    def amount(self, said: object, of: Unit, where: str) -> Fraction:
        """Return a quantity in a contract's unit; a text may name another unit of the same kind."""
        value = self.value(said, where)
        if not value.unit.atoms:
            return value.amount
        if not value.unit.agrees(of):
            fix = f"Write it in {of}, or in a unit that converts to it."
            self.wrong(f"{said!r} is in {value.unit}, the contract is in {of}", where, "quantity_unit", fix)
            return Fraction(0)
        return value.base / of.factor

    def account(self, name: str, where: str, role: str = "member") -> str:
        """Return the account of a party: a code alone is a member's."""
        given, slash, code = name.partition("/")
        found = name if slash else f"{role}/{name}"
        if not NAME.fullmatch(code if slash else name) or (slash and given not in ROLES):
            fix = "Write a code such as M-0001, or a role before it: operator/S-0001."
            self.wrong(f"{name[:60]!r} names no party", where, "party_named", fix)
        return found

    def formula(self, text: str, where: str, expected: str) -> Checked | None:
        """Return a checked formula whose result is in what a price has to be in."""
        try:
            found = parse(text, where).check(self.signature)
        except BadInput as error:
            self.mistakes += error.mistakes
            return None
        if is_unit(expected) and not found.unit.agrees(unit(expected)):
            fix = f"Declare its result in {expected}, and convert what it is made of."
            self.wrong(f"it is in {found.unit}, the contract needs {expected}", where, "price_unit", fix)
        return found


def build(data: Row, text: str) -> a.Agreement:
    """Return the agreement of a document whose fields have their types.

    Raises:
        BadInput: Every figure, formula, name and term that is wrong.
    """
    b = Builder()
    zone, starts = data["time_zone"], _minutes(b, data.get("day_starts", "00:00"))
    year = _year_starts(b, data.get("year_starts", "01-01"))
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        b.wrong(f"there is no time zone {zone[:40]!r}", "time_zone", "time_zone_known", "Write Europe/Rome.")
    b.signature = _signature(b, data)
    contracts = [_contract(b, row) for row in data["contract"]]
    found = a.Agreement(data["name"], zone, starts, year, tuple(sorted(contracts, key=lambda c: c.begin)), text)
    mistakes = b.mistakes or agreement_mistakes(found)
    if mistakes:
        raise BadInput(mistakes)
    return found


def _minutes(b: Builder, text: str) -> int:
    if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        return int(text[:2]) * 60 + int(text[3:])
    b.wrong(f"{text[:20]!r} is no time of day", "day_starts", "day_starts", "Write it like 10:00.")
    return 0


def _year_starts(b: Builder, text: str) -> tuple[int, int]:
    try:
        found = date.fromisoformat(f"2027-{text}" if re.fullmatch("[0-9]{2}-[0-9]{2}", text) else "")
    except ValueError:
        b.wrong(f"{text[:20]!r} is no day of a year", "year_starts", "year_starts", "Write it like 10-01.")
        return (1, 1)
    return found.month, found.day


def _signature(b: Builder, data: Row) -> Signature:
    """Return what every formula of the agreement may refer to: its declarations, and formulas with a name."""
    texts = {n: t for n, t in data.get("formulas", {}).items() if isinstance(t, str)}
    for name in sorted(set(data.get("formulas", {})) - set(texts)):
        b.wrong("it is no text", f"formulas.{name}", "agreement_field_type", "Write a formula as text.")
    try:
        declared = declare(data["declarations"]).declared if "declarations" in data else ()
        whole = Signature(declared, {n: f.program for n, f in parse_book(texts).items()})
        for name, text in texts.items():
            parse(text, name).check(whole)
    except BadInput as error:
        b.mistakes += error.mistakes
        return Signature()
    return whole


def _contract(b: Builder, row: Row) -> a.Contract:
    name = row["contract"]
    where = f"contract {name}"
    known = (*CARRIERS, "nuclear_fuel")
    if row["commodity"] not in known:
        fix = f"Write one of {', '.join(known)}."
        b.wrong(f"there is no commodity {row['commodity']!r}", f"{where}.commodity", "commodity_known", fix)
    if not NAME.fullmatch(name):
        b.wrong(f"{name[:60]!r} is no name", where, "contract_named", "Use letters, digits, dots, spaces and dashes.")
    of = unit(row["unit"]) if is_unit(row["unit"]) else unit("1")
    if not is_unit(row["unit"]) or len(of.atoms) != 1:
        fix = "Write what is delivered: MWh, 1000m3, t, bbl, kgU, SWU."
        b.wrong(f"{row['unit']!r} is no unit of quantity", f"{where}.unit", "contract_unit", fix)
    currency = row["currency"]
    if not re.fullmatch("[A-Z]{3}", currency):
        b.wrong(f"{currency!r} is no currency", f"{where}.currency", "currency_code", "Write three letters, as USD.")
    b.mistakes += unit_mistakes(currency, f"{where}.currency")
    payment = {b.account(k, f"{where}.payment"): str(v) for k, v in row.get("payment", {}).items()}
    for account in sorted(payment):
        b.mistakes += unit_mistakes(payment[account], f"{where}.payment")
    return a.Contract(
        name, row["subject"], row["commodity"], b.account(row["seller"], f"{where}.seller"),
        b.account(row["buyer"], f"{where}.buyer"), row["begin"], row["end"], of, currency,
        _quantity(b, row["quantity"], of, f"{where}.quantity"),
        tuple(c for r in row["prices"] if (c := _component(b, r, row, f"{where} {r['component']}"))),
        _parameters(b, row.get("parameters", {}), where),
        hops=tuple(_hop(b, r, row, of, f"{where} hop {r['hop']}") for r in row.get("hops", [])),
        overrun=b.share(row, "overrun", Fraction(1), where), destinations=tuple(row.get("destinations", ())),
        payment=payment, relief_hours=row.get("relief_hours", 48), **_terms(b, row, currency, where),
    )  # fmt: skip


def _terms(b: Builder, row: Row, currency: str, where: str) -> dict[str, Any]:
    """Return the terms that a contract may leave out."""
    found: dict[str, Any] = {}
    if t := row.get("take_or_pay"):
        at = f"{where}.take_or_pay"
        found["take_or_pay"] = a.TakeOrPay(b.share(t, "share", Fraction(0), at),
                                           b.share(t, "price_share", Fraction(1), at))  # fmt: skip
    if (t := row.get("make_up")) is not None:
        at = f"{where}.make_up"
        order = _one_of(b, t.get("order", "oldest_first"), ("oldest_first", "newest_first"), f"{at}.order")
        price = _one_of(b, t.get("price", "paid"), tuple(a.MAKE_UP_PRICES), f"{at}.price")
        found["make_up"] = a.MakeUp(order == "newest_first", price, t.get("years"))
    if t := row.get("carry_forward"):
        found["carry_forward"] = a.CarryForward(
            b.share(t, "cap", Fraction(0), f"{where}.carry_forward"), t.get("years")
        )
    if t := row.get("flexibility"):
        at = f"{where}.flexibility"
        most, later = (b.share(t, name, Fraction(0), at) for name in ("share", "postponable"))
        found["flexibility"] = a.Flexibility(most, later, t.get("notice_days", 0))
    if t := row.get("deferral"):
        found["deferral"] = a.Deferral(**t)
    if t := row.get("set_off"):
        parts = tuple((p["due"], _minor(b, p["amount"], currency, f"{where}.set_off")) for p in t["parts"])
        found["set_off"] = a.SetOff(t["asset"], tuple(sorted(parts)))
    if t := row.get("fuel"):
        at = f"{where}.fuel"
        product, feed, tails = (b.share(t, f"{n}_assay", Fraction(0), at) for n in ("product", "feed", "tails"))
        found["fuel"] = a.Fuel(product, feed, tails, b.share(t, "conversion_loss", Fraction(0), at))
    if t := row.get("auction"):
        energy = b.value(t["energy"], f"{where}.auction.energy")
        found["meeting"] = a.Meeting(t["carrier"], t["delivery"], t.get("source"), energy, t.get("flexible_steps", 0))
    return found


def _one_of(b: Builder, said: str, known: tuple[str, ...], where: str) -> str:
    if said not in known:
        b.wrong(f"{said!r} is not known", where, "term_known", f"Write one of {', '.join(known)}.")
    return said


def _minor(b: Builder, said: object, currency: str, where: str) -> int:
    value = b.value(said, where)
    minor = value.amount * 10 ** decimals_of(currency)
    if value.unit not in (RATIO, unit(currency) if is_unit(currency) else RATIO) or minor.denominator != 1:
        fix = f"Write it in {currency}, in whole minor units, like 1250.75."
        b.wrong(f"{said!r} is no amount of {currency}", where, "money_amount", fix)
    return half_away(minor)


def _parameters(b: Builder, table: Row, where: str) -> dict[str, str]:
    found = {name: str(value) for name, value in table.items()}
    for name, text in found.items():
        b.value(text, f"{where}.parameters.{name}")
    return found


def _quantity(b: Builder, row: Row, of: Unit, where: str) -> a.Quantity:
    def amount(name: str, default: Fraction) -> Fraction:
        return b.amount(row[name], of, f"{where}.{name}") if name in row else default

    daily = amount("daily", Fraction(0))
    annual: dict[int | None, Fraction] = {}
    said = row.get("annual", {})
    for year, value in (said if isinstance(said, dict) else {None: said}).items():
        if year is not None and not re.fullmatch("[0-9]{4}", year):
            b.wrong(f"{year!r} is no year", f"{where}.annual", "contract_year", 'Write it like "2027".')
        else:
            annual[year and int(year)] = b.amount(value, of, f"{where}.annual")
    swing = tuple(_swing(b, s, of, f"{where}.swing {s['level']}") for s in row.get("swing", []))
    return a.Quantity(
        annual, b.share(row, "annual_maximum", Fraction(1), where), daily, amount("daily_minimum", Fraction(0)),
        amount("daily_maximum", daily), swing, row.get("notice_hours", 0), row.get("firm", True),
    )  # fmt: skip


def _swing(b: Builder, row: Row, of: Unit, where: str) -> a.Swing:
    least, most = (b.amount(row[name], of, where) for name in ("minimum", "maximum"))
    return a.Swing(row["level"], least, most, row["notice_hours"])


def _component(b: Builder, row: Row, contract: Row, where: str) -> a.Component | None:
    measure = _one_of(b, row.get("measure", "delivered"), tuple(a.MEASURES), f"{where}.measure")
    each = _one_of(b, row.get("each", "month"), ("month", "day"), f"{where}.each")
    per = {"delivered": contract["unit"], "separative work": "SWU"}.get(measure, "kgU")
    expected = f"{contract['currency']}/{per}"
    final = b.formula(row["final"], f"{where} final", expected)
    provisional = b.formula(row["provisional"], f"{where} provisional", expected) if "provisional" in row else None
    return None if final is None else a.Component(row["component"], measure, final, provisional, each == "day")


def _hop(b: Builder, row: Row, contract: Row, of: Unit, where: str) -> a.Hop:
    tariff = b.formula(row["tariff"], where, f"{contract['currency']}/{contract['unit']}") if "tariff" in row else None
    permits = tuple(
        a.PathPermit(p["permit"], p["begin"], p["end"], b.amount(p["most"], of, where) if "most" in p else None)
        for p in row.get("permits", [])
    )
    distance = b.value(row["distance"], f"{where}.distance") if "distance" in row else None
    line = (row["line"], row.get("backward", False)) if "line" in row else None
    operator = b.account(row["operator"], f"{where}.operator", "operator")
    return a.Hop(row["hop"], operator, tariff, b.share(row, "loss", Fraction(0), where), distance, line, permits)
