"""Random markets whose orders belong to few members, so that members hold several orders on both sides."""

import random
from dataclasses import replace

from walras.book.book import Book
from walras.settlement.collateral.blocks import families

MEMBERS = ("M-0001", "M-0002", "M-0003")


def with_members(book: Book, chance: random.Random) -> Book:
    """The same book with every order given to one of three members, families and groups whole."""

    def some(count):
        return tuple(chance.choice(MEMBERS) for _ in range(count))

    blocks = book.blocks
    part, count = families(blocks.count, blocks.link_child, blocks.link_parent, blocks.group)
    owner = some(count)
    return replace(
        book,
        curves=replace(book.curves, member=some(book.curves.count)),
        blocks=replace(blocks, member=tuple(owner[p] for p in part.tolist())),
        flexibles=replace(book.flexibles, member=some(book.flexibles.count)),
        scalables=replace(book.scalables, member=some(book.scalables.count)),
        storages=replace(book.storages, member=some(book.storages.count)),
    )
