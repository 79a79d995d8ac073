"""Corridors: what the first pass of a session asks of each line, what was granted, and the answer of one's own side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from nicegui import ui

from walras.errors import Mistake
from walras.service.commands import AnswerCorridor
from walras.service.console import plots
from walras.service.console.desk import Declined, Desk, new_key
from walras.service.console.forms import tell
from walras.service.console.mtu_sheet import MtuSheet, draw_fill
from walras.service.console.pages.grid.chosen import Chosen, due
from walras.service.console.pages.grid.figures import WAYS, points
from walras.service.console.pages.grid.pointed import point
from walras.service.console.problems import guarded
from walras.service.console.sections import heading, part
from walras.service.queries import GetCapacity, GetCorridor, ListSessions


async def show_corridors(desk: Desk, chosen: Chosen) -> None:
    """Show the corridors of the day's sessions; nothing where no session has any."""
    sessions = (await desk.ask(ListSessions(market=chosen.market)))["items"]
    for one in sessions:
        if one["delivery_day"] != chosen.day.isoformat():
            continue
        corridor = await desk.ask(GetCorridor(session=one["session"]))
        if corridor["state"] != "none":
            with part(desk.t("What {session} asks of the lines").format(session=one["session"])) as box:
                await Corridor(desk, chosen, one["session"], box).draw(corridor)


class Corridor:
    """The corridor of one session."""

    def __init__(self, desk: Desk, chosen: Chosen, session: str, box: Any) -> None:
        self.desk, self.chosen, self.session, self.box = desk, chosen, session, box

    async def draw(self, corridor: Mapping[str, Any]) -> None:
        """Draw each line with what is asked, held, answered and granted; and a sheet for one's own answer."""
        t = self.desk.t
        if corridor["is_open"]:
            over = t("over: a side that is silent grants what is held")
            due(self.desk, t("Answers are due"), corridor["due_at"], self.chosen.at, over)
        else:
            ui.label(t("This corridor is decided: what was granted is what the session clears in.")).classes("quiet")
        day = await self.desk.ask(GetCapacity(market=self.chosen.market, delivery_day=self.chosen.day))
        elements = {e["element"]: e for e in day["elements"]}
        for name, asked in corridor["requested"].items():
            if name in elements:
                self._line(corridor, elements[name], asked)

    def _line(self, corridor: Mapping[str, Any], element: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
        t, name = self.desk.t, element["element"]
        heading(name, 3)
        held, granted = corridor["held"].get(name, {}), (corridor["granted"] or {}).get(name, {})
        answers = [a for a in corridor["answers"] if a["element"] == name]
        with ui.element("div").classes("two"):
            for way, word in WAYS.items():
                series = {t("asked for"): asked, t("held by the session"): held, t("granted"): granted}
                series |= {t("{side} grants").format(side=a["side"]): a for a in answers}
                drawn = {label: self._points(element, one, way) for label, one in series.items() if one}
                if any(v for p in drawn.values() for _, v in p):
                    title = t("What is asked and granted of {line}, {way}").format(line=name, way=t(word))
                    plots.plot(plots.lines(drawn, f"MW {t(word)}"), title)
        is_answered = any(a["side"] == self.desk.actor.company for a in answers)
        is_own = any(s["side"] == self.desk.actor.company for s in element.get("sides", ()))
        if corridor["is_open"] and is_own and not is_answered and self.desk.may("answer-corridor"):
            self._answer(element, asked, held)

    def _points(self, element: Mapping[str, Any], body: Mapping[str, Any], way: str) -> list[tuple[str, float | None]]:
        return points(self.desk, element["mtu_starts"], element["minutes"], _mw(body, way))

    def _answer(self, element: Mapping[str, Any], asked: Mapping[str, Any], held: Mapping[str, Any]) -> None:
        """Draw the sheet of an answer; it begins with what is asked, at most what is held."""
        t, name = self.desk.t, element["element"]
        labels = {f"{way}_mw": f"{t(word)}, MW" for way, word in WAYS.items()}
        least = {f"{way}_mw": [min(a, h) for a, h in zip(_mw(asked, way), _mw(held, way), strict=True)] for way in WAYS}
        title = t("What my side grants of {line}").format(line=name)
        ui.label(t("Filled in with what is asked for. At most what the session holds can be granted, once.")).classes(
            "quiet"
        )
        key = f"corridor {self.session} {name}"
        sheet = MtuSheet(self.desk, key, title, element["mtu_starts"], list(labels.items()), least)
        draw_fill(self.desk, sheet, labels)
        send = guarded(self.desk, sheet.problems)(partial(self._send, name, sheet, new_key()))
        ui.button(t("Grant"), on_click=send).props('no-caps unelevated color="primary"').mark(f"grant-{name}")

    async def _send(self, name: str, sheet: MtuSheet, key: str, _event: Any = None) -> None:
        columns = {field: sheet.series(field) for field in (f"{way}_mw" for way in WAYS)}
        mtus = [{"mtu_start": s} | {n: v[i] for n, v in columns.items()} for i, s in enumerate(sheet.starts)]
        body = {"session": self.session, "figures": [{"element": name, "mtus": mtus}]}
        try:
            answer = await self.desk.do_fields(AnswerCorridor, body, key)
        except Declined as declined:
            raise point(sheet, declined, _field) from declined
        sheet.forget()
        tell(self.desk, answer)
        found = await self.desk.ask(GetCorridor(session=self.session))
        self.box.clear()
        with self.box:
            heading(self.desk.t("What {session} asks of the lines").format(session=self.session))
            await self.draw(found)


def _field(path: Sequence[str], _mistake: Mistake) -> str:
    return path[0]


def _mw(body: Mapping[str, Any], way: str) -> list[float]:
    return [kw / 1000 for kw in body.get(f"{way}_kw", ())]
