"""Entries of the events of collateral: cash in and out, guarantees, the default fund, a default.

Bodies name a `member`, a `currency` and whole minor units; every decision (who bears how much) was made before and
stands in the body. A guarantee is a pair: what its guarantor promised stands on `guarantee/M`, and against it on
`guarantor/M`. When it bears a default, `guarantee/M` falls and `guarantor/M` stays: the guarantor owes it now.
"""

from __future__ import annotations

from collections.abc import Iterator

from walras.settlement.books import Body, Loader, entries_for, moved
from walras.settlement.collateral.waterfall import CREDITORS
from walras.settlement.currencies import conversion_postings
from walras.settlement.ledger import Entry

OWN_FUNDS, WRITEOFF = "own_funds/market", "writeoff/market"


@entries_for("collateral in")
def _cash_in(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """Cash came that secures what a member may owe."""
    text = f"collateral of {body['member']}"
    yield moved(text, f"bank/{body['bank']}", f"collateral/{body['member']}", body["currency"], body["amount_minor"])


@entries_for("collateral out")
def _cash_out(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """Cash went back to its owner."""
    text = f"collateral of {body['member']} given back"
    yield moved(text, f"collateral/{body['member']}", f"bank/{body['bank']}", body["currency"], body["amount_minor"])


@entries_for("cover filed")
def _cover_filed(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """Somebody guarantees for a member; a set-off moves nothing."""
    if body["kind"] == "guarantee":
        text = f"guarantee {body['reference']} for {body['member']}"
        guarantor, guarantee = _pair(body)
        yield moved(text, guarantor, guarantee, body["currency"], body["amount_minor"])


@entries_for("cover ended")
def _cover_ended(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """What is left of a guarantee ends; a set-off moves nothing."""
    if body["kind"] == "guarantee" and body["left_minor"]:
        text = f"guarantee {body['reference']} for {body['member']} ended"
        guarantor, guarantee = _pair(body)
        yield moved(text, guarantee, guarantor, body["currency"], body["left_minor"])


@entries_for("guarantor paid")
def _guarantor_paid(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """A guarantor paid what its guarantee bore."""
    text = f"guarantor of {body['member']} paid"
    yield moved(text, f"bank/{body['bank']}", f"guarantor/{body['member']}", body["currency"], body["amount_minor"])


@entries_for("default fund in")
def _fund_in(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """A member paid into the default fund, or the operator (no member) into its own funds."""
    account = f"default_fund/{body['member']}" if body["member"] else OWN_FUNDS
    yield moved(f"paid into {account}", f"bank/{body['bank']}", account, body["currency"], body["amount_minor"])


@entries_for("default")
def _default(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """A member does not pay: each row of the waterfall takes its part; creditors' parts go through the write-off.

    What the member owes, and the cash that it gave, in other currencies is brought into the trade currency before.
    """
    debtor, currency = f"member/{body['member']}", body["currency"]
    for account, other, minor, becomes in body["converted"]:
        text = f"default of {body['member']}: {account} from {other} into {currency}"
        yield Entry(text, conversion_postings(account, other, currency, minor, becomes))
    shared = 0
    for layer, account, minor in body["rows"]:
        is_loss = layer == CREDITORS
        shared += minor if is_loss else 0
        to = WRITEOFF if is_loss else debtor
        yield moved(f"default of {body['member']}: {layer}", account, to, currency, minor)
    if shared:
        yield moved(f"default of {body['member']}: losses written off", WRITEOFF, debtor, currency, shared)


def _pair(body: Body) -> tuple[str, str]:
    return f"guarantor/{body['member']}", f"guarantee/{body['member']}"
