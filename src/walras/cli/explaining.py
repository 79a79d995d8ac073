"""How `walras explain` shows an explanation: one line an order, all about one order, or what accepting it would do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from walras.cli.show import number, print_table, say, short

if TYPE_CHECKING:
    import polars as pl

    from walras.book.book import Book
    from walras.coupling.what_if import WhatIf


def print_orders(table: pl.DataFrame, currency: str) -> None:
    """Print one line an order; a curve's steps are summed."""
    rows = []
    for (order,), own in table.group_by(["order"], maintain_order=True):
        first = own.row(0, named=True)
        if first["kind"] == "curve":
            sums = {c: float(own[c].sum()) for c in ("accepted_mwh", "offered_mwh", "surplus")}
            first |= sums | {
                "outcome": f"{int((own['accepted_mwh'] > 0).sum())} of {len(own)} steps",
                "accepted_at": None,
            }
        outcome = first["outcome"].replace("_", " ")
        energy = [number(first[c], 0) for c in ("accepted_mwh", "offered_mwh")]
        gain = f"({figure(first['if_accepted'])})" if "rejected" in outcome else figure(first["surplus"])
        rows.append((order, outcome, *energy, gain, figure(first["accepted_at"])))
    heads = ("order", "outcome", "MWh", "offered", f"surplus {currency}", "accepted at")
    print_table("Orders", heads, rows, left=(0, 1), wraps=(0,))
    say("In brackets: what a rejected order would have had at these prices.")
    say("One order in full: name it; what accepting it would do: add --what-if.")
    say("Every row as a file: --out FILE.")


def print_order(table: pl.DataFrame, currency: str) -> None:
    """Print everything about one order, row by row."""
    first = table.row(0, named=True)
    say(f"{first['order']}: {first['kind']}, {first['side']} in {first['zone']}")
    if len(table) == 1:
        shown = {k: v for k, v in first.items() if k not in {"order", "kind", "side", "zone"} and v not in (None, "")}
        print_table("", ("", ""), [(k.replace("_", " "), figure(v)) for k, v in shown.items()])
        return
    rows = [
        (
            "whole" if r["mtu_start"] is None else f"{r['mtu_start']:%m-%d %H:%M}",
            r["step"] or "",
            f"{number(r['accepted_mwh'], 1)}/{number(r['offered_mwh'], 1)}",
            figure(r["limit_price"]),
            figure(r["price"]),
            figure(r["surplus"]),
            r["remark"],
        )
        for r in table.iter_rows(named=True)
    ]
    print_table("", ("UTC", "", "MWh", "limit", "price", currency, "why"), rows, left=(0, 6))
    say("A step is accepted at a limit as good as the price of its MTU, prices held.")


def print_what_if(answer: WhatIf, book: Book) -> None:
    """Print what accepting a rejected order would do: the verdict, the figures, who would lose, how prices move."""
    say(f"If '{answer.order}' were accepted{_how(answer, book)}, the rest of the selection as it is:")
    for line in _verdict(answer, book):
        say(line)
    moved = (("comes along, as its parent", answer.comes_along), ("left out, to make room", answer.makes_room))
    for words, names in moved:
        for name in names[:MOST]:
            say(f"{words}: {name}")
    if not answer.is_balanced:
        return
    if answer.losers:
        rows = [(name, number(loss)) for name, loss in zip(answer.losers[:MOST], answer.loss[:MOST], strict=True)]
        print_table("Orders that would lose", ("order", f"loses {book.currency}"), rows)
        if len(answer.losers) > MOST:
            say(f"and {len(answer.losers) - MOST} more")
    _print_prices(answer, book)


MOST = 10


def _how(answer: WhatIf, book: Book) -> str:
    """Return when a flexible order would start, and how far a curtailable one would be accepted."""
    words = f" from {_time(book, answer.start)}" if answer.start >= 0 else ""
    return words if not answer.is_balanced or answer.ratio > 1 - 1e-6 else f"{words} at a ratio of {answer.ratio:.4g}"


def _verdict(answer: WhatIf, book: Book) -> list[str]:
    """Return in two lines whether that is possible and legal, and what it is worth."""
    if not answer.is_balanced:
        return ["not possible: at prices inside the limits the market would not balance", _imbalance(answer, book)]
    change = number(abs(answer.welfare))
    welfare = f"welfare would {'rise' if answer.welfare > 0 else 'fall'} by {change} {book.currency}"
    if float(change.replace(",", "")) == 0:
        welfare = "welfare would stay as it is"
    if answer.is_legal:
        return ["legal, at the prices below", welfare]
    lost = f"{number(float(answer.loss.sum()))} {book.currency}"
    count = len(answer.losers)
    losers = "an accepted order loses" if count == 1 else f"{count} accepted orders lose"
    return [f"not legal: at the best of all prices {losers} {lost}", welfare]


def _imbalance(answer: WhatIf, book: Book) -> str:
    """Return where energy would be missing or left over at any price inside the limits."""
    missing = answer.missing
    worst = max(range(len(missing)), key=lambda c: abs(missing[c]) if not math.isnan(missing[c]) else -1)
    if math.isnan(missing[worst]) or missing[worst] == 0:
        return "(prices of the result itself stand at a limit)"
    zone = book.cells.zones[book.cells.grids[int(book.cells.grid[worst])].zone].name
    word = "missing" if missing[worst] > 0 else "too much"
    count = int((missing != 0).sum())
    others = f", not alone: {count} MTUs" if count > 1 else ""
    return f"{number(abs(float(missing[worst])), 1)} MWh {word} in {zone} at {_time(book, worst)}{others}"


def _print_prices(answer: WhatIf, book: Book) -> None:
    """Print how the prices of the order's zone move: on the whole, and where they move most."""
    zone = book.cells.zones[book.cells.grids[int(book.cells.grid[answer.cells[0]])].zone].name
    move = answer.after - answer.before
    most = int(abs(move).argmax())
    rows = [
        (name, *(number(round(float(v), 2) + 0.0) for v in (before, after, after - before)))
        for name, before, after in (
            ("lowest", answer.before.min(), answer.after.min()),
            ("mean", answer.before.mean(), answer.after.mean()),
            ("highest", answer.before.max(), answer.after.max()),
            (f"at {_time(book, int(answer.cells[most]))} UTC", answer.before[most], answer.after[most]),
        )
    ]
    print_table(f"Prices of {zone}, {book.currency}/MWh", ("", "now", "then", "moves by"), rows)


def _time(book: Book, cell: int) -> str:
    from walras.book.spans import time_text  # noqa: PLC0415 - kept out of `walras --help`

    return time_text(int(book.cells.start[cell]))[5:16].replace("T", " ")


def figure(value: Any) -> str:  # noqa: ANN401 - cells of a table
    """Return a cell for people: numbers with two decimals below a million, nothing for none.

    >>> figure(-0.0001), figure(None), figure("paradoxically_rejected")
    ('0.00', '', 'paradoxically rejected')
    """
    if isinstance(value, float):
        return "" if math.isnan(value) else short(round(value, 2) + 0.0)
    return "" if value is None else str(value).replace("_", " ")
