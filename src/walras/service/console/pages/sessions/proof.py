"""What a session leaves to be kept: files and bundles to download, and how anybody verifies the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.service.console import files
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.publication.reading import PUBLIC_KINDS
from walras.service.queries import GetBundle, GetOrderBook
from walras.service.roles import Role

BUNDLES = {"public.zip": "public", "regulator.zip": "regulator"}


def downloads(desk: Desk, session: Mapping[str, Any], artefacts: Sequence[Mapping[str, Any]]) -> None:
    """Show bundles as links, every file with its digest behind a fold, and the box of who verifies."""
    t, name = desk.t, session["session"]
    held = {a["name"]: a for a in artefacts}
    is_watching = desk.actor.role in (Role.OPERATOR, Role.REGULATOR)
    with ui.element("div").classes("row-of-acts"):
        if "public.zip" in held:
            ui.link(t("Public bundle"), files.link(GetBundle(session=name, level="public")))
        if is_watching and "regulator.zip" in held:
            ui.link(t("Bundle of the regulator"), files.link(GetBundle(session=name, level="regulator")))
        if is_watching and session["key_released_at"]:
            ui.link(t("Order book (CSV)"), files.link(GetOrderBook(session=name)))
        if desk.actor.role is Role.MEMBER and session["version"]:
            ui.link(t("My result"), f"/results/{name}")
        if session["kind"] in PUBLIC_KINDS and session["version"]:
            ui.link(t("Public page of this session"), f"/public/{name}")
    members = sorted(n for n in held if n.startswith("member/") and n.endswith(".zip"))
    if is_watching and members:
        with ui.expansion(t("Bundles of the members")), ui.element("div").classes("row-of-acts"):
            for one in members:
                code = one.removeprefix("member/").removesuffix(".zip")
                ui.link(code, files.link(GetBundle(session=name, level="member", member=code)))
    _files(desk, session, artefacts)
    _verify(desk, session, held)


def _files(desk: Desk, session: Mapping[str, Any], artefacts: Sequence[Mapping[str, Any]]) -> None:
    t = desk.t
    if not artefacts:
        ui.label(t("There is no file of a result yet.")).classes("empty")
        return
    rows = [dict(a) | {"key": f"{a['version']} {a['name']}"} for a in artefacts]
    is_open = session["kind"] in PUBLIC_KINDS
    for row in rows:
        if is_open and row["is_public"]:
            row["name_href"] = f"/v1/sessions/{session['session']}/results/{row['name']}?version={row['version']}"
    columns = [
        Column("name", t("File"), "code"), Column("version", t("Version"), "number", decimals=0),
        Column("is_public", t("Public"), "flag"), Column("media_type", t("Type")), Column("digest", "SHA-256", "code"),
    ]  # fmt: skip
    with ui.expansion(t("Every file of the result with its digest")).classes("files"):
        listing(desk, columns, rows, title=t("Files of the result"), key="key", page=15)


def _verify(desk: Desk, session: Mapping[str, Any], held: Mapping[str, Mapping[str, Any]]) -> None:
    t, bundle = desk.t, held.get("final/public.zip") or held.get("public.zip")
    if bundle is None:
        return
    kept = f"bundle-{session['session']}-public.zip"
    with ui.element("section").classes("card section"):
        with ui.element("h3"):
            ui.label(t("Verify it yourself")).classes("inline")
        with ui.element("ol").classes("verify"):
            for text in (
                t("Download the public bundle; it is kept as {file}.").format(file=kept),
                t("Get the key ring of the operator, ring.json, from another source than this page."),
                t("Run these commands on a machine that you trust."),
            ):
                with ui.element("li"):
                    ui.label(text).classes("inline")
        commands = f"sha256sum {kept}\nwalras keys show ring.json\nwalras verify {kept} --ring ring.json"
        ui.label(commands).classes("code-line").props('tabindex="0"')
        said = t("The first prints {digest}; the third says ok for every check.").format(digest=bundle["digest"])
        ui.label(said).classes("words")
