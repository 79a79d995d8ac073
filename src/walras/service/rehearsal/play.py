"""Play a script on a stage: each step at its time, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from walras.errors import BadInput, Mistake
from walras.service.commands import COMMANDS, Command
from walras.service.permissions import NotAllowed, NotKnown
from walras.service.rehearsal.meters import metered
from walras.service.rehearsal.orders import orders_of
from walras.service.rehearsal.payments import pay_all
from walras.service.rehearsal.script import OWN, Script, Step, filled, inside, own_mistakes
from walras.service.rehearsal.stage import Stage

CODES = ("company", "session", "contract", "agreement", "permit", "right", "transmission", "payment")
"""Fields of an answer that hold a code, in the order in which they are looked for."""


@dataclass(frozen=True)
class Done:
    """A step that was played, and its answer."""

    step: Step
    answer: dict[str, Any]


Tell = Callable[[Done], None]


def play(script: Script, stage: Stage, tell: Tell = lambda _: None) -> list[Done]:
    """Play all steps of a script.

    Args:
        script: What is played.
        stage: A service whose clock stands at the first step or before.
        tell: Called after each step.

    Raises:
        BadInput: A step was refused; its mistakes name the step. What was played before stays.
    """
    played = []
    for step in script.steps:
        stage.at(step.at)
        done = Done(step, _played(script, stage, step))
        played.append(done)
        if step.gives:
            stage.codes[step.gives] = _code(step, done.answer)
        tell(done)
    stage.work()
    return played


def _played(script: Script, stage: Stage, step: Step) -> dict[str, Any]:
    try:
        body = filled(step.body, script.folder, stage.codes)
        wrong = own_mistakes(step, body)
        if wrong:
            raise BadInput(wrong)
        match step.do:
            case "wait":
                return {}
            case "send-orders":
                return _sent(script, stage, step, body)
            case "meter":
                return metered(stage, step.by, body)
            case "pay-all":
                return pay_all(stage, body, step.at.date())
        return stage.do(step.by, _command(step, body))
    except BadInput as error:
        raise BadInput(replace(m, where=f"{step.where}: {m.where}") for m in error.mistakes) from error
    except (NotAllowed, NotKnown) as error:
        mistake = getattr(error, "mistake", None) or Mistake(str(error), "actor", "allowed", "Name who may do this.")
        raise BadInput([replace(mistake, where=f"{step.where}: {mistake.where}")]) from error


def _sent(script: Script, stage: Stage, step: Step, body: dict[str, Any]) -> dict[str, Any]:
    """Send the orders of a member to a session."""
    place = inside(script.folder, step.orders)
    for path in place.glob("*.csv"):
        inside(script.folder, path)
    tables = orders_of(place, step.by)
    if tables is None:
        fix = "Name a company with orders in the tables, and the folder that holds them in `orders`."
        raise BadInput([Mistake(f"{step.by!r} has no orders there", step.orders or "orders", "script_orders", fix)])
    return stage.send(step.by, body.get("session", ""), tables)


def _command(step: Step, body: dict[str, Any]) -> Command:
    """Return a command as the API would read it.

    Raises:
        BadInput: There is none of that name (rule `command_known`), or its fields are wrong (rule `command_fields`).
    """
    kind = COMMANDS.get(step.do)
    if kind is None:
        fix = f"Write {', '.join(OWN)}, or a command of docs/permissions.md."
        raise BadInput([Mistake(f"there is no command {step.do[:60]!r}", "do", "command_known", fix)])
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise BadInput(
            Mistake(e["msg"], ".".join(map(str, e["loc"])) or "with", "command_fields", "Write it as the API takes it.")
            for e in error.errors()
        ) from None


def _code(step: Step, answer: dict[str, Any]) -> str:
    names = (step.code,) if step.code else CODES
    found = next((answer[n] for n in names if n in answer), None)
    if found is None:
        fix = f"Name in `code` one of {', '.join(answer) or 'nothing: the answer is empty'}."
        raise BadInput([Mistake(f"its answer holds no code for {step.gives!r}", step.where, "script_code", fix)])
    return str(found)
