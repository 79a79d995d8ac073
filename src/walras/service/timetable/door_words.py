"""Every door rule, once: what it means, what it may say, and what this release cannot do yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from walras.capacity.layers import LAYERS

EVIDENCE = {
    "V": "read in the source",
    "C": "read in code",
    "K": "general knowledge, not checked",
    "I": "our proposal",
}
SESSION_KINDS = ("live", "dry_run", "simulation", "public_test")
ACTS = (
    "profile", "limits", "admission", "reinstatement", "final_results", "cancel", "fallback", "missing_book",
    "exclusion", "readmission", "capacity_rights", "screening", "erasure",
    "settlement_terms", "fixing_correction", "payment_out", "reversal", "default", "collateral_out",
)  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """One door rule.

    Attributes:
        name: Field of `DoorRules`, and table in the profile.
        meaning: What it decides.
        type: `int`, `str` or `bool`.
        choices: What it may say; empty: any number up to `most`, any moment.
        refused: Values that exist in real markets and not in this release, with what is missing.
        use: What this release does with the rule.
    """

    name: str
    meaning: str
    type: type
    choices: tuple[Any, ...] = ()
    refused: dict[Any, str] = field(default_factory=dict)
    is_list: bool = False
    is_moment: bool = False
    most: int = 0
    use: str = "given to the commands of the door"

    @property
    def fix(self) -> str:
        """Return what may be written."""
        if self.is_moment:
            return "Write a moment such as D-1 12:00."
        possible = [c for c in self.choices if c not in self.refused]
        said = " or ".join(str(c).lower() if c is True or c is False else str(c) for c in possible)
        return f"Write {said or f'0 to {self.most}'}{' (a list)' if self.is_list else ''}."

    def status(self, value: Any) -> str:
        """Return what this release does with a value that it accepts."""
        if self.type is bool and value is False and True in self.refused:
            return "off; refused when switched on"
        return self.use


USUAL = "used by the usual timetable"
LEDGER = "used by the capacity ledger"
CHECKED = "checked for every timetable"


def _switch(name: str, meaning: str, missing: str) -> Rule:
    return Rule(name, meaning, bool, (True, False), {True: missing})


_LATER = {
    "shadow_auction": "explicit auctions of capacity come later",
}
_ROWS = (
    Rule("opens_days_ahead", "Days before delivery by which the session is open.", int, most=400, use=CHECKED),
    Rule("gate", "Usual gate closure, local time of the market.", str, is_moment=True, use=USUAL),
    Rule("results_due", "Usual time of preliminary results.", str, is_moment=True, use=USUAL),
    Rule("objection_minutes", "Shortest time to object once results are due.", int, most=10_080, use=CHECKED),
    Rule("final", "Usual time of final results.", str, is_moment=True, use=USUAL),
    Rule("binding", "Which results bind members.", str, ("final",), {"preliminary": "only final results bind"}),
    Rule("mtu_minutes", "Lengths of an MTU that a market may have.", int, (5, 10, 15, 30, 60), is_list=True,
         use=CHECKED),
    Rule("business_days_only", "A gate on no business day moves the session back.", bool, (True, False), use=CHECKED),
    Rule("session_kinds", "Kinds of session that a market may hold.", str, SESSION_KINDS, is_list=True),
    Rule("four_eyes", "Acts that a second officer has to confirm.", str, ACTS, is_list=True),
    Rule(
        "fallback", "Rungs of the ladder when the auction gives no result in time, in order.", str,
        ("rerun", "partial_decoupling", "local", "none", "cancel"), _LATER, is_list=True, use="by command and by clock",
    ),
    Rule(
        "fallback_deadlines", "When the clock takes each rung but `cancel`, which two officers alone take.", str,
        is_list=True, is_moment=True, use="used for each session, moved with its gate",
    ),
    Rule("trade_currency", "Prices in the currency of payment (same), or in their own.", str, ("same", "own"),
         use="used by settlement: parties may pay in another"),
    Rule("day_ahead", "There is a day-ahead auction.", bool, (True, False), {False: "it is the only mode of trade"}),
    Rule("capacity", "What network limits are given for.", str, ("lines_or_domain", "cross_section"),
         use="declared; cross-sections are lines used together"),
    _switch("second_auction", "A second auction follows beyond a threshold price.", "a book is opened once only"),
    Rule("free_bilateral", "A registrar registers free bilateral contracts.", bool, (True, False)),
    _switch("fixed_term", "There are auctions of fixed-term contracts.", "there is no term auction"),
    Rule("deviations", "Deviations of metered net interchange from plan are settled at cross-sections.", bool,
         (True, False), use="by terms of settlement for each cross-section"),
    Rule("capacity_layers", "Layers in which capacity is given away; an earlier one takes from a later one.", str,
         LAYERS, is_list=True, use=LEDGER),
    Rule("curtailed_first", "Layers that give way when capacity falls, the first of them first.", str,
         LAYERS[:4], is_list=True, use=LEDGER),
    Rule("netting", "What of one direction makes room for the other.", str, ("none", "matched"), use=LEDGER),
    Rule("negative_capacity", "Whether a capacity may be below zero, which forces a flow.", str,
         ("forbidden", "allowed"), {"allowed": "the auction clears no forced flows"}, use=LEDGER),
    Rule("missing_capacity", "What holds for a side that declared nothing in time: the standing figure or zero.", str,
         ("standing", "zero"), use=LEDGER),
    Rule("capacity_due", "Until when capacities of a day may be declared.", str, is_moment=True, use=LEDGER),
    Rule("permits", "Whose permit a contract needs on each hop.", str, ("none", "seller", "both"), use=LEDGER),
    Rule("confirmation_hours", "Hours in which the other party has to confirm.", int, most=8_784, use=LEDGER),
    Rule("termination_hours", "Hours between notice and the end of a contract, at the least.", int, most=8_784,
         use=LEDGER),
    Rule("nomination_due", "Until when schedules of a day may be nominated; rights not used are free then.", str,
         is_moment=True, use=LEDGER),
    Rule("missing_nomination", "What stands for a party that nominated nothing: its contract or zero.", str,
         ("contract", "zero"), use=LEDGER),
    Rule("system_price", "Whether prices without network limits are published beside those of zones.", str,
         ("none", "published"), use="cleared and audited beside each result"),
    Rule("corridor", "Whether flows that the market asks for decide what its lines are given.", str,
         ("declared", "requested"), use=LEDGER),
    Rule("corridor_due", "Until when system operators answer what a market asks for.", str, is_moment=True,
         use="used where a corridor is requested, moved with the gate"),
    Rule("verification_minutes", "Minutes after the gate in which orders are verified before they are cleared.", int,
         most=1_440, use="the run waits so long"),
    Rule("visible_versions", "Whether a member sees every version of its orders for ever.", bool, (True, False),
         {False: "nothing is ever forgotten"}, use="by list-order-versions"),
    Rule("bid_currencies", "Whether orders may come in several currencies.", str, ("one", "several"),
         {"several": "prices are in the currency of the market"}, use="the currency of the market"),
    Rule("exposure", "How orders count against collateral: at their limits, or at reference prices.", str,
         ("limit_price", "reference_price"), use="used where terms of settlement have collateral and say nothing else"),
    _switch("countersigned_documents", "Third parties of each state countersign.", "nothing is countersigned"),
)  # fmt: skip
RULES: dict[str, Rule] = {rule.name: rule for rule in _ROWS}
