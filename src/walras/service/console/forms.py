"""Forms made from commands: every act of the door can be worked, with mistakes at the field that they are about.

What is typed goes to the door as JSON, through the strict reader of the API; nothing is judged
here. A form keeps one idempotency key until a value changes after its act, so pressing twice does it once.
What is typed stays in the browser's tab, under the form's own name, until the act is done.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui import ui
from nicegui.element import Element

from walras.service.commands import Command
from walras.service.console.desk import Desk, new_key
from walras.service.console.inputs import Input, input_of
from walras.service.console.problems import Problems, guarded
from walras.service.dispatch import Answer

Done = Callable[[Answer], Awaitable[None] | None]
AS_WRITTEN = {
    "mw": "MW", "kwh": "kWh", "mwh": "MWh", "mtu": "MTU", "mtus": "MTUs", "id": "ID", "eic": "EIC", "vat": "VAT",
    "csv": "CSV",
}  # fmt: skip
"""Words of field names that a page writes in their own way."""
SHOWN_ONCE = ("key", "secret", "uri")
"""Fields of answers that are shown this once and kept nowhere."""


def words_of(name: str) -> str:
    """Return how a field is called on a page.

    >>> words_of("gate_at"), words_of("most_mw"), words_of("vat_number")
    ('Gate at', 'Most MW', 'VAT number')
    """
    words = [AS_WRITTEN.get(word, word) for word in name.split("_")]
    if words[0] not in AS_WRITTEN.values():
        words[0] = words[0].capitalize()
    return " ".join(words)


def said_of(command: type[Command]) -> str:
    """Return what a command does, in one sentence."""
    return inspect.cleandoc(command.__doc__ or "").splitlines()[0]


class CommandForm:
    """The form of one command.

    Args:
        desk: Where it stands.
        command: What is asked.
        preset: Values that are filled in; those of `fixed` are shown and not changed.
        fixed: Names of such fields.
        on_done: Called with the answer.
        verb: On the button.
    """

    def __init__(
        self, desk: Desk, command: type[Command], preset: Mapping[str, Any] | None = None, *,
        fixed: tuple[str, ...] = (), on_done: Done | None = None, verb: str = "",
    ) -> None:  # fmt: skip
        self.desk, self.command, self.preset, self.fixed = desk, command, dict(preset or {}), fixed
        self.on_done, self.key, self.is_done = on_done, new_key(), False
        self.name = name_of(command, self.preset)
        self.inputs: dict[str, Input] = {}
        t = desk.t
        with ui.element("form").classes("form").on("submit.prevent", lambda: None):
            ui.label(t(said_of(command))).classes("said")
            if command.is_critical:
                ui.label(t("A second officer has to approve this.")).classes("note")
            self._fields()
            self.problems = Problems(desk, {name: one.element for name, one in self.inputs.items()})
            self.button = ui.button(verb or t("Send"), on_click=guarded(desk, self.problems)(self.send))
            self.button.props('no-caps unelevated color="primary"').mark(f"send-{command.word()}")

    def _fields(self) -> None:
        schema = self.command.model_json_schema()
        required = set(schema.get("required", ()))
        for name, spec in schema.get("properties", {}).items():
            if name in self.fixed:
                ui.label(f"{self.desk.t(words_of(name))}: {self.preset[name]}").classes("given")
                continue
            label = self.desk.t(words_of(name)) + ("" if name in required else f" ({self.desk.t('optional')})")
            self.inputs[name] = input_of(
                self.desk, name, label, spec, schema.get("$defs", {}), self.preset.get(name),
                is_secret=name in self.command.secret_fields, form=self.name,
            )  # fmt: skip
            self.inputs[name].element.on_value_change(self._changed)

    def _changed(self) -> None:
        """Take what is typed as another act, once one is done."""
        if self.is_done:
            self.key, self.is_done = new_key(), False

    def forget(self) -> None:
        """Let the browser forget what was typed."""
        ui.run_javascript(f"walras.forget({json.dumps(self.name + '/')})")

    def typed(self) -> dict[str, Any]:
        """Return what was typed, as the body of a request; empty fields are left out."""
        body = {name: self.preset[name] for name in self.fixed}
        for name, one in self.inputs.items():
            value = one.value()
            if value is not None:
                body[name] = value
        return body

    async def send(self) -> None:
        """Send what was typed; what is done is not done again until a value changes."""
        if self.is_done:
            said = self.desk.t("This is done. To do it once more, change a field or load the page anew.")
            ui.notify(said, type="warning")
            return
        self.button.disable()
        try:
            answer = await self.desk.do_fields(self.command, self.typed(), self.key)
        finally:
            self.button.enable()
        self.is_done = True
        self.forget()
        tell(self.desk, answer)
        if self.on_done is not None:
            after = self.on_done(answer)
            if after is not None:
                await after


def name_of(command: type[Command], preset: Mapping[str, Any]) -> str:
    """Return what the browser calls a form: its act, and a digest of what it is about."""
    about = json.dumps(preset, sort_keys=True, default=str).encode()
    return f"{command.word()}-{hashlib.sha256(about).hexdigest()[:12]}"


def tell(desk: Desk, answer: Answer) -> None:
    """Say what came of an act: done, or waiting for a second officer; and show what is shown once."""
    t = desk.t
    within = answer.get("answer")
    inner = within if isinstance(within, dict) else answer
    once = {n: inner[n] for n in SHOWN_ONCE if n in inner}
    if once:
        _show_once(desk, once)
    elif answer.get("state") == "waiting" and "proposal" in answer:
        text = t("Proposal {number} waits for a second officer.").format(number=answer["proposal"])
        ui.notify(text, type="warning", timeout=8000)
    else:
        ui.notify(t("Done."), type="positive")


def _show_once(desk: Desk, values: Mapping[str, str]) -> None:
    t = desk.t
    said = t("Shown this once: copy it now, it is kept nowhere.")
    with over(), ui.dialog(value=True).props(f'persistent aria-label="{said}"') as dialog, ui.card():
        ui.label(said).classes("text-h6")
        for name, value in values.items():
            ui.input(words_of(name), value=value).props("readonly outlined dense").classes("once")
        ui.button(t("I have copied it"), on_click=dialog.close).props("no-caps")


def over() -> Element:
    """Return where dialogs stand: beside the parts of a page, so that a part drawn anew does not take them away."""
    return ui.context.client.content


def open_form(
    desk: Desk, command: type[Command], preset: Mapping[str, Any] | None = None, *,
    fixed: tuple[str, ...] = (), on_done: Done | None = None, title: str = "",
) -> ui.dialog:  # fmt: skip
    """Open the form of a command over the page; it closes when the act is done."""
    said = title or desk.t(words_of(command.word().replace("-", "_")))
    named = f'aria-label="{said.replace(chr(34), "")}"'
    with over(), ui.dialog(value=True).props(named) as dialog, ui.card().classes("form-card"):
        ui.label(said).classes("text-h6").props('role="heading" aria-level="2"')

        async def done(answer: Answer) -> None:
            dialog.close()
            if on_done is not None:
                after = on_done(answer)
                if after is not None:
                    await after

        form = CommandForm(desk, command, preset, fixed=fixed, on_done=done)

        def close() -> None:
            form.forget()
            dialog.close()

        ui.button(desk.t("Close"), on_click=close).props("flat no-caps")
    return dialog
