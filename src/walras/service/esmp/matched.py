"""What matching a day came to as documents: what the two sides nominated differently, and what holds.

A contract stands once in each, on the first line of its path. The side that sent nothing has
what the profile says instead, and the report says so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from walras.formats import esmp
from walras.service.capacity.moments import due
from walras.service.clock import time_text
from walras.service.esmp.outgoing import WHOLE_DAY, head, series_on
from walras.service.esmp.view import View, short_name
from walras.service.roles import Role
from walras.service.work import refuse

FINAL_CONFIRMATION = "A08"
SIDES = ("seller", "buyer")
Match = dict[str, Any]


def anomaly_of(view: View) -> esmp.AnomalyDocument:
    """Return the anomaly report of a day: both sides' series of each contract in which they differ.

    Raises:
        BadInput: The day is not matched yet (rule `esmp_not_matched`).
    """
    found = [a for m in _matches(view) if any(m["differs"]) for a in _anomalies(view, m)]
    return esmp.AnomalyDocument(**head(view, "anomaly"), process=WHOLE_DAY, anomalies=tuple(found))


def _anomalies(view: View, match: Match) -> list[esmp.Anomaly]:
    differing = sum(match["differs"])
    found = []
    for side in SIDES:
        other = SIDES[1 - SIDES.index(side)]
        is_there, is_other = (s in match["versions"] for s in (side, other))
        text = f"the two sides differ in {differing} of {len(match['kw'])} MTUs; the lower value holds"
        reasons = [esmp.Reason("A29", text)]
        reasons += [] if is_other else [esmp.Reason("A28", f"the {other} sent no schedule")]
        reasons += [] if is_there else [esmp.Reason("A45", f"the {side} sent no schedule; the profile's default holds")]
        series = _series(view, match, match[f"{side}_kw"], reasons)
        name = short_name(f"{match['contract']} {view.day} {side}")
        version = min(match["versions"].get(side, 1), 999)
        found.append(esmp.Anomaly(party=view.eics.company(match[side]), identification=name, version=version,
                                  series=series))  # fmt: skip
    return found


def confirmation_of(view: View) -> esmp.ConfirmationDocument:
    """Return the confirmation of a day: contracts that hold as nominated, and those on which a value was imposed.

    A member's own value counts for a member; for others a contract is imposed where either side's was changed.

    Raises:
        BadInput: The day is not matched yet (rule `esmp_not_matched`).
    """
    imposed, confirmed = [], []
    for match in _matches(view):
        reasons = _imposed(view, match)
        if reasons:
            imposed.append(_series(view, match, match["kw"], reasons))
        else:
            confirmed.append(_series(view, match, match["kw"], [esmp.Reason("A88", "both sides match")]))
    first = esmp.Reason("A86", f"{len(imposed)} contracts hold with changes") if imposed else esmp.Reason("A06")
    return esmp.ConfirmationDocument(
        **head(view, "confirmation"), kind=FINAL_CONFIRMATION, process=WHOLE_DAY, reasons=(first,),
        imposed=tuple(imposed), confirmed=tuple(confirmed),
    )  # fmt: skip


def _imposed(view: View, match: Match) -> list[esmp.Reason]:
    """Return why a value was imposed, nothing if none was."""
    kw = np.array(match["kw"], dtype=np.int64)
    found = []
    for side in SIDES:
        if view.role is Role.MEMBER and match[side] != view.company:
            continue
        changed = int((np.array(match[f"{side}_kw"], dtype=np.int64) != kw).sum())
        if changed:
            found.append(esmp.Reason("A44", f"the {side}'s value was lowered in {changed} MTUs; the lower value holds"))
        if side not in match["versions"] and any(match["differs"]):
            found.append(esmp.Reason("A45", f"the {side} sent no schedule; the profile's default stands for it"))
    return [esmp.Reason("A63", "the lower of the two sides' values was imposed"), *found] if found else []


def _series(view: View, match: Match, kw: list[int], reasons: list[esmp.Reason]) -> esmp.ScheduleSeries:
    return series_on(
        view, match["line"], match["direction"], np.array(kw, dtype=np.int64), identification=match["contract"],
        business_type="A03", agreement=match["contract"], out_party=view.eics.company(match["seller"]),
        in_party=view.eics.company(match["buyer"]), reasons=tuple(reasons),
    )  # fmt: skip


def _matches(view: View) -> list[Match]:
    if view.matches is None:
        until = time_text(due(view.state.definition, view.day).nomination)
        what = f"schedules of {view.day} are not matched yet"
        raise refuse(what, f"delivery day {view.day}", "esmp_not_matched", f"Ask again once they are: after {until}.")
    return view.matches
