"""What system operators grant of a corridor, and the second pass that follows.

The session goes on holding what it got at its gate: a corridor says how much of that its
auction may use, and never more.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Row

from walras.capacity.elements import IntArray
from walras.capacity.taking import utc_text
from walras.errors import BadInput, Mistake
from walras.service.capacity import moments
from walras.service.capacity.network import Network, network_of
from walras.service.capacity.volumes import kw_of, minutes_of, mtu_mistakes
from walras.service.clock import time_text
from walras.service.commands import AnswerCorridor, CloseCorridor
from walras.service.commands.corridor import CorridorFigures
from walras.service.dispatch import Answer, handles
from walras.service.handlers.sessions import queue_again
from walras.service.store import capacity as stored
from walras.service.store import corridors, markets, notices, runs, sessions
from walras.service.work import Work, refuse

WAYS = ("forward", "backward")


@handles(AnswerCorridor)
def answer_corridor(work: Work, command: AnswerCorridor) -> Answer:
    """Take in what one side grants; the answer that was the last to come asks for the second pass."""
    found = sessions.locked(work, command.session)
    at, side = work.now(), work.actor.company
    corridor = _waiting(work, found)
    moments.check_open(at, corridor.due_at, "answers", f"session {found.id}", "corridor_deadline")
    names = [f.element for f in command.figures]
    if len(set(names)) != len(names):
        raise refuse("an element is named twice", "figures", "element_once", "Send each element once.")
    network = network_for(work, found)
    bodies = _bodies(work, found, corridor, network, command, side)
    digests = {
        name: corridors.add_answer(work.connection, found.id, corridor.version, name, side, body, at)
        for name, body in bodies.items()
    }
    work.record(found.id, "corridor answered", {"corridor": corridor.version, "side": side, "digests": digests}, at)
    silent = silent_sides(work, found, corridor, network)
    answer: Answer = {"session": found.id, "answered": sorted(bodies), "silent": silent}
    return answer if silent else answer | decide(work, found, corridor, silent, at)


@handles(CloseCorridor)
def close_corridor(work: Work, command: CloseCorridor) -> Answer:
    """Ask for the second pass at the time by which answers were due."""
    found = sessions.locked(work, command.session)
    at = work.now()
    corridor = _waiting(work, found)
    if at < corridor.due_at:
        what = f"answers are due at {time_text(corridor.due_at)}"
        raise refuse(what, f"session {found.id}", "corridor_time", "Wait for that time.")
    return decide(work, found, corridor, silent_sides(work, found, corridor, network_for(work, found)), at)


def network_for(work: Work, found: Row[Any]) -> Network:
    """Return the elements of a session's day and their sides."""
    definition = markets.version(work.connection, found.market, found.market_version).definition
    day = date.fromisoformat(found.delivery_day)
    return network_of(definition, day, day)


def silent_sides(work: Work, found: Row[Any], corridor: Row[Any], network: Network) -> list[dict[str, str]]:
    """Return the lines and sides that have not answered, in the order of the lines."""
    said = {(a.element, a.side) for a in corridors.answers(work.connection, found.id, corridor.version)}
    items = enumerate(network.elements.items)
    asked = [(item.name, side) for e, item in items if item.is_line for side in network.sides[e]]
    return [{"element": element, "side": side} for element, side in asked if (element, side) not in said]


def decide(work: Work, found: Row[Any], corridor: Row[Any], silent: list[dict[str, str]], at: int) -> Answer:
    """Grant the lower of what the session holds and what was answered, and ask for the second pass."""
    held = stored.session_capacity(work.connection, found.id)
    assert held is not None, "a session whose gate has closed holds something"
    lines = held["lines"]
    for said in corridors.answers(work.connection, found.id, corridor.version):
        body, mine = json.loads(said.body), lines[said.element]
        lowest = {f"{w}_kw": np.minimum(mine[f"{w}_kw"], body[f"{w}_kw"]).tolist() for w in WAYS}
        lines[said.element] = mine | lowest
    digest = corridors.decide(work.connection, found.id, corridor.version, {"lines": lines})
    plan = runs.newest_plan(work.connection, found.id).as_held()
    told = {"corridor": corridor.version, "granted_digest": digest, "silent": silent}
    answer = queue_again(work, found, plan, at, "corridor granted", told)
    notices.tell_everybody(work, "corridor granted", found.id, {"silent": silent}, at)
    return answer


def _waiting(work: Work, found: Row[Any]) -> Row[Any]:
    corridor = corridors.waits_in(work.connection, found)
    if corridor is None:
        fix = "Answer after the first pass of an auction that asks for a corridor, and before the second one."
        raise refuse("it waits for no corridor", f"session {found.id}", "corridor_open", fix)
    return corridor


def _bodies(
    work: Work, found: Row[Any], corridor: Row[Any], network: Network, command: AnswerCorridor, side: str
) -> dict[str, dict[str, Any]]:
    """Return what is stored of each line, or refuse with every mistake in all of them."""
    held = stored.session_capacity(work.connection, found.id)
    assert held is not None, "a session whose gate has closed holds something"
    said = {a.element for a in corridors.answers(work.connection, found.id, corridor.version) if a.side == side}
    wrong: list[Mistake] = []
    bodies = {}
    for figures in command.figures:
        try:
            e = network.elements.known(figures.element, "figures")
            if not network.elements.items[e].is_line:
                fix = "Answer for the lines of the cross-section."
                raise refuse("it is no line", figures.element, "corridor_line", fix)
            if side not in network.sides[e]:
                fix = "Answer for lines at which your zone ends."
                raise refuse(f"{side} is no side of it", figures.element, "capacity_side", fix)
            if figures.element in said:
                fix = "An answer holds; the result is cleared with it."
                raise refuse(f"{side} has answered for it", figures.element, "corridor_answered", fix)
            bodies[figures.element] = _body(figures, network.elements.starts(e), held["lines"][figures.element])
        except BadInput as error:
            wrong += error.mistakes
    if wrong:
        raise BadInput(wrong)
    return bodies


def _body(figures: CorridorFigures, expected: IntArray, held: dict[str, Any]) -> dict[str, Any]:
    """Return one line's figures in kW; refuses MTUs that are not the day's, and more than is held."""
    where = f"corridor of {figures.element}"
    starts = minutes_of([m.mtu_start for m in figures.mtus], where)
    if wrong := mtu_mistakes(starts, expected, where, "capacity_mtus"):
        raise BadInput(wrong)
    body = {}
    for way in WAYS:
        kw = kw_of([getattr(m, f"{way}_mw") for m in figures.mtus], f"{where} {way}")
        most = np.array(held[f"{way}_kw"], dtype=np.int64)
        over = np.flatnonzero(kw > most)
        wrong += [
            Mistake(f"{kw[t] / 1000:g} MW are more than the {most[t] / 1000:g} MW that the session holds",
                    f"{where} {way} {utc_text(int(expected[t]))}", "corridor_within", "Grant at most what it holds.")
            for t in over[:20]
        ]  # fmt: skip
        body[f"{way}_kw"] = kw.tolist()
    if wrong:
        raise BadInput(wrong)
    return body
