"""A member's own part of a session: its offer as it stands, and its part of the result."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import Row

from walras.results.minor_units import decimals_of
from walras.service.canonical import bytes_digest
from walras.service.checking import outline_of
from walras.service.clock import time_text
from walras.service.intake import payload
from walras.service.intake.documents import ORDER_LIST, OrderList
from walras.service.intake.filled import filled_of
from walras.service.intake.kinds import MEDIA_OF
from walras.service.intake.tables import SPECS
from walras.service.intake.template import template
from walras.service.own_result import OwnResult, kept_result, rows_of
from walras.service.queries import GetDefaultOrders, GetFilledTemplate, GetOffer, GetOwnResult, ListExplanations
from walras.service.readers.orders import whose
from walras.service.readers.registry import File, Look, Shown, page, reads
from walras.service.secrets import unseal
from walras.service.store import markets, orders, results
from walras.service.terms import market_terms


@reads(GetOffer)
def get_offer(look: Look, query: GetOffer) -> Shown:
    """Return what live orders look like; curves and boxes of the zone and carrier that are named."""
    session, member = whose(look, query.session, query.member)
    outline = outline_of(look.connection, look.secrets, session, member)
    here = (query.zone, query.carrier)
    return {
        "session": session.id, "member": member, "currency": outline.book.currency,
        "places": [list(p) for p in outline.places()], "power": outline.power(),
        "curves": outline.curves(*here) if query.zone else [], "boxes": outline.boxes(*here) if query.zone else [],
    }  # fmt: skip


@reads(GetFilledTemplate)
def get_filled_template(look: Look, query: GetFilledTemplate) -> File:
    """Return live orders as a filled template; what the sheets cannot say is named on the first one."""
    session, member = whose(look, query.session, query.member)
    key = look.secrets.session_key(session.id, session.sealed_key)
    parts = [payload.live_tables(c, names) for _, c, names in orders.payloads(look.connection, session.id, key, member)]
    tables = {name: pl.concat(own) for name in SPECS if (own := [p[name] for p in parts if name in p])}
    market = markets.version(look.connection, session.market, session.market_version).definition
    terms = market_terms(market, date.fromisoformat(session.delivery_day))
    content = template(terms, filled_of(terms, tables))
    return File(content, MEDIA_OF["xlsx"], bytes_digest(content))


@reads(GetDefaultOrders)
def get_default_orders(look: Look, query: GetDefaultOrders) -> Shown:
    """Return the caller's default orders as documents, with the delivery day that they were written for."""
    markets.check_known(look.connection, query.market)
    member = look.actor.company
    row = next((r for r in orders.defaults(look.connection, query.market) if r.member == member), None)
    if row is None:
        return {"market": query.market, "day": None, "since": None, "orders": []}
    content = unseal(look.secrets.named("default orders"), row.sealed, f"{query.market} {member}")
    left = payload.decode(content)
    assert isinstance(left, tuple), "default orders are documents"
    listed = ORDER_LIST.dump_python(OrderList.model_construct(orders=list(left)), mode="json", exclude_defaults=True)
    return {"market": query.market, "day": row.day, "since": time_text(row.since), "orders": listed["orders"]}


@reads(GetOwnResult)
def get_own_result(look: Look, query: GetOwnResult) -> Shown:
    """Return orders, totals and MTUs of a member's part of a result."""
    session, member, version, own = _own(look, query)
    currency = own.book.currency
    return {
        "session": session.id, "member": member, "version": version, "is_final": session.state == "final",
        "currency": currency, "decimals": decimals_of(currency), "orders": rows_of(own.orders),
        "totals": rows_of(own.totals), "cells": rows_of(own.cells), "prices": rows_of(own.prices),
    }  # fmt: skip


@reads(ListExplanations)
def list_explanations(look: Look, query: ListExplanations) -> Shown:
    """Return rows of the explanation in the order of the bundle, numbered from 1."""
    _, _, _, own = _own(look, query)
    rows = own.explained.with_row_index("row", offset=1).with_columns(pl.col("row").cast(pl.Int64))
    if query.order:
        rows = rows.filter(pl.col("order") == query.order)
    chosen = rows.filter(pl.col("row") > query.after).head(query.limit + 1)
    return page(rows_of(chosen), query.limit, "row")


def _own(look: Look, query: GetOwnResult | ListExplanations) -> tuple[Row[Any], str, int, OwnResult]:
    """Return session, member, version and the member's part.

    Raises:
        BadInput: There is no result, or the member has no order in it (rule `artefact_known`).
    """
    session, member = whose(look, query.session, query.member)
    version = query.version or session.version
    found = results.bundle(look.connection, session.id, version, f"member/{member}.zip")
    return session, member, version, kept_result(bytes(found.content), found.digest)
