"""Plain pages of results: no scripts, one style, readable on a telephone and on paper.

Every text from the store is escaped. A page says in a banner and in its title what stage the
result has, and how anybody checks it without trusting the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib import resources
from typing import Any

import polars as pl
from sqlalchemy import Connection, select

from walras.service.clock import moment
from walras.service.publication import reading
from walras.service.publication.plot import curves_svg
from walras.service.publication.reading import Published
from walras.service.publication.tables import MEDIA
from walras.service.store.engine import Store
from walras.service.store.schema import sessions

MOST_SESSIONS, MOST_ROWS, MOST_KEPT = 200, 3000, 256
MEANING = {
    "preliminary": "Preliminary: members may still object, and a correction would be a new version.",
    "final": "Final: this result binds and does not change any more.",
    "superseded": "Superseded: a newer version has replaced this result.",
    "provisional": "Provisional: cleared without network limits, for information. This is no result.",
    "withdrawn": "Withdrawn: this session ended without a result by coupling.",
}


def front(store: Store) -> str:
    """Return the list of sessions, the latest delivery day first."""
    with store.read() as connection:
        found = connection.execute(
            select(sessions)
            .where(sessions.c.kind.in_(reading.PUBLIC_KINDS))
            .order_by(sessions.c.delivery_day.desc(), sessions.c.id)
            .limit(MOST_SESSIONS)
        ).all()
    rows = []
    for s in found:
        stage = reading.stage_of(s, s.version) if s.version else ""
        shown = f'<a href="/public/{escape(s.id)}">{escape(s.id)}</a>' if s.version else escape(s.id)
        cells = (shown, _mark(stage), escape(s.delivery_day), _minute(s.gate_at), escape(s.state), escape(s.kind))
        rows.append("".join(f'<td class="left">{c}</td>' for c in cells))
    heads = ("session", "result", "delivery day", "gate (UTC)", "state", "kind")
    body = f'<div class="list">{_table(heads, rows)}</div>' if rows else "<p>There is no session yet.</p>"
    return _page("Sessions", f"<h1>Sessions</h1>{body}")


def session(store: Store, name: str, version: int | None) -> str:
    """Return the page of one result.

    Raises:
        NotKnown: There is none.
    """
    with store.read() as connection:
        of = reading.published(connection, name, version)
        key = (str(store.engine.url), of, reading.files_count(connection, of))
        page = _KEPT.get(key)
        if page is None:
            page = _written(connection, of)
            if len(_KEPT) >= MOST_KEPT:
                _KEPT.clear()
            _KEPT[key] = page
    return page


_KEPT: dict[tuple[str, Published, int], str] = {}
"""Pages that were written, by result, stage and number of its files: whatever changes a page changes one of these."""


def _written(connection: Connection, of: Published) -> str:
    parts = [
        f'<p><a href="/public">All sessions</a></p><h1>{escape(of.session)} {_mark(of.stage)}</h1>',
        _banner(of),
        _fallback(connection, of),
        _prices(connection, of),
        _prices(connection, of, "system_prices", "System prices, as if no line were full"),
        _prices(connection, of, "provisional_prices", "Provisional prices, without network limits"),
        _positions(connection, of),
        _exchanges(connection, of),
        _curves(connection, of),
        _rejected(connection, of),
        _check(connection, of),
    ]
    return _page(f"{of.session} ({of.stage}, version {of.version})", "".join(parts))


def _banner(of: Published) -> str:
    is_open = of.stage == "preliminary" and of.objections_until is not None
    until = f" Objections until {_minute(of.objections_until or 0)} UTC." if is_open else ""
    kind = "" if of.kind == "live" else f" This was a {escape(of.kind.replace('_', ' '))}: nobody owes anything by it."
    what = f"pass {of.version}" if of.stage == "provisional" else f"version {of.version} of the result"
    facts = f"Market {escape(of.market)}, delivery day {escape(of.delivery_day)}, {what}."
    return f'<p class="banner {of.stage}"><strong>{MEANING[of.stage]}</strong>{until}{kind}<br>{facts}</p>'


def _fallback(connection: Connection, of: Published) -> str:
    """Say which rung of the ladder this result is of, who cleared alone, what was left out, what the audit flags."""
    parts = [] if of.rung == "coupled" else [f"Fallback: <strong>{escape(of.rung.replace('_', ' '))}</strong>."]
    if of.cut_off:
        parts.append(f"Zones that cleared alone: <strong>{escape(', '.join(of.cut_off))}</strong>.")
    said = reading.summary(connection, of)
    if left_out := said.get("excluded_orders"):
        names = ", ".join(f"<code>{escape(str(n))}</code>" for n in left_out)
        parts.append(f"Orders that were left out because the auction failed with them: {names}.")
    if said.get("audit") == "flagged":
        rows = [
            "".join(f"<td>{escape(str(row[n]))}</td>" for n in ("where", "rule", "amount"))
            for row in said["violations"]
        ]
        table = _table(("place", "rule", "beyond its tolerance by"), rows)
        parts.append(f"Audit: <strong>flagged</strong>: rounding missed these rules by at most one tick more.{table}")
    return f'<div class="banner">{" ".join(parts)}</div>' if parts else ""


def _prices(connection: Connection, of: Published, name: str = "prices", title: str = "Prices") -> str:
    found = reading.table(connection, of, name)
    if found is None:
        return ""
    price = next(c for c in found.columns if c.startswith("price_"))
    unit = price.removeprefix("price_").replace("_per_", "/").upper().replace("MWH", "MWh")
    out = [f"<h2>{title}, {escape(unit)}</h2>{_links(of, name)}"]
    for carrier, rows in _by_carrier(found):
        wide = rows.pivot("zone", index="mtu_start", values=price).sort("mtu_start")
        out.append(f"<h3>{escape(carrier)}</h3>" + _wide(wide, 2))
    return "".join(out)


def _positions(connection: Connection, of: Published) -> str:
    found = reading.table(connection, of, "net_positions")
    if found is None:
        return ""
    out = [f"<h2>Net positions, MW (positive = export)</h2>{_links(of, 'net_positions')}"]
    for carrier, rows in _by_carrier(found):
        wide = rows.pivot("zone", index="mtu_start", values="net_position_mw").sort("mtu_start")
        out.append(f"<h3>{escape(carrier)}</h3>" + _wide(wide, 1))
    return "".join(out)


def _exchanges(connection: Connection, of: Published) -> str:
    found = reading.table(connection, of, "scheduled_exchanges")
    if found is None or not found.height:
        return ""
    line = pl.format("{} ({} → {})", "line", "from_zone", "to_zone").alias("shown")
    wide = found.with_columns(line).pivot("shown", index="mtu_start", values="exchange_mw").sort("mtu_start")
    return f"<h2>Exchanges, MW</h2>{_links(of, 'scheduled_exchanges')}{_wide(wide, 1)}"


def _curves(connection: Connection, of: Published) -> str:
    """Draw each zone's curves in the MTU of its highest price."""
    curves, prices = (reading.table(connection, of, n) for n in ("aggregated_curves", "prices"))
    if curves is None or prices is None or not curves.height:
        return ""
    price = next(c for c in prices.columns if c.startswith("price_"))
    top = prices.sort(price, "mtu_start", descending=[True, False]).unique(["zone", "carrier"], keep="first")
    figures = []
    for cell in top.sort("zone", "carrier").iter_rows(named=True):
        here = curves.filter(
            (pl.col("zone") == cell["zone"])
            & (pl.col("carrier") == cell["carrier"])
            & (pl.col("mtu_start") == cell["mtu_start"])
        )
        lines = {side: _steps(here.filter(pl.col("side") == side), price, side) for side in ("demand", "supply")}
        name = f"{cell['zone']}, {cell['carrier']}, {cell['mtu_start']:%Y-%m-%d %H:%M} UTC"
        drawing = curves_svg(lines["demand"], lines["supply"], cell[price], escape(f"Curves of {name}", quote=True))
        if drawing:
            figures.append(f"<figure>{drawing}<figcaption>{escape(name)}</figcaption></figure>")
    told = (
        '<p class="quiet">Demand falls, supply rises; the dashed line is the clearing price. '
        "Prices far from it are drawn at the edge. Blocks and other whole orders are not in the curves.</p>"
    )
    head = f"<h2>Aggregated curves where the price was highest</h2>{_links(of, 'aggregated_curves')}{told}"
    return f'{head}<div class="plots">{"".join(figures)}</div>' if figures else ""


def _steps(points: pl.DataFrame, price: str, side: str) -> list[tuple[float, float]]:
    """Return the points of one curve as it is drawn: at each price what lies inside it, then up to it."""
    out = []
    for row in points.sort(price, descending=side == "demand").iter_rows(named=True):
        out += [(row["inside_mw"], row[price]), (row["upto_mw"], row[price])]
    return sorted(out, key=lambda p: (p[0], -p[1] if side == "demand" else p[1]))


def _rejected(connection: Connection, of: Published) -> str:
    found = reading.table(connection, of, "paradoxically_rejected")
    if found is None:
        return ""
    head = f"<h2>Paradoxically rejected orders</h2>{_links(of, 'paradoxically_rejected')}"
    if not found.height:
        return head + "<p>None: no whole order was rejected that the prices would have paid.</p>"
    rows = []
    for row in found.head(MOST_ROWS).iter_rows():
        texts = [f"{v:,.2f}" if isinstance(v, float) else escape(str(v)) for v in row]
        texts[0] = f"<code>{texts[0][:16]}</code>"
        rows.append("".join(f"<td>{t}</td>" for t in texts))
    names = {"missed_surplus": "missed surplus", "distance": "distance to the price"}
    heads = [next((f"{t} {c[len(n) + 1 :]}" for n, t in names.items() if c.startswith(n)), c) for c in found.columns]
    told = "<p>At these prices they would have gained; accepting them would have moved the prices against others.</p>"
    return head + told + _table([h.replace("_", " ") for h in heads], rows)


def _check(connection: Connection, of: Published) -> str:
    names = reading.names(connection, of)
    found = reading.certificate(connection, of)
    items = [("files", ", ".join(_file_link(of, n) for n in names if not n.startswith(reading.PUBLISHED)) or "none")]
    if found is not None:
        document: dict[str, Any] = found.get("document", {})
        items += [(n, f"<code>{escape(str(document.get(n)))}</code>") for n in ("result_hash", "market_hash", "status")]
        items += [
            ("signed with", f"<code>{escape(str(found.get('key_id')))}</code> at {escape(str(found.get('signed_at')))}")
        ]
    told = (
        "<p>Download <code>public.zip</code>, take the operator's key from another source than this page, and run "
        "<code>walras verify public.zip --ring ring.json</code>.</p>"
        if "public.zip" in names
        else "<p>A first pass is never certified: the result that follows is.</p>"
        if of.stage == "provisional"
        else "<p>This result is not certified yet.</p>"
    )
    return (
        "<h2>Check it yourself</h2>" + told + "<dl>" + "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in items) + "</dl>"
    )


def _file_link(of: Published, name: str) -> str:
    address = f"/v1/sessions/{escape(of.session)}/results/{escape(name)}?version={of.version}"
    return f'<a href="{address}">{escape(name)}</a>'


def _by_carrier(table: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    return [(c, table.filter(pl.col("carrier") == c)) for c in table["carrier"].unique().sort().to_list()]


def _wide(table: pl.DataFrame, decimals: int) -> str:
    rows = [
        f"<td>{row[0]:%Y-%m-%d %H:%M}</td>" + "".join(f"<td>{_number(v, decimals)}</td>" for v in row[1:])
        for row in table.head(MOST_ROWS).iter_rows()
    ]
    return _table(("MTU begins (UTC)", *table.columns[1:]), rows)


def _number(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value + 0.0:,.{decimals}f}"


def _table(heads: Iterable[str], rows: Sequence[str]) -> str:
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in heads)
    body = "".join(f"<tr>{r}</tr>" for r in rows)
    return f'<div class="wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _links(of: Published, name: str) -> str:
    address = f"/v1/sessions/{escape(of.session)}/results/{name}"
    forms = (f'<a href="{address}.{form}?version={of.version}">{form}</a>' for form in MEDIA)
    return f'<p class="quiet">Download: {", ".join(forms)}</p>'


def _minute(at: int) -> str:
    return f"{moment(at):%Y-%m-%d %H:%M}"


def _mark(stage: str) -> str:
    return f'<span class="stage {stage}">{stage}</span>' if stage else ""


@cache
def _style() -> str:
    return (resources.files("walras.service.publication") / "style.css").read_text(encoding="utf-8")


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_style()}</style></head><body><main>{body}</main></body></html>\n"
    )
