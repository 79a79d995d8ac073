"""The inbox of screenings: hits that wait for two officers, lists that come in, every case with a search."""

from __future__ import annotations

from typing import Any

from nicegui import ui
from nicegui.events import UploadEventArguments

from walras.errors import Mistake
from walras.service.commands import ImportRestrictedList
from walras.service.console.desk import Declined, Desk
from walras.service.console.forms import tell
from walras.service.console.listing import Column, listing
from walras.service.console.pages.members.cases import case_card, state_of
from walras.service.console.places import mark, place
from walras.service.console.problems import Problems, guarded
from walras.service.console.sections import part
from walras.service.queries import ListCases, ListCompanies
from walras.service.queries.query import WATCHING

MOST_BYTES = 20_000_000


@place("/screening", mark("Screening"), WATCHING, group="Members", icon="policy", order=20)
async def screening(desk: Desk) -> None:
    """Show what waits for a decision, and below it every case."""
    box = ui.element("div").classes("page")

    async def refresh() -> None:
        cases = await desk.items(ListCases(limit=500), most=50_000)
        names = {c["company"]: c["name"] for c in await desk.items(ListCompanies(), most=20_000)}
        box.clear()
        with box:
            _waiting(desk, [c for c in cases if c["state"] == "held"], names, refresh)
            _every(desk, cases, names)

    await refresh()
    if desk.may(ImportRestrictedList.word()):
        _import(desk, refresh)


def _waiting(desk: Desk, cases: list[dict[str, Any]], names: dict[str, str], refresh: Any) -> None:
    t = desk.t
    with part(t("Cases that wait for a decision")):
        if not cases:
            text = t(
                "No case waits. A company is screened when it applies and whenever a list comes in; hits stand here."
            )
            ui.label(text).classes("empty")
        for case in cases:
            case_card(desk, case, refresh, name=f"{names.get(case['company'], '')} ({case['company']})")


def _every(desk: Desk, cases: list[dict[str, Any]], names: dict[str, str]) -> None:
    t = desk.t
    columns = [
        Column("case", t("Case"), "number", decimals=0), Column("company", t("Company"), "code"),
        Column("name", t("Name")),
        Column("state", t("State"), "state"), Column("hits", t("Hits at the last screening"), "number", decimals=0),
        Column("at", t("Opened"), "time"),
    ]  # fmt: skip
    rows = [
        c | {
            "name": names.get(c["company"], ""), "company_href": f"/companies/{c['company']}",
            "state": state_of(c),
            "hits": len((c["body"]["screening"] or {"hits": ()})["hits"]),
        }
        for c in reversed(cases)
    ]  # fmt: skip
    with part(t("Every case")):
        listing(desk, columns, rows, title=t("Every case"), key="case", empty=t("Nobody was screened yet."))


def _import(desk: Desk, refresh: Any) -> None:
    t = desk.t
    with part(t("Take in a list")):
        ui.label(t(
            "CSV with the columns name, aliases, identifiers, kind, source, listed_on. Every company is screened "
            "against it at once; a new version of a list that is there needs a second officer."
        )).classes("quiet said-of")  # fmt: skip
        name = ui.input(t("Name of the list")).props("outlined dense").classes("chooser").mark("list-name")
        problems = Problems(desk, {"name": name})

        async def taken(event: UploadEventArguments) -> None:
            await desk.check_upload(event.file.size())
            content = await event.file.read()
            box.reset()
            tell(desk, await desk.do_fields(ImportRestrictedList, {"name": name.value or "", "csv": _text(content)}))
            await refresh()

        box = ui.upload(
            label=t("Choose the CSV file"), auto_upload=True, max_files=1, max_file_size=MOST_BYTES,
            on_upload=guarded(desk, problems)(taken),
            on_rejected=lambda: ui.notify(t("This is no CSV file of at most 20 MB."), type="negative"),
        )  # fmt: skip
        box.props('accept=".csv" flat bordered').mark("upload-list")


def _text(content: bytes) -> str:
    """Return a file as text.

    Raises:
        Declined: It is not UTF-8 (rule `list_encoding`, as where lists are read).
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what, fix = f"byte {error.start + 1} is not UTF-8", "Save the file as CSV in UTF-8."
        raise Declined([Mistake(what, "csv", "list_encoding", fix)]) from error
