"""The second part: agreements are made, what is known is observed, the month is nominated, a band is registered."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from walras.contracts import Contract
from walras.studies.pairs.pair import Pair
from walras.studies.pairs.script.written import GRID, Rows, Written, settled_sections, short
from walras.studies.pairs.series import observations
from walras.studies.pairs.supplies import Supplies, is_read, nominated


def contracted(w: Written, supplies: Supplies, seed: int) -> None:
    """Agreements are proposed and confirmed, what is known is observed, the month is nominated."""
    w.at(-42, "10:00", "Supply contracts are proposed by their sellers and confirmed by the other parties")
    for name, agreement in supplies.agreements.items():
        first = agreement.contracts[0]
        others = sorted({p for c in agreement.contracts for p in (c.seller, c.buyer)} - {first.seller})
        w.files[f"{name}.toml"] = with_codes(agreement.text)
        asked = {"market": w.market, "text": {"file": f"day/{name}.toml"}}
        w.do(short(first.seller), "propose-supply-agreement", asked, gives=name, code="agreement")
        for other in others:
            w.do(short(other), "confirm-supply-agreement", {"agreement": f"{{{name}}}", "version": 1})
    w.at(-34, "10:00", "The month is observed so far, and nominated")
    observe(w, supplies, "", seed)
    for name, contract in supplies.contracts(w.day):
        rows = [fact("nomination", contract, d, nominated(w.pair, supplies, contract, d, seed)) for d in w.month]
        record(w, name, contract.buyer, f"nominated {contract.contract}", rows)
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


def observe(w: Written, supplies: Supplies, after: str, seed: int) -> None:
    """Record what was published by now, and after an earlier time: for each agreement what its formulas may read."""
    assert w.clock is not None, "a script begins at a time"
    now = w.clock.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    found = observations(w.pair, supplies.series, w.month[0], w.clock.date(), seed)
    new = [o for o in found if after < o["published_at"] <= now]
    for name, agreement in supplies.agreements.items():
        read = [o for o in new if is_read(o["series"], agreement)]
        record(w, name, "OP", f"observed {name} {w.clock.date()}", [{"kind": "observation", **o} for o in read])
    w.observed = now


def record(w: Written, agreement: str, by: str, table: str, rows: Rows) -> None:
    """Record a table of facts, if it has any rows."""
    if rows:
        w.tables[table] = rows
        who = by if by == "OP" else short(by)
        asked = {"agreement": f"{{{agreement}}}", "rows": {"rows": f"day/{table}.csv"}}
        w.do(who, "record-supply-facts", asked)


def fact(kind: str, contract: Contract, day: date, quantity: object) -> dict[str, str]:
    """Return a fact of a contract and day as a row."""
    return {"kind": kind, "contract": contract.contract, "day": day.isoformat(), "quantity": str(quantity)}


def _band(w: Written) -> None:
    """Register the bilateral contract at the border: a permit, a band over the month, confirmed by its buyer."""
    for section in settled_sections(w.pair)[:1]:
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
