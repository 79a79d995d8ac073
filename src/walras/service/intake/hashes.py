"""Content hashes of the orders of a batch, from the families that its check has read.

They are the hashes that the Merkle tree of the session's book has for the same orders
(`walras.results.publication.content_hashes`), so a receipt can name them before there is a book.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from walras.book.families import Families
from walras.book.market import MarketTerms
from walras.results.publication.leaves import order_contents

Owner = tuple[int, str]
"""The place of a submission in its batch, and a bare name of its orders."""


def order_hashes(
    market: MarketTerms, members: Sequence[str], families: Families, owners: dict[str, Owner]
) -> list[dict[str, str]]:
    """Return the content hash of every order of each submission, by bare name, sorted.

    Args:
        market: Of the session.
        members: The member of each submission; the same one may stand there many times.
        families: All orders, under names that are different in every submission.
        owners: Whose these names are: of orders and of groups.
    """
    # by place, not by name: two submissions of one member may hold orders of one name
    whose = [owners[name] for family in families for name in family.name]
    book = market.book(cast(Families, tuple(_renamed(family, members, owners) for family in families)))
    found: list[dict[str, str]] = [{} for _ in members]
    for (place, name), (_, pieces) in zip(whose, order_contents(book), strict=True):
        found[place][name] = hashlib.sha256(b"".join(pieces)).hexdigest()
    return [dict(sorted(hashes.items())) for hashes in found]


def _renamed(family: Any, members: Sequence[str], owners: dict[str, Owner]) -> Any:
    """Return orders under the names that they have in a book."""

    def named(name: str) -> str:
        place, bare = owners[name]
        return f"{members[place]}.{bare}"

    changed = {"name": tuple(map(named, family.name)), "member": tuple(members[owners[n][0]] for n in family.name)}
    if hasattr(family, "group_name"):
        changed["group_name"] = tuple(map(named, family.group_name))
    return replace(family, **changed)
