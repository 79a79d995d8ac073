"""Rules profiles: the rules of one market with their validity dates, as data.

A rule that a profile switches is switched in the model, the audit and the explanation
by the same name (the field names below). Profiles are TOML files in `book/profiles/`;
a market folder names one in `market.toml`. A profile that asks for something that this
release cannot do is refused, never ignored.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from importlib import resources
from typing import Any

from walras.errors import BadInput, Mistake

CHOICES: dict[str, tuple[str, ...]] = {
    "paradoxical_acceptance": ("forbidden", "compensated"),
    "difference_sharing": ("none", "opposite_side_pro_rata"),
    "price_rule": ("midpoint",),
    "volume_rule": ("maximum_then_pro_rata",),
    "family_rule": ("child_saves_parent",),
    "curtailment_rule": ("share_pro_rata",),
}
ORDER_KINDS = (
    "curve", "block", "profile_block", "minimum_quantity_block", "linked_block", "exclusive_group", "flexible",
    "scalable", "conversion", "storage",
)  # fmt: skip
"""Kinds of orders that a profile may name; a block is of several when it is linked, grouped, shaped or divisible."""


@dataclass(frozen=True)
class Profile:
    """The switches of one rules profile.

    Attributes:
        name: Name in `market.toml`.
        valid_from, valid_to: First and last delivery day; `valid_to` None = open.
        paradoxical_acceptance: What happens to an order that would lose: `forbidden` (it is rejected), or
            `compensated` (the best selection is taken, and who loses in it is paid the loss).
        difference_sharing: Who pays compensations: `none` where there are none, `opposite_side_pro_rata`
            (sellers those of buyers, buyers those of sellers, everybody what rounding leaves; by volume).
        price_rule: Which of several legal prices is chosen: `midpoint`.
        volume_rule: How tied volumes are shared: `maximum_then_pro_rata`.
        family_rule: Whose surplus may cover a loss inside a family: `child_saves_parent`.
        curtailment_rule: How a shortage at a price limit is shared: `share_pro_rata`.
        max_block_legs, max_curve_steps: Limits per order, 0 = none.
        max_block_mwh: Most energy of a block in one MTU, 0 = no limit.
        max_flexible_mwh: Most energy of a flexible order, 0 = no limit.
        order_kinds: Kinds of orders that are taken (`ORDER_KINDS`); empty = every kind.
    """

    name: str
    valid_from: date
    valid_to: date | None
    paradoxical_acceptance: str = "forbidden"
    difference_sharing: str = "none"
    price_rule: str = "midpoint"
    volume_rule: str = "maximum_then_pro_rata"
    family_rule: str = "child_saves_parent"
    curtailment_rule: str = "share_pro_rata"
    max_block_legs: int = 0
    max_curve_steps: int = 0
    max_block_mwh: float = 0
    max_flexible_mwh: float = 0
    order_kinds: tuple[str, ...] = ()

    @property
    def compensates(self) -> bool:
        """Whether an accepted order may lose and is paid its loss."""
        return self.paradoxical_acceptance == "compensated"


def profile_names() -> tuple[str, ...]:
    """Return the profiles that ship, sorted.

    >>> 'european' in profile_names()
    True
    """
    folder = resources.files("walras.book") / "profiles"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def load_profile(name: str, day: date) -> Profile:
    """Return the profile of that name, valid on a delivery day.

    Raises:
        BadInput: No such profile, not valid on that day, or a rule that this release cannot do.

    Example:
        >>> load_profile("european", date(2025, 4, 1)).price_rule
        'midpoint'
    """
    if name not in profile_names():
        raise BadInput(
            [_mistake(f"no rules profile {name!r}", "profile_known", f"Name one of {', '.join(profile_names())}.")]
        )
    text = (resources.files("walras.book") / "profiles" / f"{name}.toml").read_text(encoding="utf-8")
    return profile_from(tomllib.loads(text), day)


def profile_from(data: dict[str, Any], day: date) -> Profile:
    """Return a profile from its table, checked for a delivery day (see `load_profile`)."""
    known = {f.name for f in fields(Profile)}
    mistakes = [
        _mistake(f"profile has no rule {key!r}", "profile_rule_known", f"Use the rules {', '.join(sorted(known))}.")
        for key in sorted(set(data) - known)
    ]
    mistakes += [
        _mistake(f"{rule} = {data[rule]!r} is not supported", "profile_supported", f"Use {' or '.join(choices)}.")
        for rule, choices in CHOICES.items()
        if rule in data and data[rule] not in choices
    ]
    kinds = tuple(data.get("order_kinds", ()))
    mistakes += [
        _mistake(f"there are no orders of the kind {kind!r}", "profile_order_kinds", f"Use {', '.join(ORDER_KINDS)}.")
        for kind in kinds
        if kind not in ORDER_KINDS
    ]
    if mistakes:
        raise BadInput(mistakes)
    profile = Profile(**({"valid_to": None} | data | {"order_kinds": kinds}))
    if profile.compensates != (profile.difference_sharing != "none"):
        what = f"difference_sharing = {profile.difference_sharing!r} beside paradoxical_acceptance = "
        fix = "Say who pays compensations, opposite_side_pro_rata, where losses are compensated, and only there."
        raise BadInput([_mistake(f"{what}{profile.paradoxical_acceptance!r}", "profile_sharing", fix)])
    if day < profile.valid_from or (profile.valid_to is not None and day > profile.valid_to):
        raise BadInput(
            [
                _mistake(
                    f"profile {profile.name!r} is not valid on {day}",
                    "profile_validity",
                    "Name a profile that is valid on the delivery day.",
                )
            ]
        )
    return profile


def _mistake(what: str, rule: str, fix: str) -> Mistake:
    return Mistake(what, "market.toml rules_profile", rule, fix)
