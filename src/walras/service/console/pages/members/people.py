"""Users of a company with their API keys and sign-ins, and what may be done with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.service.commands import AddUser, Command, DeactivateUser, EndSignIns, ErasePerson, IssueKey, RevokeKey
from walras.service.console.desk import Desk
from walras.service.console.forms import open_form
from walras.service.console.listing import Column, listing
from walras.service.console.problems import guarded
from walras.service.console.sections import act, part
from walras.service.queries import ListSignIns

Company = Mapping[str, Any]
USER_ACTS: dict[str, type[Command]] = {
    "key": IssueKey, "stop": DeactivateUser, "end": EndSignIns, "erase": ErasePerson,
}  # fmt: skip


def people(desk: Desk, found: Company, refresh: Any) -> None:
    """Show users and keys; sign-ins are read when they are asked for."""
    t, own = desk.t, found["company"]
    with part(t("Users")):
        keys: dict[str, list[dict[str, Any]]] = {}
        for key in found["keys"]:
            keys.setdefault(key["user"], []).append(key)
        rows = [u | {"keys": sum(not k["revoked_at"] for k in keys.get(u["user"], ()))} for u in found["users"]]
        columns = [
            Column("user", t("User"), "code"), Column("name", t("Name")), Column("email", t("E-mail")),
            Column("role", t("Role"), "words"), Column("is_active", t("May act"), "flag"),
            Column("keys", t("Keys not revoked"), "number", decimals=0),
        ]  # fmt: skip
        listing(
            desk, columns, rows, title=t("Users"), key="user", acts=lambda u: _user_acts(desk, u),
            on_act=lambda word, user: _do_user(desk, word, user, refresh),
        )  # fmt: skip
        preset = {"company": own}
        with ui.element("div").classes("row-of-acts"):
            act(
                desk,
                AddUser,
                t("Add a user"),
                preset,
                fixed=("company",),
                on_done=lambda _: refresh(),
                icon="person_add",
            )
    with part(t("API keys")):
        _keys(desk, found["keys"], refresh)
    if desk.may(ListSignIns.word()):
        with part(t("Sign-ins to the console")):
            box = ui.element("div").classes("section")
            _sign_ins(desk, found, box)


def _user_acts(desk: Desk, user: Mapping[str, Any]) -> list[tuple[str, str]]:
    t = desk.t
    offered: list[tuple[str, Any, str]] = []
    if user["is_active"]:
        offered += [("key", IssueKey, t("Issue a key")), ("stop", DeactivateUser, t("Deactivate")),
                    ("end", EndSignIns, t("End sign-ins"))]  # fmt: skip
    if user["name"] is not None:
        offered.append(("erase", ErasePerson, t("Erase person")))
    return [(word, text) for word, command, text in offered if desk.may(command.word())]


def _do_user(desk: Desk, word: str, user: str, refresh: Any) -> None:
    open_form(desk, USER_ACTS[word], {"user": user}, fixed=("user",), on_done=lambda _: refresh())


def _keys(desk: Desk, keys: list[dict[str, Any]], refresh: Any) -> None:
    t = desk.t
    rows = [k | {"reach": ", ".join(k["scopes"]) or t("everything of its role"), "state": _key_state(k)} for k in keys]
    columns = [
        Column("prefix", t("Begins with"), "code"), Column("user", t("User"), "code"),
        Column("state", t("State"), "state"),
        Column("reach", t("Reaches")), Column("since", t("Since"), "time"), Column("expires_at", t("Ends"), "time"),
        Column("revoked_at", t("Revoked"), "time"),
    ]  # fmt: skip

    def revoke(_word: str, prefix: str) -> None:
        open_form(desk, RevokeKey, {"prefix": prefix}, fixed=("prefix",), on_done=lambda _: refresh())

    def acts(key: Mapping[str, Any]) -> list[tuple[str, str]]:
        return [("revoke", t("Revoke"))] if not key["revoked_at"] and desk.may(RevokeKey.word()) else []

    empty = t("No key was issued yet. A key lets a program act for a user; it is shown once, when it is issued.")
    listing(desk, columns, rows, title=t("API keys"), key="prefix", empty=empty, acts=acts, on_act=revoke)


def _key_state(key: Mapping[str, Any]) -> str:
    return "revoked" if key["revoked_at"] else "issued"


def _sign_ins(desk: Desk, found: Company, box: ui.element) -> None:
    t = desk.t

    async def show() -> None:
        rows = []
        for user in found["users"]:
            rows += await desk.items(ListSignIns(user=user["user"]))
        columns = [
            Column("user", t("User"), "code"), Column("since", t("Signed in"), "time"),
            Column("last_seen", t("Last seen"), "time"), Column("ends_at", t("Ends at the latest"), "time"),
            Column("ended_at", t("Ended"), "time"),
        ]  # fmt: skip
        box.clear()
        with box:
            empty = t("Nobody of this company has signed in to the console yet.")
            newest = sorted(rows, key=lambda r: r["since"], reverse=True)
            listing(desk, columns, newest, title=t("Sign-ins to the console"), key="sign_in", empty=empty)

    with box:
        ui.button(t("Show sign-ins"), on_click=guarded(desk)(show)).props("outline no-caps").mark("show-sign-ins")
