"""An accession in sentences, for the page and the command line: who gains, who loses, how sure that is.

Written from the summary alone, so that words and figures cannot part. Amounts are spoken
in the unit that a reader takes in at a glance: millions from a million on.
"""

from __future__ import annotations

from datetime import date
from typing import Any

YEAR_DAYS = 365
PARTIES = (("buyers", "Buyers"), ("sellers", "Sellers"), ("congestion", "Congestion income"))


def headline(summary: dict[str, Any]) -> str:
    """Return what happens, in one sentence."""
    cur = summary["currency"]
    change = summary["welfare"][f"change_{cur.lower()}"]
    count = summary["days"]["count"]
    what = f"together they {_verb(change)} {amount(change, cur)} in {count} day{'s' if count != 1 else ''}"
    joins = "joins" if len(summary["new_states"]) == 1 else "join"
    return f"{listed(summary['new_states'])} {joins} {listed(summary['states'])}: {what}"


def yearly(summary: dict[str, Any]) -> str:
    """Return what that would be in a year of such days."""
    cur = summary["currency"]
    change = summary["welfare"][f"change_{cur.lower()}"] * YEAR_DAYS / summary["days"]["count"]
    return f"At this pace that is {amount(change, cur)} a year."


def period(summary: dict[str, Any]) -> str:
    """Return the days.

    >>> period({"days": {"first": "2026-04-01", "last": "2026-04-30", "count": 30}})
    '1 April 2026 to 30 April 2026, 30 days'
    """
    first, last = (date.fromisoformat(summary["days"][k]) for k in ("first", "last"))
    days = [f"{d.day} {d:%B %Y}" for d in dict.fromkeys((first, last))]
    count = summary["days"]["count"]
    return f"{' to '.join(days)}, {count} day{'s' if count != 1 else ''}"


def state_words(summary: dict[str, Any], state: str) -> list[str]:
    """Return what one state gains or loses, then who inside it, then its price."""
    cur = summary["currency"]
    row = next(r for r in summary["by_state"] if r["state"] == state)
    key = f"change_{cur.lower()}"
    change = row[f"welfare_{key}"]
    out = [f"{state} {_verb(change, 's')} {amount(change, cur)}."]
    for word, title in PARTIES:
        value = row[f"{word}_{key}"]
        if word == "congestion":
            out.append(f"{title} {'rises' if value >= 0 else 'falls'} by {amount(value, cur)}.")
        else:
            out.append(f"{title} {_verb(value)} {amount(value, cur)}.")
    unit = f"{cur.lower()}_per_mwh"
    before, after = (float(row[f"price_mean_{when}_{unit}"]) for when in ("before", "after"))
    turn = "rises" if after > before else "falls" if after < before else "stays"
    way = f"from {before:,.2f} to {after:,.2f}" if after != before else f"at {after:,.2f}"
    out.append(f"The average price {turn} {way} {cur}/MWh.")
    return out


def proof(summary: dict[str, Any]) -> str:
    """Return how far the figures are proven."""
    a, cur = summary["auctions"], summary["currency"]
    clean = (
        "each audited without a violation"
        if not a["violations"]
        else f"in which the audit found {a['violations']} violations"
    )
    if a["optimal"] == a["count"]:
        return f"{a['count']} auctions, {clean}; all are proven optimal."
    before, after = a[f"gap_before_{cur.lower()}"], a[f"gap_after_{cur.lower()}"]
    return (
        f"{a['count']} auctions, {clean}; {a['optimal']} are proven optimal, and the others may hide no more than "
        f"{amount(before + after, cur)} in all."
    )


def who_pays(summary: dict[str, Any]) -> str:
    """Return the largest loss and the largest gain of buyers or sellers of one state."""
    cur = summary["currency"]
    key = f"change_{cur.lower()}"
    parties = [(r[f"{w}_{key}"], w, r["state"]) for r in summary["by_state"] for w in ("buyers", "sellers")]
    best, worst = max(parties), min(parties)
    out = []
    if worst[0] < 0:
        out.append(f"Most is lost by {worst[1]} in {worst[2]}: {amount(worst[0], cur)}.")
    if best[0] > 0:
        out.append(f"Most is gained by {best[1]} in {best[2]}: {amount(best[0], cur)}.")
    losses = {r["state"]: r[f"welfare_{key}"] for r in summary["by_state"] if r[f"welfare_{key}"] < 0}
    if losses:
        lost = [f"{state} loses {amount(value, cur)}" for state, value in losses.items()]
        out.append(f"As a whole, {listed(lost)} unless the others share.")
    return " ".join(out)


def amount(value: float, currency: str) -> str:
    """Return the size of an amount in words, without its sign.

    >>> amount(-13_566_042.81, "EUR"), amount(85_300.0, "EUR"), amount(512.5, "EUR"), amount(2.5e9, "EUR")
    ('13.57 million EUR', '85,300 EUR', '512.50 EUR', '2.50 billion EUR')
    """
    size = abs(value)
    if size >= 999_995_000:
        return f"{size / 1e9:,.2f} billion {currency}"
    if size >= 999_995:
        return f"{size / 1e6:,.2f} million {currency}"
    return f"{size:,.0f} {currency}" if size >= 1000 else f"{size:,.2f} {currency}"


def listed(names: list[str]) -> str:
    """Return names as people list them.

    >>> listed(["XA"]), listed(["XA", "XB"]), listed(["XA", "XB", "XC"])
    ('XA', 'XA and XB', 'XA, XB and XC')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _verb(value: float, end: str = "") -> str:
    return ("gain" if value >= 0 else "lose") + end
