"""The figures of a result for whoever draws it: public figures alone, also of sessions that the public does not see."""

from __future__ import annotations

from typing import Any

from walras.service.clock import time_text
from walras.service.publication import reading
from walras.service.publication.congestion import congestion_of
from walras.service.publication.figures import Figures, Link, Series, figures_of
from walras.service.publication.reading import Published
from walras.service.queries import GetResultFigures
from walras.service.readers.registry import Look, Shown, reads
from walras.service.readers.sessions import seen
from walras.service.work import refuse

CERTIFIED = ("status", "welfare", "bound", "gap")


@reads(GetResultFigures)
def get_result_figures(look: Look, query: GetResultFigures) -> Shown:
    """Return the figures of a version of a result, the newest unless one is named."""
    session = seen(look, query.session)
    of = reading.result_of(look.connection, session, query.version)
    if of is None:
        fix = "Wait for its results, or ask for another version."
        raise refuse("there is no such result", f"session {session.id}", "result_known", fix)
    figures = figures_of(look.connection, of)
    rejected = reading.table(look.connection, of, "paradoxically_rejected")
    return {
        "session": of.session, "version": of.version, "stage": of.stage, "rung": of.rung, "cut_off": list(of.cut_off),
        "objections_until": time_text(of.objections_until), "certified": _certified(look, of),
        "curtailed_mwh": reading.summary(look.connection, of).get("curtailed_mwh"),
        "paradoxically_rejected": None if rejected is None else rejected.height,
        "currency": "" if figures is None else figures.currency,
        "carriers": [] if figures is None else [_carrier(figures, c) for c in figures.carriers],
        "congestion": [] if figures is None else _congestion(figures),
    }  # fmt: skip


def _certified(look: Look, of: Published) -> Shown:
    """Return what the certificate says of the welfare and who signed it, empty without one."""
    found = reading.certificate(look.connection, of)
    if found is None:
        return {}
    document: dict[str, Any] = found.get("document", {})
    digest = reading.file(look.connection, of, "certificate.json").digest
    said = {name: document.get(name) for name in CERTIFIED}
    return said | {"key_id": found.get("key_id"), "signed_at": found.get("signed_at"), "digest": digest}


def _carrier(figures: Figures, carrier: str) -> Shown:
    """Return zones with prices and positions, and links with exchanges, of one carrier."""
    zones, links = figures.zones(carrier), figures.links_of(carrier)
    names = sorted({*zones, *(end for n in links for end in (n.source, n.target))})
    known, window = figures.network.places, figures.window(None)
    shown = [
        {
            "zone": z, "is_outside": z not in zones, "coordinates": list(known[z]) if z in known else None,
            "mean": figures.price[z, carrier].mean(*window) if z in zones else None,
            "price": _series(figures.price.get((z, carrier))),
            "position_mw": _series(figures.position.get((z, carrier))),
        }
        for z in names
    ]  # fmt: skip
    return {"carrier": carrier, "zones": shown, "links": [_link(n, window) for n in links]}


def _link(link: Link, window: Any) -> Shown:
    limits = [link.limit(i) for i in range(len(link.sent.value))]
    return {
        "link": link.name, "kind": link.kind, "from": link.source, "to": link.target,
        "sent_mw": _series(link.sent), "limit_mw": limits, "full": list(link.full), "mean_mw": link.sent.mean(*window),
    }  # fmt: skip


def _series(series: Series | None) -> list[tuple[str, float]]:
    """Return begins and values; the end of the last span closes the series, with the same value."""
    if series is None or not series.begin:
        return []
    begins = [*series.begin, series.end[-1]]
    values = [*series.value, series.value[-1]]
    return [(b.strftime("%Y-%m-%dT%H:%M:%SZ"), v) for b, v in zip(begins, values, strict=True)]


def _congestion(figures: Figures) -> list[Shown]:
    """Return each line: in how many periods it was full, the price difference then, and its income of the day."""
    return [
        {"line": c.link.name, "carrier": c.link.carrier, "from": c.link.source, "to": c.link.target,
         "full_mtus": c.periods, "mtus": len(c.link.full), "difference_per_mwh": c.difference, "income": c.income}
        for c in congestion_of(figures)
    ]  # fmt: skip
