"""How a paste was understood, in words: what of it was left out, and with which decimal sign its numbers were read."""

from __future__ import annotations

from walras.service.console.desk import Desk
from walras.service.console.paste import COMMA, Pasted


def left_out_of(desk: Desk, found: Pasted) -> list[str]:
    """Return what of a paste belongs to no column of the sheet, a sentence for each kind."""
    t, said = desk.t, []
    if found.unknown:
        names = ", ".join(dict.fromkeys(found.unknown))
        said.append(t("Left out, for the sheet has no such column: {names}.").format(names=names))
    if found.twice:
        text = t("The first line has these names more than once; the first column of each counts: {names}.")
        said.append(text.format(names=", ".join(dict.fromkeys(found.twice))))
    if found.beyond:
        text = t.n_("{count} filled cell belongs to no column and was left out.",
                    "{count} filled cells belong to no column and were left out.", found.beyond)  # fmt: skip
        said.append(text.format(count=found.beyond))
    return said


def said_of_sign(desk: Desk, found: Pasted) -> str:
    """Return with which decimal sign the numbers of a paste were read."""
    t = desk.t
    sign = t("a comma") if found.decimal == COMMA else t("a point")
    return t("Numbers were read with {sign} as the decimal sign.").format(sign=sign)
