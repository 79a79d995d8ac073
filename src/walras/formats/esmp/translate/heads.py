"""What documents have before their series: sender, receiver, time, and mostly a period and a domain."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from walras.formats.esmp.bindings import parts as xml
from walras.formats.esmp.nouns import Party
from walras.formats.esmp.translate.parts import (
    read_instant,
    read_party,
    read_span,
    write_code,
    write_instant,
    write_span,
)


class Sent(Protocol):
    """A noun that one party sends to another."""

    @property
    def identification(self) -> str:
        """Identification of the document."""

    @property
    def created_at(self) -> datetime:
        """When it was made."""

    @property
    def sender(self) -> Party:
        """Who sends it."""

    @property
    def receiver(self) -> Party:
        """Who receives it."""


class Bounded(Sent, Protocol):
    """A noun that is about one stretch of time and one domain."""

    @property
    def period_start(self) -> int:
        """First minute since 1970."""

    @property
    def period_end(self) -> int:
        """Minute that follows the last one."""

    @property
    def domain(self) -> str:
        """EIC of the area that it is about."""


def read_sent(document: Any) -> dict[str, Any]:
    """Return identification, time, sender and receiver of a binding."""
    return {
        "identification": document.identification,
        "created_at": read_instant(document.created_at),
        "sender": read_party(document.sender, document.sender_role),
        "receiver": read_party(document.receiver, document.receiver_role),
    }


def write_sent(document: Sent) -> dict[str, Any]:
    """Return identification, time, sender and receiver for a binding."""
    return {
        "identification": document.identification,
        "created_at": write_instant(document.created_at),
        "sender": write_code(document.sender.code),
        "sender_role": document.sender.role,
        "receiver": write_code(document.receiver.code),
        "receiver_role": document.receiver.role,
    }


def read_bounded(document: Any) -> dict[str, Any]:
    """Return what `read_sent` returns, the period and the domain of a binding."""
    start, end = read_span(document.interval)
    return {**read_sent(document), "period_start": start, "period_end": end, "domain": document.domain.value}


def write_bounded(document: Bounded) -> dict[str, Any]:
    """Return what `write_sent` returns, the period and the domain for a binding."""
    interval: xml.Interval = write_span((document.period_start, document.period_end))
    return {**write_sent(document), "interval": interval, "domain": write_code(document.domain)}


def write_subject(subject: Party | None) -> dict[str, Any]:
    """Return the subject for a binding: the party that the document is about, if another than the sender."""
    if subject is None:
        return {}
    return {"subject": write_code(subject.code), "subject_role": subject.role}
