"""`walras esmp`: look at ENTSO-E's market documents, and check them before they are sent.

Exit codes: 0 fine, 2 the document breaks rules or cannot be read.
"""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from walras.cli.show import number, print_table, say
from walras.errors import BadInput, Mistake

if TYPE_CHECKING:
    from walras.formats.esmp import Bid, CapacitySeries, Document, Period, Reason, ScheduleSeries

    Series = ScheduleSeries | CapacitySeries | Bid

esmp = typer.Typer(help="ENTSO-E's market documents (ESMP).", no_args_is_help=True)
_File = Annotated[Path, typer.Argument(help="A document, as XML.", metavar="FILE")]
MOST_BYTES = 8 * 2**20


def register(app: typer.Typer) -> None:
    """Add the commands."""
    esmp.command("show", epilog="Example: walras esmp show schedule.xml --values")(show)
    esmp.command("check", epilog="Example: walras esmp check schedule.xml --day 2027-10-31 --time-zone Europe/Rome")(
        check
    )
    app.add_typer(esmp, name="esmp")


def show(
    file: _File,
    *,
    values: Annotated[bool, typer.Option("--values", help="Print every value, equal ones together.")] = False,
) -> None:
    """Print a document as tables."""
    document = _read(file)
    print_table(type(document).__name__.replace("Document", " document"), ("", ""), list(_head(document)), left=(0, 1))
    series = list(_series(document))
    if series:
        columns = ("series", "code", "out of", "into", "least MW", "most MW")
        print_table("", columns, [_row(*s) for s in series], left=(0, 1, 2, 3), wraps=(0,))
    for name, one in series if values else ():
        rows = [(_utc(start), _utc(end), _mw(kw)) for start, end, kw in _runs(one.periods)]
        print_table(name, ("from (UTC)", "to (UTC)", "MW"), rows, left=(0, 1))
    for where, reason in _reasons(document):
        say(f"{where}: {_reason(reason)}")


def check(
    file: _File,
    *,
    day: Annotated[str | None, typer.Option("--day", help="Delivery day that it has to be about.")] = None,
    time_zone: Annotated[str, typer.Option("--time-zone", help="Of the market.")] = "UTC",
) -> None:
    """List every mistake of a document: line, rule and how to mend it. Rules of a market are not checked."""
    from walras.formats.esmp import period_mistakes

    document = _read(file)
    if day is not None:
        mistakes = period_mistakes(document, *_span(day, time_zone))
        if mistakes:
            raise BadInput(mistakes)
    say(f"{file.name}: {type(document).__name__} {document.identification} breaks no rule")


def _read(file: Path) -> Document:
    from walras.formats.esmp import read_document

    with file.open("rb") as opened:
        data = opened.read(MOST_BYTES + 1)  # one more than is legal, so that the reader refuses it
    return read_document(data)


def _span(day: str, time_zone: str) -> tuple[int, int]:
    """Return first minute and end of a local day."""
    try:
        zone, begin = ZoneInfo(time_zone), date.fromisoformat(day)
    except (ValueError, ZoneInfoNotFoundError, OSError):
        fix = "Write --day YYYY-MM-DD and a time zone such as Europe/Rome."
        raise BadInput([Mistake(f"{day} in {time_zone} is no day", "--day", "day_known", fix)]) from None
    first, last = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in (begin, begin + timedelta(days=1)))
    return int(first.timestamp()) // 60, int(last.timestamp()) // 60


def _head(document: Document) -> Iterator[tuple[str, str]]:
    """Yield what the head of a document says, with codes in words."""
    from walras.formats.esmp import AcknowledgementDocument, codes

    yield "identification", document.identification
    for name, meanings in (("version", {}), ("kind", codes.DOCUMENT_TYPE), ("process", codes.PROCESS)):
        value = getattr(document, name, None)
        if value is not None:
            yield name, f"{value} {meanings.get(str(value), '')}".strip()
    for name in ("sender", "receiver"):
        party = getattr(document, name)
        yield name, f"{party.code} {codes.ROLE.get(party.role or '', '')}".strip()
    yield "created", document.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if not isinstance(document, AcknowledgementDocument):
        hours = (document.period_end - document.period_start) / 60
        yield "period (UTC)", f"{_utc(document.period_start)} to {_utc(document.period_end)}, {hours:g} h"
        yield "domain", document.domain
    else:
        received = document.received
        yield "answers", f"{received.identification or 'a document without name'} {received.version or ''}".strip()


def _series(document: Document) -> Iterator[tuple[str, Series]]:
    """Yield each series with its name."""
    for one in getattr(document, "series", ()):
        if hasattr(one, "periods"):
            yield one.identification, one
    for anomaly in getattr(document, "anomalies", ()):
        yield f"{anomaly.series.identification} of {anomaly.party}", anomaly.series
    for word in ("imposed", "confirmed"):
        for one in getattr(document, word, ()):
            yield f"{one.identification} {word}", one
    for bid in getattr(document, "bids", ()):
        yield bid.identification, bid


def _row(name: str, one: Series) -> tuple[str, ...]:
    ends = [getattr(one, n, None) or getattr(one, o, None) or "" for n, o in
            (("out_zone", "connecting_zone"), ("in_zone", "acquiring_zone"))]  # fmt: skip
    powers = [p.kilowatts for p in one.periods]
    least, most = (_mw(int(f(f(p) for p in powers))) if powers else "" for f in (min, max))
    return name, one.business_type, *ends, least, most


def _runs(periods: Sequence[Period]) -> Iterator[tuple[int, int, int]]:
    """Yield begin, end and kW of each stretch of time without a change."""
    for period in periods:
        at = period.start
        for kw, same in groupby(period.kilowatts.tolist()):
            end = at + period.minutes * len(list(same))
            yield at, end, kw
            at = end


def _reasons(document: Document) -> Iterator[tuple[str, Reason]]:
    """Yield every reason with where it stands."""
    for reason in getattr(document, "reasons", ()):
        yield "document", reason
    for name, one in _series(document):
        for reason in getattr(one, "reasons", ()):
            yield name, reason
    for one in getattr(document, "series", ()):
        if not hasattr(one, "periods"):
            for reason in one.reasons:
                yield one.identification, reason


def _reason(reason: Reason) -> str:
    from walras.formats.esmp import codes

    said = f"{reason.code} {codes.REASON.get(reason.code, '')}"
    return said if reason.text is None else f"{said}: {reason.text}"


def _utc(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%dT%H:%MZ")


def _mw(kw: int) -> str:
    return number(kw / 1000, 3)
