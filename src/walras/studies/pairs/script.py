"""The rehearsal of one day of a pair: every command from the registration of its companies to the last payment.

Written for `examples/make_two_states.py`; what it returns is `script.json` (docs/rehearsal.md), tables of
facts and the terms of settlement. The other days of its month are allocated as nominated, so that the
month can be invoiced; the delivery day is what the auction makes of it.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from walras.contracts import Contract
from walras.formulas.periods import first_of, month_of
from walras.studies.pairs.meters import metered
from walras.studies.pairs.pair import WHOLE_DAY, Pair
from walras.studies.pairs.series import observations
from walras.studies.pairs.supplies import Supplies, nominated
from walras.studies.pairs.trade_terms import SOURCE, settlement_terms

Rows = list[dict[str, str]]
GRID = "{}-grid"
"""Name of the system operator of a state."""
SCREENED = {"contact_name": "Ada Example", "contact_email": "ada@example.invalid"}


@dataclass
class Written:
    """A script as it grows: its steps, and the tables that go beside it."""

    pair: Pair
    market: str
    day: date
    steps: list[dict[str, Any]] = field(default_factory=list)
    tables: dict[str, Rows] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)
    clock: datetime | None = None
    part: str = ""
    observed: str = ""

    @property
    def month(self) -> list[date]:
        """Days of the month of the delivery day."""
        number = month_of(self.day)
        first, end = first_of(number), first_of(number + 1)
        return [first + timedelta(days=n) for n in range((end - first).days)]

    def at(self, days: int, clock: str, part: str, *, after_month: bool = False) -> None:
        """Go on at a local time, so many days from the delivery day, or from the last day of its month."""
        when, day = time.fromisoformat(clock), self.month[-1] if after_month else self.day
        self.clock = datetime.combine(day + timedelta(days=days), when, self.pair.time_zone)
        self.part = part

    def do(self, by: str, word: str, asked: dict[str, Any] | None = None, **more: str) -> None:
        """Add a step; `gives` is the name under which its code is known, `says` what people are told."""
        assert self.clock is not None, "a script begins at a time"
        named = {"as": more.pop("gives")} if "gives" in more else {}
        self.steps.append({"at": self.clock.isoformat(timespec="seconds"), "part": self.part, "by": by, "do": word,
                           "with": asked or {}, **named, **more})  # fmt: skip


def script_of(pair: Pair, supplies: Supplies, market: str, day: date, seed: int = 0) -> Written:
    """Return the rehearsal of a day, the last one of its month.

    Args:
        pair: Companies, network and currencies.
        supplies: Their contracts.
        market: Name of the market at the door.
        day: Delivery day.
        seed: Of weather and series.
    """
    w = Written(pair, market, day)
    founded(w, supplies)
    contracted(w, supplies, seed)
    auctioned(w)
    delivered(w, supplies, seed)
    paid(w, supplies, seed)
    return w


def founded(w: Written, supplies: Supplies) -> None:
    """Companies apply and are admitted by two officers; the market, rights and terms of settlement are set."""
    w.at(-45, "09:00", "Companies register, are screened, and are admitted by two officers")
    companies = [(m.member, m.name, m.state, "member") for m in w.pair.members]
    known = {name for name, *_ in companies}
    contracts = [c for a in supplies.agreements.values() for c in a.contracts]
    parties = {_short(p) for c in contracts for p in (c.seller, c.buyer)}
    more = sorted(parties - known)
    companies += [(name, _says(name), name.partition("-")[0], "member") for name in more]
    states = sorted({z.state for z in w.pair.zones})
    grids = [GRID.format(s) for s in states]
    hops = sorted({_short(h.operator) for c in contracts for h in c.hops} - set(grids))
    companies += [(g, _says(g), g.partition("-")[0], "system_operator") for g in (*grids, *hops)]
    for name, says, state, role in companies:
        asked = {"role": role, "name": says, "country": state, **SCREENED}
        w.do("", "apply-for-membership", asked, gives=name, code="company")
    for name, *_ in companies:
        w.do("OP", "admit-company", {"company": f"{{{name}}}"})
    w.at(-44, "10:00", "The market, its rights and its terms of settlement")
    w.files["definition.json"] = definition(w)
    begins = first_of(month_of(w.day)).isoformat()
    w.do("OP", "set-market", {"market": w.market, "valid_from": begins, "definition": {"json": "day/definition.json"}})
    products = [[z.zone, c] for z in w.pair.zones for c in z.carriers]
    for name, _, _, role in companies:
        if role == "member":
            w.do("OP", "set-rights", {"company": f"{{{name}}}", "market": w.market, "products": products})
    w.files["terms.json"] = settlement_terms(w.pair, supplies)
    w.do("OP", "set-settlement-terms", {"market": w.market, "valid_from": begins, "terms": {"json": "day/terms.json"}})
    for currency in sorted({w.pair.currency, *w.pair.fixings, *_currencies(supplies)}):
        account = {"market": w.market, "bank": currency.lower(), "currency": currency, "number": f"XX00 {currency} 1"}
        w.do("OP", "open-bank-account", account)
    for name, _, state, _ in companies:
        facts = {"company": f"{{{name}}}", "is_dealer": True, "used_in": state}
        w.do("OP", "set-tax-facts", facts)


def _currencies(supplies: Supplies) -> set[str]:
    """Return every currency of contracts, of their price or their payment."""
    contracts = [c for a in supplies.agreements.values() for c in a.contracts]
    return {c.currency for c in contracts} | {p for c in contracts for p in c.payment.values()}


def _says(name: str) -> str:
    """Return a company's name in words."""
    return name.replace("-", " ")


def definition(w: Written) -> dict[str, Any]:
    """Return the market as the door takes it: lines with what other uses leave to the auction."""
    pair = w.pair
    lines = [
        {"line": r.line, "carrier": r.carrier, "from_zone": r.from_zone, "to_zone": r.to_zone,
         "capacity_forward_mw": round(r.forward_mw * r.free_share, 1),
         "capacity_backward_mw": round(r.backward_mw * r.free_share, 1),
         "loss_forward": r.loss or None, "loss_backward": r.loss or None, "tariff_per_mwh": r.tariff or None}
        for r in pair.lines
    ]  # fmt: skip
    return {
        "name": pair.name, "currency": pair.currency, "time_zone": pair.time_zone.key, "profile": pair.rules_profile,
        "zones": [{"zone": z.zone, "country": z.state, "system_operator": f"{{{GRID.format(z.state)}}}"}
                  for z in pair.zones],
        "grids": [_grid(pair, z.zone, c) for z in pair.zones for c in z.carriers],
        "lines": lines, "cross_sections": _sections(pair),
    }  # fmt: skip


def _grid(pair: Pair, zone: str, carrier: str) -> dict[str, Any]:
    t = pair.carriers[carrier]
    return {
        "zone": zone, "carrier": carrier, "mtu_minutes": 1440 if t.mtu_minutes == WHOLE_DAY else t.mtu_minutes,
        "price_min_per_mwh": t.price_min, "price_max_per_mwh": t.price_max, "price_tick_per_mwh": t.price_tick.size,
        "quantity_tick_mw": t.quantity_tick.size, "begins": t.begins.isoformat("minutes"),
    }  # fmt: skip


def _sections(pair: Pair) -> list[dict[str, Any]]:
    """Return the interstate cross-sections of power."""
    state = {z.zone: z.state for z in pair.zones}
    lines = [r for r in pair.lines if r.carrier == "electricity" and state[r.from_zone] != state[r.to_zone]]
    return [
        {"cross_section": name, "kind": "interstate", "from_area": state[own[0].from_zone],
         "to_area": state[own[0].to_zone], "lines": [r.line for r in own]}
        for name in sorted({r.cross_section for r in lines})
        for own in [[r for r in lines if r.cross_section == name]]
    ]  # fmt: skip


def contracted(w: Written, supplies: Supplies, seed: int) -> None:
    """Agreements are proposed and confirmed, what is known is observed, the month is nominated."""
    w.at(-42, "10:00", "Supply contracts are proposed by their sellers and confirmed by the other parties")
    for name, agreement in supplies.agreements.items():
        first = agreement.contracts[0]
        others = sorted({p for c in agreement.contracts for p in (c.seller, c.buyer)} - {first.seller})
        w.files[f"{name}.toml"] = with_codes(agreement.text)
        asked = {"market": w.market, "text": {"file": f"day/{name}.toml"}}
        w.do(_short(first.seller), "propose-supply-agreement", asked, gives=name, code="agreement")
        for other in others:
            w.do(_short(other), "confirm-supply-agreement", {"agreement": f"{{{name}}}", "version": 1})
    w.at(-34, "10:00", "The month is observed so far, and nominated")
    _observe(w, supplies, "", seed)
    for name, contract in supplies.contracts(w.day):
        rows = [_row("nomination", contract, d, nominated(w.pair, supplies, contract, d, seed)) for d in w.month]
        _record(w, name, contract.buyer, f"nominated {contract.contract}", rows)
    _band(w)


def with_codes(text: str) -> str:
    """Return an agreement's text with its parties in braces, for the codes that the door gives them.

    >>> print(with_codes('seller = "XA-gas"'), end="")
    seller = "{XA-gas}"
    """
    out = []
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if key.strip() in {"seller", "buyer", "operator"} and equals:
            quoted = value.strip()
            role, slash, code = quoted.strip('"').rpartition("/")
            line = f'{key.rstrip()} = "{role}{slash}{{{code}}}"'  # noqa: PLW2901 - the line as it goes on
        elif key.strip() == "payment":
            line = _payers(line)  # noqa: PLW2901
        out.append(line)
    return "\n".join(out) + "\n"


def _payers(line: str) -> str:
    """Return a table of currencies with its parties in braces."""
    parts = line.split('"')
    parts[1::4] = [f"{{{code}}}" for code in parts[1::4]]
    return '"'.join(parts)


def _observe(w: Written, supplies: Supplies, after: str, seed: int) -> None:
    """Record what was published by now, and after an earlier time: for each agreement what its formulas may read."""
    assert w.clock is not None, "a script begins at a time"
    now = w.clock.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    found = observations(w.pair, supplies.series, w.month[0], w.clock.date(), seed)
    new = [o for o in found if after < o["published_at"] <= now]
    for name, agreement in supplies.agreements.items():
        read = [o for o in new if f'"{o["series"]}"' in agreement.text or _is_fixing(o["series"], agreement.text)]
        _record(w, name, "OP", f"observed {name} {w.clock.date()}", [{"kind": "observation", **o} for o in read])
    w.observed = now


def _is_fixing(series: str, text: str) -> bool:
    base, slash, quote = series.partition("/")
    return bool(slash) and f'"{base}"' in text and f'"{quote}"' in text


def _record(w: Written, agreement: str, by: str, table: str, rows: Rows) -> None:
    if rows:
        w.tables[table] = rows
        who = by if by == "OP" else _short(by)
        asked = {"agreement": f"{{{agreement}}}", "rows": {"rows": f"day/{table}.csv"}}
        w.do(who, "record-supply-facts", asked)


def _row(kind: str, contract: Contract, day: date, quantity: object) -> dict[str, str]:
    return {"kind": kind, "contract": contract.contract, "day": day.isoformat(), "quantity": str(quantity)}


def _short(account: str) -> str:
    return account.partition("/")[2] or account


def _band(w: Written) -> None:
    """Register the bilateral contract at the border: a permit, a band over the month, confirmed by its buyer."""
    for section in _sections(w.pair)[:1]:
        name, grid = section["cross_section"], GRID.format(section["from_area"])
        seller, buyer, mw = band_parties(w.pair, section)
        first, last = w.month[0], w.month[-1]
        begin, end = (datetime.combine(d, time(), w.pair.time_zone) for d in (first, last + timedelta(days=1)))
        minutes = int((end - begin).total_seconds() // 60)
        permit = {"market": w.market, "holder": f"{{{seller}}}", "element": name, "direction": "forward",
                  "most_mw": mw, "valid_from": first.isoformat(), "valid_to": last.isoformat()}  # fmt: skip
        w.do(grid, "grant-permit", permit)
        asked = {"market": w.market, "reference": "power band", "role": "seller", "counterparty": f"{{{buyer}}}",
                 "legs": [[{"element": name, "direction": "forward"}]],
                 "volumes": [{"start": begin.isoformat(), "minutes": minutes, "mw": mw}]}  # fmt: skip
        w.do(seller, "register-contract", asked, gives="band", code="contract")
        w.do(buyer, "confirm-contract", {"contract": "{band}"})


def band_parties(pair: Pair, section: dict[str, Any]) -> tuple[str, str, float]:
    """Return who sells and who buys a band over a cross-section, and its power: a twentieth of what it carries."""
    makers = [
        p.member for p in pair.plants if p.carrier == "electricity" and _state(pair, p.member) == section["from_area"]
    ]
    users = [
        d.member for d in pair.demand if d.carrier == "electricity" and _state(pair, d.member) == section["to_area"]
    ]
    mw = sum(r.forward_mw for r in pair.lines if r.line in section["lines"])
    return makers[0], users[0], float(round(mw / 20, -1) or 10.0)


def _state(pair: Pair, member: str) -> str:
    return next(m.state for m in pair.members if m.member == member)


def auctioned(w: Written) -> None:
    """Capacities are declared by both sides, orders are sent, the gate closes, the result becomes final."""
    w.at(-3, "10:00", "The session opens; both system operators declare the capacity of their border")
    session = {
        "market": w.market,
        "delivery_day": w.day.isoformat(),
        "kind": "live",
        "name": "da",
        "layer": "day_ahead",
    }
    w.do("OP", "schedule-session", session, gives="session", code="session")
    for section in _sections(w.pair):
        for area in (section["from_area"], section["to_area"]):
            asked = {"market": w.market, "delivery_day": w.day.isoformat(), "figures": _figures(w, section)}
            w.do(GRID.format(area), "submit-capacity", asked)
    w.at(-1, "09:30", "Members send their orders, sealed until the gate")
    for member in sorted({m.member for m in w.pair.members if _has_orders(w.pair, m.member)}):
        w.do(member, "send-orders", {"session": "{session}"}, orders="market")
    w.at(-1, "12:00:05", "The gate closes, contracts enter, the auction is cleared, audited and published")
    w.do("", "wait")
    w.at(-1, "14:30", "Nobody objects; two officers make the result final")
    w.do("OP", "finalise-session", {"session": "{session}"})


def _figures(w: Written, section: dict[str, Any]) -> list[dict[str, Any]]:
    midnight = datetime.combine(w.day, time(), w.pair.time_zone)
    end = datetime.combine(w.day + timedelta(days=1), time(), w.pair.time_zone)
    hours = int((end - midnight).total_seconds() // 3600)
    stamps = [(midnight.astimezone(UTC) + timedelta(hours=h)).isoformat() for h in range(hours)]
    return [
        {"element": r.line, "criteria": ["thermal"],
         "mtus": [{"mtu_start": at, "forward_mw": [round(r.forward_mw * r.free_share, 1)],
                   "backward_mw": [round(r.backward_mw * r.free_share, 1)]} for at in stamps]}
        for r in w.pair.lines if r.line in section["lines"]
    ]  # fmt: skip


def _has_orders(pair: Pair, member: str) -> bool:
    rows: Iterator[Any] = iter((*pair.plants, *pair.demand, *pair.stores))
    return any(row.member == member for row in rows)


def delivered(w: Written, supplies: Supplies, seed: int) -> None:
    """The fixings of the day are stored, the month is allocated, the border is metered, deviations are settled."""
    w.at(0, "09:00", "The fixings of the day are stored, the auction is settled by them")
    midnight = datetime.combine(w.day, time(), w.pair.time_zone).isoformat()
    for currency, rate in w.pair.fixings.items():
        asked = {"market": w.market, "base": currency, "quote": w.pair.currency, "day": w.day.isoformat(), "rate": rate,
                 "source": SOURCE, "fixed_at": midnight}  # fmt: skip
        w.do("OP", "store-fixing", asked)
    w.at(1, "11:00", "Both sides read their meters at the border")
    for section in _sections(w.pair):
        for step in metered(w.pair, w.market, w.day, section, seed):
            w.do(**step)
    w.at(5, "12:00", "Deviations of the day are settled between the two sides")
    for section in _sections(w.pair):
        element = section["cross_section"]
        w.do("OP", "settle-deviations", {"market": w.market, "delivery_day": w.day.isoformat(), "element": element})
    w.at(1, "11:00", "The month ends: what every contract delivered on its other days is allocated", after_month=True)
    for name, contract in supplies.contracts(w.day):
        days = [d for d in w.month if d != w.day or contract.meeting is None]
        rows = [_row("allocation", contract, d, nominated(w.pair, supplies, contract, d, seed)) for d in days]
        _record(w, name, supplies.rows[contract.contract].allocated_by, f"allocated {contract.contract}", rows)


def paid(w: Written, supplies: Supplies, seed: int) -> None:
    """Contracts are invoiced at final prices, bills are issued, everybody pays and is paid."""
    before = w.observed
    w.at(13, "10:00", "Prices are final: contracts are invoiced, bills are issued with VAT", after_month=True)
    _observe(w, supplies, before, seed)
    first, last = w.month[0].isoformat(), w.month[-1].isoformat()
    for name, contract in supplies.contracts(w.day):
        asked = {"agreement": f"{{{name}}}", "contract": contract.contract, "kind": "final invoice", "of": first[:7]}
        w.do("OP", "issue-supply-document", asked)
    w.do("OP", "issue-documents", {"market": w.market, "first_day": first, "last_day": last})
    w.at(20, "10:00", "Everybody pays and is paid", after_month=True)
    w.do("OP", "pay-all", {"market": w.market})


def write_script(written: Written, folder: Path) -> None:
    """Write a rehearsal beside the market of its pair: `script.json` and, in `day`, what it names.

    Args:
        written: The script.
        folder: Of the pair; its `day` is replaced.
    """
    place = folder / "day"
    shutil.rmtree(place, ignore_errors=True)
    for name, content in written.files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        path.write_text(text, encoding="utf-8")
    for name, rows in written.tables.items():
        path = place / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(dict.fromkeys(k for row in rows for k in row)), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
    said = {"format": "walras-rehearsal", "version": 1, "name": written.pair.name, "market": written.market,
            "delivery_day": written.day.isoformat(), "steps": written.steps}  # fmt: skip
    (folder / "script.json").write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
