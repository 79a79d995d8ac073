"""The text of a supply agreement: each version, what it changed of the one before, and the page to propose another."""

from __future__ import annotations

import difflib
import json

from nicegui import ui
from nicegui.events import UploadEventArguments

from walras.contracts.agreement_file import MOST_BYTES
from walras.service.commands import ProposeSupplyAgreement
from walras.service.console import shown
from walras.service.console.desk import Desk, new_key
from walras.service.console.forms import said_of, tell
from walras.service.console.pages.contracts.supply_head import Found, head_of
from walras.service.console.places import mark, place
from walras.service.console.problems import Problems, guarded
from walras.service.console.sections import go, market_of, part
from walras.service.queries import GetSupplyAgreement
from walras.service.roles import Role

MEMBER = frozenset({Role.MEMBER})


@place("/supply/{agreement}/text", mark("Text of the agreement"))
async def text(desk: Desk) -> None:
    """Show a version as it was agreed, letter by letter, and what it changed."""
    t = desk.t
    head = await head_of(desk, "text", has_choice=False)
    versions = {v["version"]: v for v in head.found["versions"]}
    asked = shown.whole_of(desk.query.get("version"))
    number = asked if asked is not None and asked in versions else head.found["version"] or max(versions)
    names = {n: t("Version {number}, {state}").format(number=n, state=t(v["state"])) for n, v in versions.items()}
    box = ui.select(names, label=t("Version"), value=number).props("outlined dense").classes("chooser")
    box.on_value_change(lambda event: go(desk, version=str(event.value)))
    version = versions[number]
    with ui.element("div").classes("row-of-acts"):
        content = version["text"].encode()
        ui.button(
            t("Save as a file"), icon="download",
            on_click=lambda: ui.download(content, f"{head.agreement}-{number}.toml"),
        ).props("outline no-caps")  # fmt: skip
        if desk.may(ProposeSupplyAgreement.word()) and desk.actor.company in version["parties"]:
            address = f"/propose-supply-agreement?market={head.found['market']}&agreement={head.agreement}"
            ui.link(t("Propose another version"), address).classes("q-btn-like")
    before = versions.get(number - 1)
    if before is not None:
        with part(t("What it changes of version {number}").format(number=number - 1)):
            raw("\n".join(changes(before["text"], version["text"])), t("Changes"))
    with part(t("Text of version {number}").format(number=number)):
        raw(version["text"], t("Text"))
        ui.label(f"SHA-256 {version['digest']}").classes("quiet anywhere")


def raw(content: str, name: str, *, has_columns: bool = False) -> None:
    """Show a text as it is; one with columns keeps its lines whole and scrolls."""
    with (
        ui.element("pre")
        .classes("raw columns" if has_columns else "raw")
        .props(f'tabindex="0" role="region" aria-label="{name}"')
    ):
        ui.label(content).classes("inline")


def changes(before: str, after: str) -> list[str]:
    r"""Return lines that went with a minus and lines that came with a plus, between some that stayed.

    >>> changes("a\nb", "a\nc")[-2:]
    ['-b', '+c']
    """
    return list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2))[2:]


@place("/propose-supply-agreement", mark("Propose a supply agreement"), MEMBER)
async def propose(desk: Desk) -> None:
    """Show the form of a text: typed, pasted or read from a file; a new version begins with the one that holds."""
    t, agreement = desk.t, desk.query.get("agreement", "")
    market = await market_of(desk)
    if market is None:
        return
    ui.label(t(said_of(ProposeSupplyAgreement))).classes("said")
    ui.label(t("The reference of all terms is the page on supply contracts of the documentation.")).classes("quiet")
    start = _text_of(await desk.ask(GetSupplyAgreement(agreement=agreement))) if agreement else ""
    box = ui.textarea(t("Text of the agreement (TOML)"), value=start).props('outlined rows=22 spellcheck="false"')
    box.classes("mono paste-box").mark("text")
    draft = f"agreement {market}"
    if not start:
        box.props["data-draft"] = draft
    problems, key = Problems(desk, {"text": box}), [new_key()]

    async def read(event: UploadEventArguments) -> None:
        await desk.check_upload(event.file.size())
        box.value = (await event.file.read()).decode("utf-8", "replace")
        upload.reset()

    async def send() -> None:
        answer = await desk.do_fields(ProposeSupplyAgreement, {"market": market, "text": box.value or ""}, key[0])
        key[0] = new_key()
        ui.run_javascript(f"walras.forget({json.dumps(draft)})")
        tell(desk, answer)
        ui.navigate.to(f"/supply/{answer['agreement']}")

    with ui.element("div").classes("row-of-acts"):
        button = ui.button(t("Propose"), icon="send", on_click=guarded(desk, problems)(send))
        button.props("no-caps unelevated").mark("send-propose-supply-agreement")
    upload = ui.upload(
        label=t("Or read a file"), auto_upload=True, max_files=1, max_file_size=MOST_BYTES,
        on_upload=guarded(desk, problems)(read),
    )  # fmt: skip
    upload.props("flat bordered")


def _text_of(found: Found) -> str:
    """Return the text of the version that holds, or of the last one."""
    versions = {v["version"]: v for v in found["versions"]}
    return str(versions[found["version"] or max(versions)]["text"])
