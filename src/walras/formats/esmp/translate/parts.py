"""Times, parties, codes and reasons: between text and nouns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from walras.formats.esmp.bindings import parts as xml
from walras.formats.esmp.nouns import Party, Reason, Span
from walras.formats.esmp.values import minutes_utc

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_span(interval: xml.Interval) -> Span:
    """Return an interval as minutes since 1970."""
    return minutes_utc(interval.start), minutes_utc(interval.end)


def write_span(span: Span) -> xml.Interval:
    """Return the interval of two minutes since 1970."""
    return xml.Interval(*((EPOCH + timedelta(minutes=at)).strftime("%Y-%m-%dT%H:%MZ") for at in span))


def read_instant(text: str) -> datetime:
    """Return an instant in UTC."""
    return datetime.fromisoformat(text)


def write_instant(at: datetime) -> str:
    """Return an instant as text.

    A time without zone or with parts of seconds is not written: it would come back as another one.
    """
    assert at.utcoffset() is not None, "times of documents know their zone"
    assert at.microsecond == 0, "times of documents are whole seconds"
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_code(code: xml.Eic | None) -> str | None:
    """Return an EIC, or None."""
    return None if code is None else code.value


def write_code(code: str | None) -> xml.Eic | None:
    """Return the binding of an EIC, or None."""
    return None if code is None else xml.Eic(code)


def read_party(code: xml.Eic | None, role: str | None) -> Party | None:
    """Return a party, or None."""
    return None if code is None else Party(code.value, role)


def read_reasons(reasons: list[xml.Reason]) -> tuple[Reason, ...]:
    """Return reasons as nouns."""
    return tuple(Reason(r.code, r.text) for r in reasons)


def write_reasons(reasons: tuple[Reason, ...]) -> list[xml.Reason]:
    """Return reasons as bindings."""
    return [xml.Reason(r.code, r.text) for r in reasons]


def read_flag(indicator: str | None) -> bool | None:
    """Return yes or no, or None."""
    return None if indicator is None else indicator == "A01"


def write_flag(flag: bool | None) -> str | None:
    """Return the code of yes or no, or None."""
    return None if flag is None else ("A01" if flag else "A02")
