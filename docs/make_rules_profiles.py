"""Write docs/rules-profiles.md from the profiles: `python docs/make_rules_profiles.py`."""

from dataclasses import fields
from datetime import date
from pathlib import Path

from walras.book.profile import CHOICES, ORDER_KINDS, load_profile, profile_names
from walras.service.timetable.door_words import RULES
from walras.service.timetable.rules import door_profiles, door_rows

HEAD = """\
# Rules profiles

A profile says which rules of a real market are on. It has two parts: rules of the auction, which a market folder is
hashed with, and rules of the door, which say how a session lives. Made from the profiles by
`python docs/make_rules_profiles.py`; a test keeps this page equal to them. A value that this release cannot do is
refused (`profile_supported`) when a profile asks for it. "Rules list" is the list of rules of common markets that the
profiles were built from. What has the evidence "general knowledge" or "our proposal" is a parameter that an operator
replaces with its own.

The times of the `interstate` and of the `sapp` profile are placeholders: they were not read. Those of `turkish` are of
a notice of 2016, those of `indian` of one exchange (HPX); both may have moved. In the profiles of markets that take
orders in several currencies an auction has one here.
"""


def page() -> str:
    """Return the page: the auction's rules, a table of door rules a profile, and what is refused."""
    parts = [HEAD, "## Rules of the auction\n\n" + _auction()]
    for name in door_profiles():
        rows = "".join(
            f"| `{r.rule}` | {r.meaning} | {r.value} | {r.source} | {r.evidence} | {r.status} |\n"
            for r in door_rows(name)
        )
        head = "| rule | meaning | value | source | evidence | status here |\n|---|---|---|---|---|---|\n"
        parts.append(f"## Door rules of `{name}`\n\n{head}{rows}")
    refused = "".join(
        f"| `{rule.name}` | {str(value).lower()} | {why} |\n"
        for rule in RULES.values()
        for value, why in rule.refused.items()
    )
    parts.append(
        "## What is refused when a profile asks for it\n\n| rule | value | missing here |\n|---|---|---|\n" + refused
    )
    return "\n".join(parts)


def _auction() -> str:
    profiles = [load_profile(name, date(2025, 4, 1)) for name in profile_names()]
    names = [f.name for f in fields(profiles[0]) if f.name != "name"]
    possible = CHOICES | {"order_kinds": ORDER_KINDS}
    head = f"| rule | {' | '.join(f'`{p.name}`' for p in profiles)} | possible |\n|---|{'---|' * len(profiles)}---|\n"
    return head + "".join(
        f"| `{n}` | {' | '.join(_words(getattr(p, n)) for p in profiles)} | {', '.join(possible.get(n, ()))} |\n"
        for n in names
    )


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "every kind"
    return {"None": "open", "0": "no limit"}.get(str(value), str(value))


if __name__ == "__main__":
    Path(__file__).with_name("rules-profiles.md").write_text(page(), encoding="utf-8")
