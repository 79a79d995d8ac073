"""A session through the service, settled again from what a regulator is shown: files of the result, terms, fixings."""

import zipfile
from collections import Counter
from datetime import datetime

from tests.second_opinion import settlement
from tests.second_opinion.published import Published
from tests.second_opinion.test_settlement import line_key, row_key
from tests.service.border.stage import BUYER, DAY, SELLER, THIRD
from tests.service.clearing.stage import fixing

from walras.service import commands as c
from walras.service import queries as q

ORDERS = (
    (SELLER, "North", "supply", 10.37, 60.7), (THIRD, "South", "supply", 50.13, 40.3),
    (BUYER, "South", "demand", 90.0, 80.9), (THIRD, "North", "demand", 33.0, 7.1),
)  # fmt: skip
"""The line is full; M-0003 buys on one side and sells on the other."""
MORE = {
    "fees": [{"name": "trading", "per_mwh": "1/30"}, {"name": "sales", "per_session": "12.345", "sides": ["supply"]}],
    "keys": [{"element": "line/N-S", "rule": "ownership", "shares": [
        {"operator": "S-0001", "share": "1/3"}, {"operator": "S-0002", "share": "2/3"}]}],
    "payment_currencies": [
        {"party": f"member/{BUYER}", "currency": "USD"}, {"party": "operator/S-0002", "currency": "USD"}],
}  # fmt: skip


def second_opinion(clearing, session, folder):
    """What is settled by all that R-0001 may read."""
    regulator = clearing.client("R-0001")
    regulator.download_bundle(session, folder / "all.zip", level="regulator")
    with zipfile.ZipFile(folder / "all.zip") as bundle:
        bundle.extractall(folder / "all")
    zones = regulator.ask(q.GetMarket(market="two", day=DAY))["definition"]["zones"]
    said = regulator.ask(q.GetSettlementTerms(market="two", day=DAY))["terms"]
    fixings = sorted(regulator.pages(q.ListFixings(market="two")), key=lambda f: f["version"])
    rates = {(f["base"], f["quote"]): f["rate"] for f in fixings if f["day"] == DAY.isoformat()}
    published = Published.of_folders(folder / "all" / "market", folder / "all" / "result")
    return settlement.settle(published, said | {"operators": {z["zone"]: z["system_operator"] for z in zones}}, rates)


def shown_lines(clearing, session, run):
    """Statement lines of all companies, as the API shows them."""
    rows = clearing.lines(session, run=run, who="R-0001")["items"]
    for row in rows:
        row["mtu_start"] = row["mtu_start"] and datetime.fromisoformat(row["mtu_start"])
    return Counter(map(row_key, rows))


def test_every_line_and_balance_of_a_session_follows_from_what_the_regulator_is_shown(clearing, tmp_path):
    clearing.set_terms(**MORE)
    session = clearing.settled(*ORDERS)
    mine = second_opinion(clearing, session, tmp_path)
    assert Counter(map(line_key, mine.lines)) == shown_lines(clearing, session, 1)
    assert mine.balances == clearing.balances(who="R-0001")
    kinds = Counter(x.kind for x in mine.lines)
    assert kinds == {"energy": 24 * 4, "congestion": 2, "fee": 5, "conversion": 4}


def test_a_rerun_leads_to_what_the_new_terms_and_fixing_lead_to(small_clearing, tmp_path):
    """Both runs together say what a first run by the newest terms would have said."""
    session = small_clearing.settled(*ORDERS)
    first = shown_lines(small_clearing, session, 1)
    small_clearing.by_two(fixing("1.0867", of=c.CorrectFixing))
    small_clearing.set_terms(**MORE)
    small_clearing.do("OP", c.ResettleSession(session=session, name="rerun", reason="as agreed"))
    mine = second_opinion(small_clearing, session, tmp_path)
    assert mine.balances == small_clearing.balances(who="R-0001")
    both = summed([*first, *shown_lines(small_clearing, session, 2)])
    assert both == summed(map(line_key, mine.lines))


def summed(keys):
    """Amounts by party, kind, time, side and currency; none that are zero."""
    sums = Counter()
    for party, kind, _, _, start, _, side, _, _, amount, currency in keys:
        sums[party, kind, start, side, currency] += amount
    return {k: amount for k, amount in sums.items() if amount}
