"""The runs of a session: the one at work, live, with its bound and best solution over time, and those before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.service.console import plots, shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.pages.sessions.acting import ask
from walras.service.console.pages.sessions.words import PHASES, RUNGS

Run = Mapping[str, Any]
GOES_ON = ("waiting", "running")
FIGURES = ("phase", "elapsed", "bound", "best", "gap_money", "gap_share", "iterations")


class Live:
    """The run that goes on: figures, a bar and a plot that are changed in place, second by second."""

    def __init__(self, desk: Desk, run: Run, currency: str) -> None:
        self.desk, self.currency, self.run = desk, currency, run["run"]
        t = desk.t
        names = {
            "phase": t("Phase"), "elapsed": t("Elapsed"), "bound": t("Bound"), "best": t("Best welfare"),
            "gap_money": t("Gap"), "gap_share": t("Gap, share of the welfare"), "iterations": t("Iterations"),
        }  # fmt: skip
        self.labels: dict[str, ui.label] = {}
        with ui.element("section").classes("card section live").mark("live-run"):
            with ui.element("h2"):
                self.title = ui.label("").classes("inline")
            with ui.element("div").classes("figures"):
                for key in FIGURES:
                    with ui.element("div"):
                        self.labels[key] = ui.label("-").classes("figure")
                        ui.label(names[key]).classes("figure-name")
            self.bar = ui.linear_progress(0.0, show_value=False).props(
                f'aria-label="{t("Parts of the market decided")}"'
            )
            self.doing = ui.label("").classes("quiet doing").props('role="status"')
            self.names = (t("Bound"), t("Best welfare"))
            with ui.element("div").classes("two"):
                self.chart = plots.plot(plots.gap([], self.names, currency), t("Bound and best welfare over the run"))
                self.gap = plots.plot(_gap(t("Gap"), [], currency), t("Gap over the run"))
        self.show(run)

    def show(self, run: Run) -> None:
        """Change what is shown to a newer beat of the run."""
        t, told, language = self.desk.t, run["progress"], self.desk.language
        waits = run["state"] == "waiting"
        title = t("Run {number} waits for a worker") if waits else t("Run {number} goes on")
        self.title.set_text(title.format(number=run["run"]))
        welfare, gap = told.get("welfare"), told.get("gap")
        share = None if gap is None or not welfare else 100 * gap / abs(welfare)
        texts = {
            "phase": t(PHASES[told["phase"]]) if told.get("phase") in PHASES else "-",
            "elapsed": shown.left(told["seconds"]) if "seconds" in told else "-",
            "bound": self._money(told.get("bound")), "best": self._money(welfare), "gap_money": self._money(gap),
            "gap_share": "-" if share is None else f"{percent(share, language)} %",
            "iterations": shown.number(told.get("iterations"), 0, language) or "-",
        }  # fmt: skip
        for key, text in texts.items():
            self.labels[key].set_text(text)
        self.bar.set_value(_share(told))
        parts = t("{done} of {total} parts of the market decided").format(
            done=shown.number(told.get("done"), 0, language), total=shown.number(told.get("total"), 0, language)
        )
        words = [parts if told.get("total") else "", str(told.get("doing") or "")]
        self.doing.set_text(" · ".join(w for w in words if w))
        course = list(told.get("course") or [])
        if course and told.get("seconds", 0.0) > course[-1][0]:
            course.append([told["seconds"], *course[-1][1:]])  # nothing has moved since
        self._draw(course)

    def _draw(self, course: Sequence[Sequence[Any]]) -> None:
        both = plots.gap([(s, b, w) for s, b, w in course], self.names, self.currency)
        for chart, options in ((self.chart, both), (self.gap, _gap(self.desk.t("Gap"), course, self.currency))):
            if options != chart.options:
                chart.options.clear()
                chart.options.update(options)
                chart.update()

    def _money(self, value: float | None) -> str:
        return "-" if value is None else f"{shown.number(value, 2, self.desk.language)} {self.currency}"


def percent(share: float, language: str) -> str:
    """Return a share in percent with as many decimals as it takes to see that it is not zero, six at the most.

    >>> percent(25.0, "en"), percent(0.000421, "en"), percent(0.0, "en")
    ('25.000', '0.000421', '0.000')
    """
    return shown.number(share, 3 if share == 0 or share >= 0.01 else 6, language)


def _gap(name: str, course: Sequence[Sequence[Any]], currency: str) -> dict[str, Any]:
    """Return how much more welfare there may be at the most, over the seconds of a run."""
    points = [(s, max(0.0, b - w)) for s, b, w in course if b is not None and w is not None]
    return plots.lines({name: points}, currency, is_time=False, across="s")


def _share(told: Mapping[str, Any]) -> float:
    return float(told.get("done") or 0) / float(told["total"]) if told.get("total") else 0.0


def goes_on(runs: Sequence[Run]) -> Run | None:
    """Return the run that waits or is at work, None if there is none."""
    return next((r for r in reversed(runs) if r["state"] in GOES_ON), None)


def history(
    desk: Desk, session: Mapping[str, Any], runs: Sequence[Run], currency: str, on_done: Callable[[], Awaitable[None]]
) -> None:
    """Show all runs with what each cleared, how far it came and why it failed."""
    t = desk.t
    rows = [_row(desk, run) for run in reversed(runs)]
    columns = [
        Column("run", t("Run"), "number", decimals=0), Column("version", t("Version"), "number", decimals=0),
        Column("state", t("State"), "state"), Column("rung", t("Rung")), Column("asked_at", t("Asked for"), "time"),
        Column("seconds", t("Elapsed"), "number", "s", 1), Column("welfare", t("Best welfare"), "number", currency),
        Column("gap", t("Gap"), "number", currency), Column("attempts", t("Attempts"), "number", decimals=0),
    ]  # fmt: skip
    empty = t("No run yet: the first one is asked for when the gate closes.")
    listing(desk, columns, rows, title=t("Runs"), key="run", empty=empty, page=10)
    for run in reversed(runs):
        if run["state"] == "failed" and run["error"]:
            _failure(desk, session, run, on_done)
    drawn = [r for r in runs if r["state"] not in GOES_ON and len(r["progress"].get("course") or []) > 1]
    if drawn:
        _course(desk, drawn[-1], currency)


def _row(desk: Desk, run: Run) -> dict[str, Any]:
    told, plan = run["progress"], run["plan"]
    rung = desk.t(RUNGS[plan.get("rung", "coupled")])
    cut_off = ", ".join(plan.get("cut_off", ()))
    return {
        "run": run["run"], "version": run["version"], "state": run["state"], "asked_at": run["asked_at"],
        "rung": f"{rung}: {cut_off}" if cut_off else rung, "attempts": run["attempts"],
        "seconds": told.get("seconds"), "welfare": told.get("welfare"), "gap": told.get("gap"),
    }  # fmt: skip


def _failure(desk: Desk, session: Mapping[str, Any], run: Run, on_done: Callable[[], Awaitable[None]]) -> None:
    """Show why a run failed, and offer to leave out the orders that were found to be the cause."""
    t = desk.t
    with ui.element("div").classes("banner bad section"):
        ui.label(t("Run {number} failed").format(number=run["run"])).classes("strong")
        ui.label(run["error"]).classes("code-line")
        for culprit in run["culprits"]:
            with ui.element("div").classes("row-of-acts"):
                text = t("Order {order} of {member} was found to make the run fail.")
                ui.label(text.format(order=culprit["order"], member=culprit["member"]))
                if desk.may("exclude-order"):
                    given = {"member": culprit["member"], "order": culprit["order"]}
                    button = ui.button(
                        t("Leave it out"), on_click=lambda g=given: ask(desk, session, "exclude-order", on_done, g)
                    )
                    button.props("no-caps outline")


def _course(desk: Desk, run: Run, currency: str) -> None:
    t = desk.t
    course = run["progress"]["course"]
    title = t("Bound and best welfare over run {number}").format(number=run["run"])
    with ui.expansion(title).classes("course"):
        plots.plot(plots.gap([(s, b, w) for s, b, w in course], (t("Bound"), t("Best welfare")), currency), title)
        rows = [{"key": n, "s": s, "bound": b, "welfare": w} for n, (s, b, w) in enumerate(course)]
        columns = [
            Column("s", t("Elapsed"), "number", "s", 1), Column("bound", t("Bound"), "number", currency),
            Column("welfare", t("Best welfare"), "number", currency),
        ]  # fmt: skip
        listing(desk, columns, rows, title=title, key="key", page=10)
