"""What is free of the collateral of one member at one moment, in one currency.

::

    headroom = cash + guarantees + set-offs - debt - reserved

Cash is what the ledger holds on `collateral/M`. A guarantee or a set-off counts while it is valid, from its first
moment to before its last; a caller that reserves for later asks at that later moment. Debt is what `member/M` owes
in the ledger, 0 where the market owes the member: a credit secures nothing until it is accepted as a set-off.
Reserved is the exposure of live orders in sessions that are not settled.

Amounts in whole minor units, times in microseconds since 1970 UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from walras.errors import BadInput, Mistake

GUARANTEE, SET_OFF = "guarantee", "set_off"


@dataclass(frozen=True)
class Cover:
    """A guarantee of a third party, or a claim that is accepted as a set-off.

    Attributes:
        kind: `guarantee` or `set_off`.
        reference: Its number at whoever issued it.
        minor: What it still covers.
        valid_from, valid_to: It counts from the one to before the other.
    """

    kind: str
    reference: str
    minor: int
    valid_from: int
    valid_to: int

    def counts(self, at: int) -> bool:
        """Return whether it covers anything at a moment.

        >>> Cover("guarantee", "G-1", 100, 10, 20).counts(20)
        False
        """
        return self.valid_from <= at < self.valid_to


@dataclass(frozen=True)
class Headroom:
    """What a member has given, and what it is bound by."""

    cash: int
    guarantees: int
    set_offs: int
    debt: int
    reserved: int

    @property
    def given(self) -> int:
        """Return what covers the member."""
        return self.cash + self.guarantees + self.set_offs

    @property
    def bound(self) -> int:
        """Return what has to be covered."""
        return self.debt + self.reserved

    @property
    def free(self) -> int:
        """Return the headroom; negative = that much is missing."""
        return self.given - self.bound


def headroom(cash: int, covers: Iterable[Cover], balance: int, reserved: int, at: int) -> Headroom:
    """Return what is free at a moment.

    Args:
        cash: Balance of `collateral/M`.
        covers: Guarantees and set-offs, whether they count or not.
        balance: Of `member/M`; negative = the member owes.
        reserved: Exposure of orders in sessions that are not settled.
        at: Moment at which covers must be valid.

    Example:
        >>> room = headroom(500, [Cover("guarantee", "G-1", 300, 0, 9)], balance=-100, reserved=600, at=5)
        >>> room.free
        100
    """
    sums = dict.fromkeys((GUARANTEE, SET_OFF), 0)
    for cover in covers:
        if cover.counts(at):
            sums[cover.kind] += cover.minor
    return Headroom(cash, sums[GUARANTEE], sums[SET_OFF], max(0, -balance), reserved)


def check_cover(cover: Cover, where: str) -> None:
    """Refuse a guarantee or set-off that can never count (`cover_amount`, `cover_validity`)."""
    mistakes = []
    if cover.minor <= 0:
        fix = "Give what it covers, in minor units."
        mistakes.append(Mistake(f"it covers {cover.minor} minor units", where, "cover_amount", fix))
    if cover.valid_from >= cover.valid_to:
        fix = "Give an end after its beginning."
        mistakes.append(Mistake("it ends before it begins", where, "cover_validity", fix))
    if mistakes:
        raise BadInput(mistakes)
