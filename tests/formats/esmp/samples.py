"""One document of each kind, small enough to check by hand, with codes of two states that there are not."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from walras.formats import esmp

ALPHA, BETA = "10YALPHA-------W", "10YBETA--------6"
ALPHA_SO, BETA_SO, MARKET = "10XALPHA-SO----Q", "10XBETA-SO-----K", "11XMARKET------C"
LINE = "10TALPHA-BETA--U"
MADE = datetime(2026, 10, 24, 9, 30, 15, tzinfo=UTC)
MIDNIGHT = int(datetime(2026, 10, 24, 22, tzinfo=UTC).timestamp()) // 60
"""Begin of 25 October 2026 in central Europe, a day of 25 hours."""
NEXT = MIDNIGHT + 25 * 60
SPRING = int(datetime(2026, 3, 28, 23, tzinfo=UTC).timestamp()) // 60
"""Begin of 29 March 2026 in central Europe, a day of 23 hours."""
SENT = {"created_at": MADE, "sender": esmp.Party(ALPHA_SO, "A04"), "receiver": esmp.Party(MARKET, "A11")}
DAY = {"period_start": MIDNIGHT, "period_end": NEXT, "domain": ALPHA}


def hours(count=25, start=MIDNIGHT, minutes=60):
    """Return a period of 0, 1.5, 3, 4.5 ... MW."""
    return esmp.Period(start, minutes, np.arange(count, dtype=np.int64) * 1500)


def series(**changes):
    return replace(
        esmp.ScheduleSeries(
            identification="S-1",
            version=2,
            business_type="A03",
            periods=(hours(),),
            in_zone=BETA,
            out_zone=ALPHA,
            in_party=BETA_SO,
            out_party=ALPHA_SO,
            contract_kind="A06",
            agreement="LONG-TERM-7",
            line=LINE,
        ),
        **changes,
    )


def schedule(**changes):
    plain = esmp.ScheduleDocument(
        identification="SCHEDULE-1", version=3, kind="A02", process="A01", series=(series(),), **SENT, **DAY
    )
    return replace(plain, **changes)


def capacity(**changes):
    def of(name, business, kilowatts):
        column = np.full(100, kilowatts, np.int64)
        period = esmp.Period(MIDNIGHT, 15, column)
        return esmp.CapacitySeries(
            identification=name, business_type=business, in_zone=BETA, out_zone=ALPHA, periods=(period,), line=LINE
        )

    parts = (of("TTC", "A81", 900_000), of("TRM", "B31", 100_000), of("NTC", "A27", 800_000), of("AAC", "A29", -250))
    plain = esmp.CapacityDocument(
        identification="CAPACITY-1", version=1, kind="A26", process="A15", series=parts, **SENT, **DAY
    )
    return replace(plain, **changes)


def acknowledgement(**changes):
    plain = esmp.AcknowledgementDocument(
        identification="ACK-1",
        received=esmp.Received(
            identification="SCHEDULE-1", version=3, kind="A02", process="A01", title="day.xml", created_at=MADE
        ),
        reasons=(esmp.Reason("A02", "1 mistake"),),
        series=(esmp.RejectedSeries(identification="S-1", version=2, reasons=(esmp.Reason("A20"),)),),
        **SENT,
    )
    return replace(plain, **changes)


def anomaly(**changes):
    reason = esmp.Reason("A29", "hour 3: 3 MW here, 2 MW there")
    ours = series(reasons=(reason,))
    lower = hours().kilowatts.copy()
    lower[2] = 2000
    theirs = series(identification="T-9", reasons=(reason,), periods=(esmp.Period(MIDNIGHT, 60, lower),))
    sides = (
        esmp.Anomaly(party=ALPHA_SO, identification="SCHEDULE-1", version=3, series=ours),
        esmp.Anomaly(party=BETA_SO, identification="SCHEDULE-B", version=1, series=theirs),
    )
    plain = esmp.AnomalyDocument(identification="ANOMALY-1", anomalies=sides, process="A01", **SENT, **DAY)
    return replace(plain, **changes)


def confirmation(**changes):
    lower = esmp.Period(MIDNIGHT, 60, np.minimum(hours().kilowatts, 20_000))
    imposed = series(periods=(lower,), reasons=(esmp.Reason("A44"), esmp.Reason("A30", "lower value")))
    plain = esmp.ConfirmationDocument(
        identification="CONFIRMATION-1",
        kind="A08",
        reasons=(esmp.Reason("A07"),),
        imposed=(imposed,),
        confirmed=(series(identification="S-2"),),
        confirmed_document=("SCHEDULE-1", 3),
        subject=esmp.Party(ALPHA_SO, "A04"),
        process="A01",
        **SENT,
        **DAY,
    )
    return replace(plain, **changes)


def bids(**changes):
    kilowatts = np.array([10_000, 12_500], np.int64)
    period = esmp.BidPeriod(
        MIDNIGHT, 30, kilowatts, kilowatts // 2, np.array([-5_250, 61_000], np.int64), np.array([1, 2], np.int64)
    )
    first = esmp.Bid(
        identification="BID-1",
        business_type="A97",
        acquiring_zone=BETA,
        connecting_zone=ALPHA,
        direction="A01",
        divisible=True,
        periods=(period,),
        provider=ALPHA_SO,
        currency="EUR",
        price_unit="MAW",
        energy_price_unit="MWH",
        linked="PAIR-1",
        block=False,
    )
    bare = esmp.BidPeriod(MIDNIGHT, 60, kilowatts)
    second = replace(
        first, identification="BID-2", divisible=False, direction="A02", block=None, periods=(bare,), currency=None,
        price_unit=None, energy_price_unit=None,
    )  # fmt: skip
    plain = esmp.ReserveBidDocument(
        identification="BIDS-1", version=1, kind="A37", process="A47", bids=(first, second), **SENT, **DAY
    )
    return replace(plain, **changes)


ALL = {f.__name__: f for f in (schedule, capacity, acknowledgement, anomaly, confirmation, bids)}
