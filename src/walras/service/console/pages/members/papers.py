"""Documents that were filed with a company: the list, downloads, and filing another one."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from nicegui import ui
from nicegui.events import UploadEventArguments

from walras.service.commands import AttachDocument
from walras.service.console.desk import Desk
from walras.service.console.files import link
from walras.service.console.forms import tell
from walras.service.console.listing import Column, listing
from walras.service.console.problems import Problems, guarded
from walras.service.console.sections import part
from walras.service.queries import GetDocument

MOST_BYTES = 10_000_000


def papers(desk: Desk, found: Mapping[str, Any], refresh: Any) -> None:
    """Show the documents of a company."""
    t, own = desk.t, found["company"]
    rows = [d | {"name_href": link(GetDocument(company=own, document=d["document"]))} for d in found["documents"]]
    columns = [
        Column("name", t("Name")), Column("media_type", t("Kind")), Column("at", t("Filed"), "time"),
        Column("digest", "SHA-256", "code"),
    ]  # fmt: skip
    with part(t("Documents")):
        empty = t("No document was filed. Papers of the admission stand here, each with its digest.")
        listing(desk, columns, rows, title=t("Documents"), key="document", empty=empty)
        if desk.may(AttachDocument.word()):
            _filing(desk, own, refresh)


def _filing(desk: Desk, own: str, refresh: Any) -> None:
    t = desk.t
    with ui.expansion(t("File a document"), icon="upload_file", value=False).classes("paste-box"):
        problems = Problems(desk)

        async def filed(event: UploadEventArguments) -> None:
            await desk.check_upload(event.file.size())
            content = await event.file.read()
            box.reset()
            fields = {
                "company": own, "name": event.file.name,
                "media_type": event.file.content_type or "application/octet-stream",
                "content_base64": base64.b64encode(content).decode(),
            }  # fmt: skip
            tell(desk, await desk.do_fields(AttachDocument, fields))
            await refresh()

        box = ui.upload(
            label=t("Choose a file"), auto_upload=True, max_files=1, max_file_size=MOST_BYTES,
            on_upload=guarded(desk, problems)(filed),
            on_rejected=lambda: ui.notify(t("Files may have at most 10 MB."), type="negative"),
        )  # fmt: skip
        box.props("flat bordered").mark("upload-document")
