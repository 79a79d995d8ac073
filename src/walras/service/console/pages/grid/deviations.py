"""Deviations of a day at a border: plan against meter with the band, who caused them, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.results.minor_units import decimals_of
from walras.service.commands import SettleDeviations
from walras.service.console import plots, shown
from walras.service.console.desk import Declined, Desk
from walras.service.console.listing import Column, facts, listing
from walras.service.console.mtu_sheet import clock
from walras.service.console.pages.grid.agreements import show_agreements
from walras.service.console.pages.grid.chosen import Chosen, choose
from walras.service.console.pages.grid.energy import show_energy
from walras.service.console.pages.grid.initiative import show_initiative
from walras.service.console.places import mark, place
from walras.service.console.problems import guarded
from walras.service.console.sections import act, go, heading, part
from walras.service.queries import ExplainDeviation, GetDeviations, GetSettlementTerms
from walras.service.queries.capacity import AT_THE_BORDER

CATEGORIES = {"inside": mark("inside the band"), "outside": mark("outside the band"), "emergency": mark("assistance")}


@place("/deviations", mark("Deviations"), AT_THE_BORDER, group="Grid", icon="show_chart", order=50)
async def deviations(desk: Desk) -> None:
    """Show a day of one border as it is known now, and let its sides say and agree what is theirs to say."""
    chosen = await choose(desk, is_over=True)
    if chosen is None:
        return
    sections = await sections_of(desk, chosen)
    if not sections:
        ui.label(
            desk.t("This market settles no deviations on this day. Its terms of settlement say where it does.")
        ).classes("empty")
        return
    names = [s["element"] for s in sections]
    name = desk.query.get("element", "")
    section = sections[names.index(name)] if name in names else sections[0]
    if len(names) > 1:
        box = ui.select(names, label=desk.t("Line or cross-section"), value=section["element"])
        box.props("outlined dense").classes("chooser")
        box.on_value_change(lambda event: go(desk, element=event.value))
    await Border(desk, chosen, section).build()


async def sections_of(desk: Desk, chosen: Chosen) -> list[dict[str, Any]]:
    """Return the terms of the borders that have any on a day."""
    try:
        terms = await desk.ask(GetSettlementTerms(market=chosen.market, day=chosen.day))
    except Declined:  # no terms of settlement hold on that day
        return []
    return list((terms["terms"]["deviations"] or {}).get("sections", []))


class Border:
    """One cross-section of a market on a day.

    Attributes:
        side: The end that the person speaks for, `from` or `to`; empty for none.
    """

    def __init__(self, desk: Desk, chosen: Chosen, section: Mapping[str, Any]) -> None:
        self.desk, self.chosen, self.section = desk, chosen, section
        self.element = str(section["element"])
        ends = {section["from_side"]["operator"]: "from", section["to_side"]["operator"]: "to"}
        self.side = ends.get(desk.actor.company, "")
        self.names = {s: section[f"{s}_side"]["operator"] for s in ("from", "to")}

    async def build(self) -> None:
        """Draw the day, what the sides say of it, and the account of energy."""
        heading(self.element)
        self.day = ui.element("div").classes("section")
        await self.draw()
        await show_agreements(self.desk, self.chosen, self.section, self.side, self.draw)
        await show_energy(self.desk, self.chosen, self.element, self.names)

    async def draw(self, _answer: Any = None) -> None:
        """Draw the day as it is known now."""
        query = GetDeviations(market=self.chosen.market, delivery_day=self.chosen.day, element=self.element)
        found = await self.desk.ask(query)
        self.day.clear()
        with self.day:
            self._say_missing(found["missing"])
            if found["mtus"]:
                self._draw_figures(found)
                self._draw_plots(found)
                self._draw_table(found)
                if self.side and self.desk.may("declare-initiative"):
                    show_initiative(self.desk, self.chosen, self.element, self.names, found, self.draw)
            self._draw_runs(found)

    def _say_missing(self, missing: Sequence[str]) -> None:
        if not missing:
            return
        t = self.desk.t
        with ui.element("div").classes("banner").props('role="status"'):
            text = t("Something is missing; what stands on it is not shown:")
            ui.label(text)
            with ui.element("ul"):
                for one in missing:
                    with ui.element("li"):
                        ui.label(one.partition("\n")[0]).classes("inline")
        ui.link(t("Metering of this day"), self.chosen.link("/metering"))

    def _draw_figures(self, found: Mapping[str, Any]) -> None:
        t, language, mtus = self.desk.t, self.desk.language, found["mtus"]
        total = {
            n: sum(m[f"{n}_kwh"] for m in mtus) for n in ("planned", "actual", "deviation", "outside", "emergency")
        }
        money = sum(p["amount_minor"] for m in mtus for p in m["parts"])
        labels = {"planned": t("Planned"), "actual": t("Metered"), "deviation": t("Deviation"),
                  "outside": t("Outside the band"), "emergency": t("Emergency assistance")}  # fmt: skip
        rows = [(labels[n], f"{shown.plain(total[n] / 1000, language)} MWh") for n in labels]
        differing = sum(bool(m["meters_differ"]) for m in mtus)
        rows.append((t("MTUs in which meters differ"), str(differing)))
        if any(m["parts"] for m in mtus):
            debtor, creditor = ("to", "from") if money >= 0 else ("from", "to")
            text = t("{debtor} owes {creditor}").format(debtor=self.names[debtor], creditor=self.names[creditor])
            rows.append(
                (text, f"{shown.money(abs(money), decimals_of(found['currency']), language)} {found['currency']}")
            )
        ui.label(t("Energy is positive from {first} to {second}.").format(
            first=self.names["from"], second=self.names["to"]
        )).classes("quiet")  # fmt: skip
        facts(self.desk, rows)

    def _draw_plots(self, found: Mapping[str, Any]) -> None:
        t, mtus, minutes = self.desk.t, found["mtus"], found["minutes"]

        def steps(values: Sequence[float]) -> list[tuple[str, float | None]]:
            energies = zip(mtus, values, strict=True)
            return shown.steps([(m["mtu_start"], minutes, v / 1000) for m, v in energies], self.desk.zone)

        plan = [m["planned_kwh"] + m["emergency_kwh"] for m in mtus]
        band = [m["band_kwh"] for m in mtus]
        drawn = {
            t("Planned"): steps([m["planned_kwh"] for m in mtus]), t("Metered"): steps([m["actual_kwh"] for m in mtus]),
            t("Band, upper edge"): steps([p + b for p, b in zip(plan, band, strict=True)]),
            t("Band, lower edge"): steps([p - b for p, b in zip(plan, band, strict=True)]),
        }  # fmt: skip
        with ui.element("div").classes("two"):
            options = plots.lines(drawn, "MWh")
            options["yAxis"]["scale"] = True
            plots.plot(options, t("Planned and metered energy of each MTU, with the band around the plan"))
            sides = {
                t("caused by {side}").format(side=self.names[s]): steps([m["initiative"][s]["kwh"] for m in mtus])
                for s in ("from", "to")
            }
            over = {t("Deviation"): steps([m["deviation_kwh"] for m in mtus])}
            title = t("Deviation of each MTU, and the part that each side answers for")
            plots.plot(plots.layers(sides, "MWh", over), title)

    def _draw_table(self, found: Mapping[str, Any]) -> None:
        t, rows = self.desk.t, []
        for m in found["mtus"]:
            row = {n: m[f"{n}_kwh"] for n in ("planned", "actual", "emergency", "deviation", "band", "outside", "rest")}
            row |= {"key": m["mtu_start"], "at": clock(self.desk, m["mtu_start"])}
            row |= {s: m["initiative"][s]["kwh"] for s in ("from", "to")}
            row["differs"] = t("meters") if m["meters_differ"] else ""
            if any(m["initiative"][s]["differs"] for s in ("from", "to")):
                row["differs"] = ", ".join(filter(None, [row["differs"], t("initiative")]))
            row["money"] = sum(p["amount_minor"] for p in m["parts"]) if m["parts"] else None
            row["price"] = ", ".join(dict.fromkeys(p["price_per_mwh"] for p in m["parts"]))
            rows.append(row)
        names = {"planned": t("Planned"), "actual": t("Metered"), "emergency": t("Assistance"),
                 "deviation": t("Deviation"), "band": t("Band"), "outside": t("Outside"),
                 "from": t("of {side}").format(side=self.names["from"]),
                 "to": t("of {side}").format(side=self.names["to"]), "rest": t("of nobody")}  # fmt: skip
        columns = [Column("at", t("Begins"))]
        columns += [Column(n, label, "number", "kWh", 0) for n, label in names.items()]
        columns += [
            Column("price", t("Prices"), unit=f"{found['currency']}/MWh"),
            Column("money", t("Owed by {side}").format(side=self.names["to"]), "money", found["currency"],
                   decimals_of(found["currency"])),
            Column("differs", t("Sides differ")),
        ]  # fmt: skip
        with ui.expansion(t("Figures of each MTU, and how the money comes about"), icon="table_rows"):
            listing(
                self.desk, columns, rows, title=t("Deviations of each MTU"), key="key", page=0,
                acts=lambda _row: [("explain", t("Explain"))], on_act=guarded(self.desk)(self._explain),
            )  # fmt: skip

    async def _explain(self, _word: str, start: str) -> None:
        """Open the derivation of one MTU."""
        t = self.desk.t
        at = shown.moment_of(start)
        query = ExplainDeviation(
            market=self.chosen.market, delivery_day=self.chosen.day, element=self.element, mtu_start=at
        )
        found = await self.desk.ask(query)
        with ui.dialog(value=True) as dialog, ui.card().classes("form-card"):
            title = t("How the money of {time} comes about").format(time=clock(self.desk, start))
            ui.label(title).classes("text-h6").props('role="heading" aria-level="2"')
            with ui.element("pre").classes("raw columns").props('tabindex="0"'):
                ui.label(found["text"]).classes("inline")
            ui.button(t("Close"), on_click=dialog.close).props("flat no-caps")

    def _draw_runs(self, found: Mapping[str, Any]) -> None:
        """List what was booked, and offer a run to who may ask for one."""
        t = self.desk.t
        with part(t("What was booked"), 3):
            columns = [
                Column("run", t("Run"), "number", decimals=0), Column("word", t("Kind")),
                Column("event", t("Event of the ledger"), "number", decimals=0), Column("at", t("Booked"), "time"),
                Column("to_owes_from_minor", t("Owed by {side}").format(side=self.names["to"]), "money",
                       found["currency"], decimals_of(found["currency"])),
            ]  # fmt: skip
            kinds = {"initial": t("first run"), "rerun": t("run anew")}
            rows = [dict(r) | {"word": kinds.get(r["name"], r["name"])} for r in found["runs"]]
            empty = t("Nothing is booked yet. The operator books a day once its figures are known.")
            listing(self.desk, columns, rows, title=t("Runs that booked deviations"), key="run", empty=empty)
            preset = {
                "market": self.chosen.market,
                "delivery_day": self.chosen.day.isoformat(),
                "element": self.element,
            }
            preset["run"] = "rerun" if found["runs"] else "initial"
            act(self.desk, SettleDeviations, t("Book this day"), preset, fixed=("market", "delivery_day", "element"),
                on_done=self.draw)  # fmt: skip
