"""Ownership: which members are one company group, and count as one.

A table `member, group` (CSV), written by the regulator; members that it does not name stand
for themselves. Read by `offers`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from walras.errors import BadInput, Mistake

COLUMNS = ("member", "group")


@dataclass(frozen=True)
class Groups:
    """Company groups: the group of each member that is in one.

    Example:
        >>> groups = Groups({"M-0001": "North", "M-0002": "North"})
        >>> [groups.owner(m) for m in ("M-0001", "M-0002", "M-0003")]
        ['North', 'North', 'M-0003']
    """

    group: Mapping[str, str] = field(default_factory=dict)

    def owner(self, member: str) -> str:
        """Return who a member counts for: its group, or itself."""
        return self.group.get(member, member)


def groups_of(pairs: Sequence[tuple[str, str]], members: Collection[str], where: str = "groups") -> Groups:
    """Return company groups from pairs of member and group.

    Args:
        pairs: Member and group, a row each.
        members: Everybody with an order in what is looked at.
        where: Name of the table, for messages.

    Raises:
        BadInput: A member is unknown (`group_member_known`) or in two groups (`group_member_once`), a field is
            empty (`field_filled`), or a group is called as a member that is not in it (`group_name_free`).
    """
    mistakes: list[Mistake] = []
    found: dict[str, str] = {}
    for number, (member, group) in enumerate(pairs, 1):
        at = f"{where} row {number}"
        if not member or not group:
            mistakes.append(Mistake("member or group is empty", at, "field_filled", "Fill both."))
            continue
        if member not in members:
            fix = "Name a member that has orders in these days, as the book names it."
            mistakes.append(Mistake(f"there is no member {member!r}", at, "group_member_known", fix))
        if found.setdefault(member, group) != group:
            what = f"{member!r} is in {found[member]!r} and in {group!r}"
            mistakes.append(Mistake(what, at, "group_member_once", "Put each member into one group."))
    for group in sorted(set(found.values())):
        if group in members and found.get(group) != group:
            what = f"the group {group!r} is called as a member that is not in it"
            mistakes.append(
                Mistake(what, where, "group_name_free", "Give the group another name, or put the member in.")
            )
    if mistakes:
        raise BadInput(mistakes)
    return Groups(found)


def read_groups(file: Path | str, members: Collection[str]) -> Groups:
    """Return the company groups of a CSV file with the columns `member` and `group`.

    Raises:
        BadInput: It cannot be read or lacks a column (`group_table`), or as in `groups_of`.
    """
    fix = "Write a CSV file with the columns member and group."
    try:
        table = pl.read_csv(file, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BadInput([Mistake(f"the table cannot be read: {error}", str(file), "group_table", fix)]) from None
    missing = [c for c in COLUMNS if c not in table.columns]
    if missing:
        raise BadInput(
            [Mistake(f"there is no column {' and no column '.join(missing)}", str(file), "group_table", fix)]
        )
    rows = table.select(pl.col(*COLUMNS).fill_null("").str.strip_chars()).rows()
    return groups_of(rows, members, str(file))
