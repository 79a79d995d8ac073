"""Every door rule, once: what it means, what it may say, and what this release cannot do yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

EVIDENCE = {
    "V": "read in the source",
    "C": "read in code",
    "K": "general knowledge, not checked",
    "I": "our proposal",
}
SESSION_KINDS = ("live", "dry_run", "simulation", "public_test")
ACTS = ("profile", "limits", "final_results", "cancel", "fallback", "suspension", "keys", "screening")


@dataclass(frozen=True)
class Rule:
    """One door rule.

    Attributes:
        name: Field of `DoorRules`, and table in the profile.
        meaning: What it decides.
        type: `int`, `str` or `bool`.
        choices: What it may say; empty: any number up to `most`, any moment.
        refused: Values that exist in real markets and not in this release, with what is missing.
    """

    name: str
    meaning: str
    type: type
    choices: tuple[Any, ...] = ()
    refused: dict[Any, str] = field(default_factory=dict)
    is_list: bool = False
    is_moment: bool = False
    most: int = 0

    @property
    def fix(self) -> str:
        """Return what may be written."""
        if self.is_moment:
            return "Write a moment such as D-1 12:00."
        said = {bool: "true or false", int: f"0 to {self.most}"}.get(self.type, "text")
        possible = [c for c in self.choices if c not in self.refused]
        if self.type is bool and self.refused:
            said = "false"
        return (
            f"Write {' or '.join(map(str, possible)) if self.choices else said}{' (a list)' if self.is_list else ''}."
        )

    def status(self, value: Any) -> str:  # noqa: ANN401 - TOML
        """Return what this release does with a value."""
        if self.type is bool and self.refused and not value:
            return "off; refused when switched on"
        return "declared; no money moves yet" if self.name == "trade_currency" else "applied"


def _switch(name: str, meaning: str, missing: str) -> Rule:
    return Rule(name, meaning, bool, refused={True: missing})


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("opens_days_ahead", "Days before delivery by which the session is open.", int, most=400),
        Rule("gate", "Usual gate closure, local time of the market.", str, is_moment=True),
        Rule("results_due", "Usual time of preliminary results.", str, is_moment=True),
        Rule("objection_minutes", "Shortest time to object after preliminary results are due.", int, most=10_080),
        Rule("final", "Usual time of final results.", str, is_moment=True),
        Rule("binding", "Which results bind members.", str, ("final",), {"preliminary": "only final results bind"}),
        Rule("mtu_minutes", "Lengths of an MTU that a market may have.", int, (5, 10, 15, 30, 60), is_list=True),
        Rule("business_days_only", "A gate on no business day moves the session back.", bool),
        Rule("session_kinds", "Kinds of session that a market may hold.", str, SESSION_KINDS, is_list=True),
        Rule("four_eyes", "Acts that a second officer has to confirm.", str, ACTS, is_list=True),
        Rule(
            "fallback",
            "What may follow when the auction gives no result in time.",
            str,
            ("second_calculation", "cancel"),
            {
                "partial_decoupling": "regional auctions come with capacity",
                "shadow_auction": "explicit auctions of capacity come later",
            },
            is_list=True,
        ),
        Rule("trade_currency", "Bids and prices are in the currency of payment (same) or their own.", str, ("same", "own")),
        Rule("day_ahead", "There is a day-ahead auction.", bool, refused={}),
        Rule(
            "capacity",
            "What network limits are given for.",
            str,
            ("lines_or_domain", "cross_section"),
        ),
        _switch("second_auction", "A second auction follows beyond a threshold price.", "a book is opened once only"),
        _switch("free_bilateral", "A registrar registers free bilateral contracts.", "there is no registrar"),
        _switch("fixed_term", "Centralised auctions of fixed-term contracts.", "there is no term auction"),
        _switch("deviations", "Hourly deviations at cross-sections are settled.", "there is no metering or settlement of them"),
        _switch("capacity_layers", "Registered obligations reduce capacity, year to intraday.", "there is no capacity ledger"),
        _switch("countersigned_documents", "Trusted third parties of each state countersign.", "nothing is countersigned"),
    )
}  # fmt: skip
