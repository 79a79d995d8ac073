"""Documents for tests: EICs for everybody, capacities and schedules in words, sent and refused."""

from datetime import timedelta

import numpy as np
from sqlalchemy import select, update
from tests.service.border.stage import (
    BUYER,
    DAY,
    NORTH,
    SELLER,
    SOUTH,
    THIRD,
    definition,
    profile,
    starts,
)

from walras.formats import esmp
from walras.service import commands as c
from walras.service import queries as q
from walras.service.store.capacity_schema import capacity_declarations, capacity_entries
from walras.service.store.schema import companies, trail

OPERATOR = "OP"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"


def eic(start):
    """An EIC with its check character."""
    text = start.ljust(15, "-")
    total = sum(LETTERS.index(x) * (16 - n) for n, x in enumerate(text))
    return text + LETTERS[36 - (total - 1) % 37]


CODES = {who: eic(f"10X{who.replace('-', '')}") for who in (OPERATOR, NORTH, SOUTH, SELLER, BUYER, THIRD)}
ZONES = {"North": eic("10YNORTH"), "South": eic("10YSOUTH")}
LINES = {"N-S": eic("10TNS"), "N-S 2": eic("10TNS2")}


def with_codes(**changes):
    base = definition()
    return {"zones": [z | {"eic": ZONES[z["zone"]]} for z in base["zones"]]} | changes


def set_codes(border):
    with border.store.write() as connection:
        for who, code in CODES.items():
            connection.execute(update(companies).where(companies.c.code == who).values(eic=code))


def minute(at):
    return int(at.timestamp()) // 60


def span(day=DAY):
    return minute(starts(day)[0]), minute(starts(day)[-1]) + 60


def ask(border, who, kind, day=DAY):
    data = border.client(who).market_document("two", day, kind)
    assert border.client(who).market_document("two", day, kind) == data, "the same state, the same bytes"
    return esmp.read_document(data)


def head(who, day=DAY, identification="DOC-1", version=1, role="A04"):
    begin, end = span(day)
    return {
        "identification": identification, "version": version, "created_at": starts(day)[0] - timedelta(days=2),
        "sender": esmp.Party(CODES[who], role), "receiver": esmp.Party(CODES[OPERATOR], "A11"), "period_start": begin,
        "period_end": end, "domain": ZONES["North"],
    }  # fmt: skip


def capacity(who=NORTH, forward=40.0, backward=45.0, reserve=5.0, day=DAY, line=None, **changes):
    """A declaration as a document: A81 and B31 both ways."""
    begin, end = span(day)
    hours = (end - begin) // 60
    series = []
    for out, into, mw in (("North", "South", forward), ("South", "North", backward)):
        for code, value in (("A81", mw), ("B31", reserve)):
            period = esmp.Period(begin, 60, np.full(hours, round(value * 1000)))
            series.append(esmp.CapacitySeries(
                identification=f"{out} {code}", business_type=code, out_zone=ZONES[out], in_zone=ZONES[into],
                line=line, periods=(period,)))  # fmt: skip
    fields = {"kind": "A26", "process": "A15", "series": tuple(series)}
    return esmp.CapacityDocument(**(head(who, day) | fields | changes))


def trade(contract, kw, day=DAY, number=1, **changes):
    begin, end = span(day)
    kilowatts = np.broadcast_to(np.asarray(kw), ((end - begin) // 60,)).astype(np.int64)
    fields = {
        "identification": f"S-{number}", "version": 1, "business_type": "A03", "agreement": contract,
        "out_zone": ZONES["North"], "in_zone": ZONES["South"], "out_party": CODES[SELLER], "in_party": CODES[BUYER],
        "periods": (esmp.Period(begin, 60, kilowatts),),
    }  # fmt: skip
    return esmp.ScheduleSeries(**(fields | changes))


def schedule(who, *series, day=DAY, **changes):
    fields = {"kind": "A01", "process": "A17", "series": series}
    return esmp.ScheduleDocument(**(head(who, day, role="A01") | fields | changes))


def send(border, who, document):
    data = document if isinstance(document, bytes) else esmp.write_document(document)
    answer = border.client(who).send_document("two", data)
    return answer, esmp.read_document(answer["acknowledgement"].encode())


def entries(border):
    """The ledger, all of it."""
    with border.store.read() as connection:
        return connection.execute(select(capacity_entries).order_by(capacity_entries.c.id)).all()


def declarations(border):
    """Every declaration, oldest first."""
    with border.store.read() as connection:
        return connection.execute(select(capacity_declarations).order_by(capacity_declarations.c.id)).all()


def last_act(border):
    """The last row of the market's trail, None if there is none."""
    with border.store.read() as connection:
        rows = select(trail).where(trail.c.stream == "capacity.two").order_by(trail.c.id.desc()).limit(1)
        return connection.execute(rows).one_or_none()


def acts_after(border, act):
    """The rows of the market's trail after one of them."""
    with border.store.read() as connection:
        rows = select(trail).where(trail.c.stream == "capacity.two", trail.c.id > (act.id if act else 0))
        return connection.execute(rows.order_by(trail.c.id)).all()


def rejected(border, who, document, *rules):
    """The document is refused by exactly these rules, acknowledged so, and nothing else happens."""
    before, act = (entries(border), declarations(border)), last_act(border)
    answer, said = send(border, who, document)
    assert not answer["is_accepted"]
    assert not said.accepted
    assert {m["rule"] for m in answer["mistakes"]} == set(rules), answer["mistakes"]
    assert all(m["fix"] and m["where"] for m in answer["mistakes"])
    assert answer["done"] == []
    assert (entries(border), declarations(border)) == before
    said_of_it = acts_after(border, act)
    assert [(a.act, a.company) for a in said_of_it] == [("document rejected", who)], "and no other act"
    return answer, said


def matched(border, day=DAY, seller_mw=None, buyer_mw=None, mw=10.0):
    """A contract nominated by both sides and matched."""
    if not border.client("OP").ask(q.ListPermits(market="two"))["items"]:
        border.permit(first=day, last=day)
    contract = border.contract(mw, day=day)
    for who, value in ((SELLER, seller_mw), (BUYER, buyer_mw)):
        if value is not None:
            nominate = c.NominateSchedule(contract=contract, delivery_day=day, volumes=profile(value, day))
            border.do(who, nominate)
    border.at(starts(day)[0] - timedelta(hours=1))
    border.tick()
    return contract
