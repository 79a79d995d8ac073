"""One bilateral contract: parties and way, volumes over time, versions, what it stands on, what may be done now."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from nicegui import ui

from walras.service.commands import ChangeContract, ConfirmContract, NominateSchedule, RefuseContract, TerminateContract
from walras.service.console import plots, shown
from walras.service.console.desk import Declined, Desk
from walras.service.console.listing import Column, facts, listing
from walras.service.console.pages.contracts.book import way_of
from walras.service.console.places import mark, place
from walras.service.console.sections import act, part
from walras.service.queries import GetContract, ListCapacityRights, ListPermits

Found = dict[str, Any]


@place("/contracts/{contract}", mark("Contract"))
async def contract(desk: Desk) -> None:
    """Show one contract; its parts are made anew after each act."""
    name = desk.path["contract"]
    box = ui.element("div").classes("page")

    async def refresh(_answer: Any = None) -> None:
        found = await desk.ask(GetContract(contract=name))
        desk.heading.text = f"{desk.t('Contract')} {name}: {found['reference']}"
        box.clear()
        with box:
            await _show(desk, found, refresh)

    await refresh()


async def _show(desk: Desk, found: Found, refresh: Any) -> None:
    t = desk.t
    ui.label(t(found["state"])).classes(f"state state-{found['state']}").mark("contract-state")
    _waiting(desk, found, refresh)
    with ui.element("div").classes("card"):
        facts(desk, _facts(desk, found))
    _acts(desk, found, refresh)
    with part(t("Volumes")):
        _volumes(desk, found)
    if desk.may("get-nomination") and found["state"] == "confirmed":
        with part(t("Nominations of a day")):
            await _days(desk, found)
    with part(t("Versions")):
        _versions(desk, found)
    with part(t("What it stands on")):
        await _stands_on(desk, found)


def _facts(desk: Desk, found: Found) -> list[tuple[str, str]]:
    t = desk.t
    you = {desk.actor.company: f" ({t('you')})"}
    energy = sum(found["mw"]) * found["minutes"] / 60
    rows = [
        (t("Seller"), found["seller"] + you.get(found["seller"], "")),
        (t("Buyer"), found["buyer"] + you.get(found["buyer"], "")),
        (t("Kind"), t(found["kind"])), (t("Way"), way_of(found["legs"])),
        (t("Begins"), shown.time(found["begin"], desk.zone, desk.language)),
        (t("Ends"), shown.time(found["end"], desk.zone, desk.language)),
        (t("Agreed energy"), f"{shown.number(energy, 1, desk.language)} MWh" if found["mw"] else t("none yet")),
        (t("Registered"), f"{shown.time(found['registered_at'], desk.zone, desk.language)}, {found['registrant']}"),
    ]  # fmt: skip
    return rows + ([(t("Reason"), found["reason"])] if found["reason"] else [])


def _waiting(desk: Desk, found: Found, refresh: Any) -> None:
    """Show what waits for a party, and let the one whom it waits for decide."""
    t = desk.t
    if not found["waits_for"]:
        return
    is_mine = found["waits_for"] == desk.actor.company
    with ui.element("section").classes("banner section").mark("contract-waits"):
        is_new = found["state"] == "registered"
        text = t("The contract waits for {party}.") if is_new else t("New volumes wait for {party}.")
        ui.label(text.format(party=t("you") if is_mine else found["waits_for"])).classes("said")
        until = shown.time(found["change_until"], desk.zone, desk.language)
        ui.label(t("It lapses unless it is confirmed until {time}.").format(time=until)).classes("quiet")
        with ui.element("div").classes("row-of-acts"):
            given: Any = {"preset": {"contract": found["contract"]}, "fixed": ("contract",), "on_done": refresh}
            if is_mine:
                act(desk, ConfirmContract, t("Confirm"), icon="check", **given)
            act(desk, RefuseContract, t("Turn down") if is_mine else t("Take back or turn down"), icon="close", **given)


def _acts(desk: Desk, found: Found, refresh: Any) -> None:
    t = desk.t
    if desk.actor.company not in (found["seller"], found["buyer"]) or found["state"] != "confirmed":
        return
    given: Any = {"preset": {"contract": found["contract"]}, "fixed": ("contract",), "on_done": refresh}
    with ui.element("div").classes("row-of-acts"):
        if desk.may(ChangeContract.word()) and not found["waits_for"]:
            address = f"/register-contract?contract={found['contract']}"
            ui.link(t("Propose other volumes"), address).classes("q-btn-like")
        act(desk, TerminateContract, t("End it from a time on"), icon="event_busy", **given)


def spans_of(starts: list[str], mw: list[float], minutes: int) -> list[Found]:
    """Return MTUs of equal power in a row as spans.

    >>> spans_of(["2026-01-01T00:00Z", "2026-01-01T01:00Z", "2026-01-01T02:00Z"], [5.0, 5.0, 7.0], 60)[0]["mwh"]
    10.0
    """
    spans: list[Found] = []
    for start, power in zip(starts, mw, strict=True):
        begin = datetime.fromisoformat(start)
        end = (begin + timedelta(minutes=minutes)).isoformat()
        if spans and spans[-1]["mw"] == power and datetime.fromisoformat(spans[-1]["end"]) == begin:
            spans[-1]["end"] = end
            spans[-1]["mwh"] += power * minutes / 60
        else:
            spans.append({"start": start, "end": end, "mw": power, "mwh": power * minutes / 60})
    return spans


def drawn(desk: Desk, starts: list[str], mw: list[float], minutes: int) -> list[tuple[str, float | None]]:
    """Return powers of MTUs as points of a line that is broken where there is none."""
    spans = [(s["start"], _minutes(s), s["mw"]) for s in spans_of(starts, mw, minutes)]
    return shown.steps(spans, desk.zone)


def _minutes(span: Found) -> float:
    begin, end = (datetime.fromisoformat(span[n]) for n in ("start", "end"))
    return (end - begin).total_seconds() / 60


def _volumes(desk: Desk, found: Found) -> None:
    t = desk.t
    lines, starts, minutes = {}, found["mtu_starts"], found["minutes"]
    if starts:
        lines[t("agreed")] = drawn(desk, starts, found["mw"], minutes)
    waiting = next((v for v in found["versions"] if v["state"] == "pending"), None)
    if waiting is not None:
        lines[t("proposed")] = drawn(desk, waiting["mtu_starts"], waiting["mw"], minutes)
    if not lines:
        ui.label(t("Nothing was agreed.")).classes("empty")
        return
    plots.plot(plots.lines(lines, "MW"), t("Power of the contract over time"))
    with ui.expansion(t("Volumes as a table")):
        rows = [s | {"of": t("agreed")} for s in spans_of(starts, found["mw"], minutes)]
        if waiting is not None:
            rows += [s | {"of": t("proposed")} for s in spans_of(waiting["mtu_starts"], waiting["mw"], minutes)]
        columns = [
            Column("of", t("Volumes")), Column("start", t("From"), "time"), Column("end", t("Until"), "time"),
            Column("mw", t("Power"), "number", "MW", 3), Column("mwh", t("Energy"), "number", "MWh", 3),
        ]  # fmt: skip
        keyed = [r | {"key": f"{r['of']} {r['start']}"} for r in rows]
        listing(desk, columns, keyed, title=t("Volumes as a table"), key="key")


async def _days(desk: Desk, found: Found) -> None:
    """Lead to the nominations of a day: tomorrow, or the first or last day of the contract."""
    t, first, last = desk.t, found["first_day"], found["last_day"]
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    today = datetime.fromisoformat(await desk.now()).astimezone(desk.zone).date()
    chosen = min(max(begin, today + timedelta(days=1)), end)
    base = f"/contracts/{found['contract']}/nominations"
    near = [chosen + timedelta(days=n) for n in range(-3, 4)]
    with ui.element("nav").classes("row-of-acts").props(f'aria-label="{t("Days")}"'):
        for day in near:
            if begin <= day <= end:
                ui.link(shown.day(day.isoformat(), desk.language), f"{base}/{day}")
    with ui.element("div").classes("row-of-acts"):
        box = ui.input(t("Another day"), value=chosen.isoformat())
        box.props(f'outlined dense type=date stack-label min="{first}" max="{last}"').mark("nomination-day")

        def go() -> None:
            ui.navigate.to(f"{base}/{box.value}")

        is_party = desk.actor.company in (found["seller"], found["buyer"])
        is_nominating = is_party and desk.may(NominateSchedule.word())
        text = t("Nominate or look") if is_nominating else t("Look")
        ui.button(text, icon="edit_calendar", on_click=go).props("outline no-caps").mark("open-nomination")
    text = t("Its days are {first} to {last}.")
    ui.label(text.format(first=shown.day(first, desk.language), last=shown.day(last, desk.language))).classes("quiet")


def _versions(desk: Desk, found: Found) -> None:
    t = desk.t
    rows = [
        {"version": v["version"], "state": v["state"], "proposed_by": v["proposed_by"], "at": v["at"],
         "mtus": len(v["mw"]), "least": min(v["mw"]), "most": max(v["mw"]),
         "mwh": sum(v["mw"]) * found["minutes"] / 60, "from": v["mtu_starts"][0]}
        for v in found["versions"]
    ]  # fmt: skip
    columns = [
        Column("version", t("Version"), "number", decimals=0), Column("state", t("State"), "state"),
        Column("proposed_by", t("Proposed by"), "code"), Column("at", t("At"), "time"),
        Column("from", t("First MTU"), "time"), Column("mtus", t("MTUs"), "number", decimals=0),
        Column("least", t("Least"), "number", "MW", 3), Column("most", t("Most"), "number", "MW", 3),
        Column("mwh", t("Energy"), "number", "MWh", 1),
    ]  # fmt: skip
    listing(desk, columns, rows, title=t("Versions"), key="version")


async def _stands_on(desk: Desk, found: Found) -> None:
    """Show the hops, the rights that they use, and the permits of the parties on them."""
    t = desk.t
    hops = [hop | {"leg": n, "key": f"{n} {hop['element']}"} for n, leg in enumerate(found["legs"], 1) for hop in leg]
    columns = [
        Column("leg", t("Leg"), "number", decimals=0), Column("element", t("Element")),
        Column("direction", t("Direction"), "words"), Column("right", t("Right that it uses"), "code"),
    ]  # fmt: skip
    listing(desk, columns, hops, title=t("Hops"), key="key")
    elements, market = {hop["element"] for hop in hops}, found["market"]
    parties = {found["seller"], found["buyer"]}
    try:
        permits = (await desk.ask(ListPermits(market=market)))["items"]
        rights = (await desk.ask(ListCapacityRights(market=market)))["items"]
    except Declined:
        return
    with ui.element("div").classes("section"):
        rows = [p for p in permits if p["element"] in elements and p["holder"] in parties]
        columns = [
            Column("permit", t("Permit"), "code"), Column("holder", t("Holder"), "code"),
            Column("element", t("Element")), Column("direction", t("Direction"), "words"),
            Column("most_mw", t("Most"), "number", "MW", 1),
            Column("begin", t("Begins"), "time"), Column("end", t("Ends"), "time"),
            Column("granted_by", t("Granted by"), "code"),
        ]  # fmt: skip
        empty = t("No permit on its way that you may see; not every market asks for permits.")
        listing(desk, columns, rows, title=t("Permits"), key="permit", empty=empty)
        used = {hop["right"] for hop in hops if hop["right"]}
        own = [r for r in rights if r["right"] in used]
        if own:
            columns = [
                Column("right", t("Right"), "code"), Column("holder", t("Holder"), "code"),
                Column("element", t("Element")), Column("direction", t("Direction"), "words"),
                Column("mw", t("Power"), "number", "MW", 1),
                Column("valid_from", t("From"), "day"), Column("valid_to", t("Until"), "day"),
            ]  # fmt: skip
            listing(desk, columns, own, title=t("Rights"), key="right")
