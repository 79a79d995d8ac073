"""The sheet of one's own meter: energy of each MTU along the line, kWh; typed, pasted, or from a file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import events, ui

from walras.errors import Mistake
from walras.service.commands import SubmitMetering
from walras.service.console.desk import Declined, Desk, new_key
from walras.service.console.forms import tell
from walras.service.console.mtu_sheet import MtuSheet, draw_fill
from walras.service.console.pages.grid.chosen import Chosen
from walras.service.console.pages.grid.pointed import point
from walras.service.console.problems import guarded

MOST_BYTES = 2_000_000


@dataclass(frozen=True)
class Meter:
    """One end of a line on a day.

    Attributes:
        chosen: Market and day.
        line: Its name.
        side: The end that is metered, `from` or `to`.
        starts: Of the day's MTUs.
        newest: Version that stands, None for none.
    """

    chosen: Chosen
    line: str
    side: str
    starts: Sequence[str]
    newest: Mapping[str, Any] | None

    @property
    def version(self) -> int:
        """Return the number of the version that comes next."""
        return 1 if self.newest is None else int(self.newest["version"]) + 1


class MeterSheet:
    """The entry of one meter."""

    def __init__(self, desk: Desk, meter: Meter, on_sent: Callable[[], Awaitable[None]]) -> None:
        self.desk, self.meter, self.on_sent, self.key = desk, meter, on_sent, new_key()

    def build(self) -> None:
        """Draw the sheet, what fills it, and the button."""
        t, meter = self.desk.t, self.meter
        title = t("Meter of {line} at the side {side}, kWh").format(line=meter.line, side=t(meter.side))
        ui.label(title)
        name = f"meter {meter.line} {meter.side} {meter.chosen.day.isoformat()}"
        labels = {"kwh": t("Energy, kWh")}
        values = {} if meter.newest is None else {"kwh": meter.newest["kwh"]}
        columns = list(labels.items())
        self.sheet = MtuSheet(self.desk, name, title, meter.starts, columns, values, market=meter.chosen.market)
        draw_fill(self.desk, self.sheet, labels)
        upload = ui.upload(
            label=t("Or choose a text file (CSV)"), auto_upload=True, max_files=1, max_file_size=MOST_BYTES,
            on_upload=guarded(self.desk, self.sheet.problems)(self._read),
        )  # fmt: skip
        upload.props('accept=".csv,.tsv,.txt,text/csv" flat bordered').mark("meter-file")
        self.upload = upload
        text = t("Send version {version}").format(version=meter.version)
        self.button = ui.button(text, on_click=guarded(self.desk, self.sheet.problems)(self._send))
        self.button.props('no-caps unelevated color="primary"').mark(f"send-meter-{meter.side}")

    async def _read(self, event: events.UploadEventArguments) -> None:
        """Put a file into the sheet; it is sent with the button only."""
        self.upload.reset()
        await self.desk.check_upload(event.file.size(), MOST_BYTES)
        data = await event.file.read()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            fix = self.desk.t("Save it as text in UTF-8.")
            raise Declined([Mistake(self.desk.t("this is not text"), event.file.name, "encoding", fix)]) from error
        self.sheet.paste(text)
        self.sheet.tell()

    async def _send(self, _event: Any = None) -> None:
        meter, kwh = self.meter, self.sheet.series("kwh")
        mtus = [{"mtu_start": s, "kwh": kwh[i]} for i, s in enumerate(meter.starts)]
        body = {"market": meter.chosen.market, "delivery_day": meter.chosen.day.isoformat(), "line": meter.line,
                "side": meter.side, "version": meter.version, "mtus": mtus}  # fmt: skip
        self.button.disable()
        try:
            answer = await self.desk.do_fields(SubmitMetering, body, self.key)
        except Declined as declined:
            raise point(self.sheet, declined, lambda _path, _mistake: "kwh") from declined
        finally:
            self.button.enable()
        self.key = new_key()
        self.sheet.forget()
        tell(self.desk, answer)
        await self.on_sent()
