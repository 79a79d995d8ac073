"""A new bilateral contract, or new volumes of one: who, over which elements, and how much when."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.commands import ChangeContract, Command, RegisterContract
from walras.service.console.desk import Declined, Desk, new_key
from walras.service.console.forms import said_of, tell
from walras.service.console.inputs import keep_draft
from walras.service.console.pages.contracts.volumes import VolumesEditor
from walras.service.console.places import mark, place
from walras.service.console.problems import Problems, guarded
from walras.service.console.sections import heading, market_of, part
from walras.service.queries import GetMarket, ListCapacityRights
from walras.service.roles import Role

MEMBER = frozenset({Role.MEMBER})
MOST_HOPS = 20


@place("/register-contract", mark("Register a contract"), MEMBER)
async def register(desk: Desk) -> None:
    """Show the form of a new contract, or of new volumes where the address names a contract."""
    t, name = desk.t, desk.query.get("contract", "")
    command: type[Command] = ChangeContract if name else RegisterContract
    if name:
        desk.heading.text = t("Other volumes of contract {contract}").format(contract=name)
    market = "" if name else await market_of(desk)
    if market is None:
        return
    ui.label(t(said_of(command))).classes("said")
    terms = None if name else await TermsOfContract.of(desk, str(market))
    with part(t("Volumes")):
        volumes = VolumesEditor(desk, name or str(market))
    fields = {} if terms is None else {"counterparty": terms.counterparty, "reference": terms.reference}
    problems = Problems(desk, fields)
    keys = [new_key()]

    async def send() -> None:
        body = {"contract": name} if terms is None else terms.body()
        button.disable()
        try:
            answer = await desk.do_fields(command, body | {"volumes": volumes.body()}, keys[0])
        except Declined as declined:
            volumes.mark(list(declined.mistakes))
            raise
        finally:
            button.enable()
        keys[0] = new_key()
        volumes.grid.forget(f"contract {market}/")
        tell(desk, answer)
        ui.navigate.to(f"/contracts/{answer['contract']}")

    button = ui.button(t("Send"), on_click=guarded(desk, problems)(send))
    button.props("no-caps unelevated").classes("own-width").mark(f"send-{command.word()}")


class TermsOfContract:
    """Inputs of who, what and where."""

    def __init__(self, desk: Desk, market: str, elements: list[str], rights: list[str]) -> None:
        self.desk, self.market, self.elements, self.rights = desk, market, elements, rights
        t = desk.t
        with ui.element("div").classes("card form"):
            self.reference = ui.input(t("Reference")).props("outlined dense").mark("reference")
            self.role = ui.radio({"seller": t("We sell"), "buyer": t("We buy")}, value="seller").props("inline")
            self.role.mark("role").props(f'aria-label="{t("Role")}"')
            label = t("Code of the other party, such as M-0001")
            self.counterparty = ui.input(label).props("outlined dense").mark("counterparty")
            keep_draft(self.reference, f"contract {market}/reference")
            keep_draft(self.counterparty, f"contract {market}/counterparty")
        self.legs: list[list[tuple[Any, Any, Any]]] = []
        with ui.element("div").classes("card section"):
            heading(t("Way"))
            said = t(
                "One leg is a delivery over elements that join; a second one makes it a substitution at two points."
            )
            ui.label(said).classes("quiet")
            self.box = ui.element("div").classes("section")
            with ui.element("div").classes("row-of-acts"):
                ui.button(t("Another hop"), icon="add", on_click=self._hop).props("flat dense no-caps").mark("add-hop")
                self.second = ui.button(t("A second leg"), icon="call_split", on_click=self._leg)
                self.second.props("flat dense no-caps").mark("add-leg")
            self._leg()

    @classmethod
    async def of(cls, desk: Desk, market: str) -> TermsOfContract:
        """Return the inputs with the elements of a market and the rights of the person's company."""
        found = await desk.ask(GetMarket(market=market))
        definition = found["definition"]
        elements = [s["cross_section"] for s in definition.get("cross_sections", [])]
        elements += [line["line"] for line in definition.get("lines", [])]
        rights = [r["right"] for r in (await desk.ask(ListCapacityRights(market=market)))["items"]]
        return cls(desk, market, elements, rights)

    def _leg(self) -> None:
        if len(self.legs) < 2:
            self.legs.append([])
            with self.box:
                ui.label(self.desk.t("Leg {number}").format(number=len(self.legs))).classes("figure-name")
            self._hop()
        if len(self.legs) == 2:
            self.second.disable()

    def _hop(self) -> None:
        t = self.desk.t
        if len(self.legs[-1]) >= MOST_HOPS:
            return
        with self.box, ui.element("div").classes("filters"):
            element = ui.select(self.elements, label=t("Element"), with_input=True).props("outlined dense")
            element.mark("element")
            ways = {"forward": t("forward"), "backward": t("backward")}
            way = ui.select(ways, label=t("Direction"), value="forward").props("outlined dense").mark("direction")
            right = ui.select(self.rights, label=t("Right, if one is used"), clearable=True).props("outlined dense")
        self.legs[-1].append((element, way, right))

    def body(self) -> dict[str, Any]:
        """Return what was typed as fields of the command."""

        def hop(element: Any, way: Any, right: Any) -> dict[str, str]:
            used = {"right": right.value} if right.value else {}
            return {"element": element.value or "", "direction": way.value} | used

        legs = [[hop(*inputs) for inputs in leg] for leg in self.legs]
        return {
            "market": self.market, "reference": self.reference.value or "", "role": self.role.value,
            "counterparty": self.counterparty.value or "", "legs": legs,
        }  # fmt: skip
