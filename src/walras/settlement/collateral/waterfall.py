"""Who bears a default, in which order, to the last minor unit.

::

    loss ─▶ 1 the defaulter's cash ─▶ 2 its guarantees ─▶ 3 its part of the default fund
         ─▶ 4 own funds of the market operator ─▶ 5 the others' default fund, pro rata
         ─▶ 6 creditors, pro rata to what the market owes them

Each layer bears what is left, up to what it has. Shares are whole minor units by largest remainder, names in
their order, and no share is above what its member has. Ledger: every row moves its amount to `member/DEFAULTER`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from walras.errors import BadInput, Mistake
from walras.results.minor_units import shared_out

CASH, GUARANTEES, OWN_FUND, OWN_FUNDS, FUND, CREDITORS = (
    "cash", "guarantees", "own default fund", "own funds of the operator", "default fund of others", "creditors",
)  # fmt: skip
LAYERS = (CASH, GUARANTEES, OWN_FUND, OWN_FUNDS, FUND, CREDITORS)
ROLES = {
    CASH: "collateral", GUARANTEES: "guarantee", OWN_FUND: "default_fund", OWN_FUNDS: "own_funds",
    FUND: "default_fund", CREDITORS: "member",
}  # fmt: skip
"""The role of the account that each layer takes from."""


@dataclass(frozen=True)
class Layers:
    """What each layer has, in minor units of one currency; none below zero.

    Attributes:
        cash, guarantees, own_fund: Of the defaulter.
        own_funds: Of the market operator.
        fund: Default fund contributions of the other members.
        creditors: What the market owes the other members.
    """

    cash: int = 0
    guarantees: int = 0
    own_fund: int = 0
    own_funds: int = 0
    fund: Mapping[str, int] = field(default_factory=dict)
    creditors: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Borne:
    """One row of a waterfall: a layer, the account that bears, and how much."""

    layer: str
    account: str
    minor: int


def waterfall(defaulter: str, loss: int, layers: Layers) -> tuple[Borne, ...]:
    """Return who bears a loss; rows sum to it exactly.

    Args:
        defaulter: Member that does not pay.
        loss: What it owes, minor units above zero.
        layers: What there is.

    Raises:
        BadInput: No loss (`default_loss`), a layer below zero (`default_layers`), the defaulter among those who
            bear for it (`default_others`), or all layers together bear less than the loss (`default_covered`).

    Example:
        >>> rows = waterfall("M-1", 100, Layers(cash=30, own_funds=20, fund={"M-2": 40, "M-3": 20}))
        >>> [(r.account, r.minor) for r in rows]
        [('collateral/M-1', 30), ('own_funds/market', 20), ('default_fund/M-2', 33), ('default_fund/M-3', 17)]
    """
    _check(defaulter, loss, layers)
    rows: list[Borne] = []
    left = loss
    for layer, holders in _holders(defaulter, layers):
        taken = min(left, sum(holders.values()))
        for name, minor in _shares(taken, holders).items():
            if minor:
                rows.append(Borne(layer, f"{ROLES[layer]}/{name}", minor))
        left -= taken
    if left:
        fix = "Write the rest off against own funds: raise them, or accept set-offs first."
        raise BadInput([_mistake(f"{left} minor units of {loss} are borne by nobody", "default_covered", fix)])
    return tuple(rows)


def _holders(defaulter: str, layers: Layers) -> Iterator[tuple[str, dict[str, int]]]:
    yield CASH, {defaulter: layers.cash}
    yield GUARANTEES, {defaulter: layers.guarantees}
    yield OWN_FUND, {defaulter: layers.own_fund}
    yield OWN_FUNDS, {"market": layers.own_funds}
    yield FUND, dict(sorted(layers.fund.items()))
    yield CREDITORS, dict(sorted(layers.creditors.items()))


def _shares(amount: int, holders: dict[str, int]) -> dict[str, int]:
    """Return an amount pro rata to what holders have; as it is at most their sum, no share is above its holder's."""
    if not amount:
        return {}
    parts = shared_out(amount, np.array(list(holders.values()), dtype=object))
    return dict(zip(holders, (int(p) for p in parts.tolist()), strict=True))


def _check(defaulter: str, loss: int, layers: Layers) -> None:
    mistakes = []
    if loss <= 0:
        what = f"{defaulter} owes {loss} minor units"
        mistakes.append(_mistake(what, "default_loss", "Declare a default of a member that owes."))
    has = {CASH: layers.cash, GUARANTEES: layers.guarantees, OWN_FUND: layers.own_fund, OWN_FUNDS: layers.own_funds}
    has |= {f"{FUND} {m}": v for m, v in layers.fund.items()} | {
        f"{CREDITORS} {m}": v for m, v in layers.creditors.items()
    }
    mistakes += [
        _mistake(f"{name} is {minor} minor units", "default_layers", "Give what is there, zero or more.")
        for name, minor in has.items()
        if minor < 0
    ]
    if defaulter in layers.fund or defaulter in layers.creditors:
        what, fix = f"{defaulter} would bear its own default twice", "Leave it out of the others."
        mistakes.append(_mistake(what, "default_others", fix))
    if mistakes:
        raise BadInput(mistakes)


def _mistake(what: str, rule: str, fix: str) -> Mistake:
    return Mistake(what, "default", rule, fix)
