"""What a result is worth and how anybody checks it: welfare, downloads, certificate, commands to run."""

from __future__ import annotations

from html import escape
from typing import Any

import polars as pl
from sqlalchemy import Connection

from walras.results.minor_units import decimals_of
from walras.service.publication import reading, rows
from walras.service.publication.bundle_network import BUNDLE
from walras.service.publication.figures import Figures
from walras.service.publication.prices import carrier_words, cut_note
from walras.service.publication.reading import PUBLISHED, Published
from walras.service.publication.tables import MEDIA
from walras.service.publication.visitor import Visitor
from walras.service.words import mark

FACTS = (
    (
        "welfare",
        mark("Welfare"),
        mark("What buyers would have paid at most less what sellers asked at least, for all that was accepted."),
    ),
    (
        "bound",
        mark("Bound"),
        mark("No result of this auction can have more welfare; the regulator's bundle is enough to compute it again."),
    ),
    ("gap", mark("Gap"), mark("Bound less welfare: how much better a result could be at most.")),
)
STATUS = {
    "optimal": mark("proven optimal"),
    "feasible": mark("legal, not proven optimal"),
}
CERTIFIED = (
    ("result_hash", mark("hash of the result")),
    ("market_hash", mark("hash of the market with its orders")),
    ("network_hash", mark("hash of the network")),
    ("settings_hash", mark("hash of the settings")),
)
KINDS = {
    "block": mark("block"),
    "flexible": mark("flexible order"),
    "scalable": mark("scalable complex order"),
    "storage": mark("storage order"),
}
SIDES = {"demand": mark("demand"), "supply": mark("supply")}


def welfare(visitor: Visitor, connection: Connection, of: Published) -> str:
    """Return welfare, bound and gap of a certified result, and whether it is proven optimal."""
    t, found = visitor.t, reading.certificate(connection, of)
    if found is None:
        return f"<p>{t('Welfare is said by the certificate, and this result has none yet.')}</p>"
    document: dict[str, Any] = found.get("document", {})
    currency, status = str(document.get("currency", "")), str(document.get("status", ""))
    body = [
        (
            escape(t(name)),
            f'<span class="told">{escape(t(told))}</span>',
            visitor.number(float(document[key]), decimals_of(currency)),
        )
        for key, name, told in FACTS
        if isinstance(document.get(key), int | float)
    ]
    heads = (t("figure"), t("what it is"), currency)
    said = t(STATUS[status]) if status in STATUS else status.replace("_", " ")
    curtailed = reading.summary(connection, of).get("curtailed_mwh")
    short = (
        "<p>" + t("Not served at the limits of the price: {mwh} MWh.").format(mwh=visitor.number(curtailed, 1)) + "</p>"
        if isinstance(curtailed, int | float) and curtailed
        else ""
    )
    return f"<p>{escape(t('Status: {status}.').format(status=said))}</p>{short}" + rows.table(
        t("Welfare"), heads, body, 2
    )


def rejected(visitor: Visitor, connection: Connection, of: Published, figures: Figures | None) -> str:
    """Return the orders that the prices would have paid and that were rejected all the same."""
    t, found = visitor.t, reading.table(connection, of, "paradoxically_rejected")
    if found is None:
        return ""
    if not found.height:
        return f"<p>{t('None: no whole order was rejected that the prices would have paid.')}</p>"
    told = t("At these prices they would have gained; accepting them would have moved the prices against others.")
    surplus, distance = (next(c for c in found.columns if c.startswith(n)) for n in ("missed_surplus", "distance"))
    currency = surplus.removeprefix("missed_surplus_").upper()
    body = [
        (
            f"<code>{escape(r['pseudonym'][:16])}</code>", escape(_word(visitor, KINDS, r["kind"])), escape(r["zone"]),
            escape(carrier_words(visitor, r["carrier"])), escape(_word(visitor, SIDES, r["side"])),
            visitor.number(r["offered_mwh"], 1), visitor.number(r[surplus], decimals_of(currency)),
            visitor.number(r[distance], figures.price_decimals(r["carrier"]) if figures else 2),
        )
        for r in found.sort(pl.col(distance), descending=True).iter_rows(named=True)
    ]  # fmt: skip
    heads = (
        t("pseudonym"), t("kind"), t("zone"), t("carrier"), t("side"), t("offered, MWh"),
        t("missed surplus, {currency}").format(currency=currency),
        t("distance to the price, {currency}/MWh").format(currency=currency),
    )  # fmt: skip
    title = t("Paradoxically rejected orders")
    return f"<p>{told}</p>" + rows.table(title, heads, body, 5) + cut_note(visitor, len(body), len(heads))


def downloads(visitor: Visitor, connection: Connection, of: Published) -> str:
    """Return links to every public file of a result."""
    t, names = visitor.t, reading.names(connection, of)
    tables = sorted(n.removeprefix(PUBLISHED).removesuffix(".parquet") for n in names if n.endswith(".parquet"))
    body = [(f"<code>{escape(n)}</code>", *(_link(of, f"{n}.{form}", form) for form in MEDIA)) for n in tables]
    others = [n for n in names if not n.startswith(PUBLISHED)]
    others += ["summary.json"] if f"{PUBLISHED}summary.json" in names else []
    items = "".join(f"<li>{_link(of, n, n)}</li>" for n in sorted(others))
    heads = (t("table"), *MEDIA)
    return f'<ul class="files">{items}</ul>' + rows.table(t("Tables to download"), heads, body, 4)


def check(visitor: Visitor, connection: Connection, of: Published) -> str:
    """Return the box that says how to check a result without trusting the page."""
    t, names = visitor.t, reading.names(connection, of)
    found = reading.certificate(connection, of)
    if BUNDLE not in names or found is None:
        said = (
            t("A first pass is never certified: the result that follows is.")
            if of.stage == "provisional"
            else t("This result is not certified yet.")
        )
        return f"<p>{said}</p>"
    document: dict[str, Any] = found.get("document", {})
    kept = f"{of.session}-v{of.version}-public.zip"
    digest = reading.file(connection, of, BUNDLE).digest
    commands = f"sha256sum {kept}\nwalras keys show ring.json\nwalras verify {kept} --ring ring.json"
    steps = (
        t("Download {file} and keep it as {name}.").format(
            file=_link(of, BUNDLE, BUNDLE, kept), name=f"<code>{escape(kept)}</code>"
        ),
        t("Get the key ring of the operator, {ring}, from another source than this page.").format(
            ring="<code>ring.json</code>"
        ),
        t("Run these commands, on a machine that you trust:") + f'<pre tabindex="0">{escape(commands)}</pre>',
        t(
            "The first must print {digest}, the second must list the key {key}, "
            "and the third must say ok for every check."
        ).format(digest=f"<code>{escape(digest)}</code>", key=f"<code>{escape(str(found.get('key_id')))}</code>"),
    )
    facts = [
        (t("signed with the key"), found.get("key_id")),
        (t("signed at"), found.get("signed_at")),
        (t("SHA-256 of certificate.json"), reading.file(connection, of, "certificate.json").digest),
        *((t(name), document.get(key)) for key, name in CERTIFIED),
        (t("root of the orders"), (document.get("orders") or {}).get("root")),
    ]
    listed = "".join(f"<dt>{escape(n)}</dt><dd><code>{escape(str(v))}</code></dd>" for n, v in facts if v)
    compare = t(
        "Compare the SHA-256 of the certificate with others: if theirs differs, you were shown different results."
    )
    return (
        f'<div class="verify"><ol>{"".join(f"<li>{s}</li>" for s in steps)}</ol><p>{compare}</p></div>'
        + rows.folded(t("What the certificate says"), f"<dl>{listed}</dl>")
    )


def _word(visitor: Visitor, words: dict[str, str], name: str) -> str:
    return visitor.t(words[name]) if name in words else name.replace("_", " ")


def _link(of: Published, name: str, text: str, kept: str = "") -> str:
    address = f"/v1/sessions/{escape(of.session)}/results/{escape(name)}?version={of.version}"
    as_file = f' download="{escape(kept)}"' if kept else ""
    return f'<a href="{address}"{as_file}>{escape(text)}</a>'
