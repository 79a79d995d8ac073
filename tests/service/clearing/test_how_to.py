"""The blocks of docs/how-to/settle-a-market.md run in order, and their figures are those of the day by hand."""

import json
import re
from datetime import date
from pathlib import Path

from tests.service.border.stage import BUYER, DAY, Border
from tests.service.clearing.stage import FIX, SALE

from walras.service import commands as c
from walras.service import queries as q
from walras.service.trail_check import flaws

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "settle-a-market.md"


def test_the_page_runs(sqlite_store, secrets):
    text = PAGE.read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    (terms,) = re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL)
    with Border(sqlite_store, secrets) as market:
        names = {"c": c, "q": q, "day": DAY, "today": date(2027, 3, 5), "terms": json.loads(terms)}
        people(market, names)
        for block in blocks[:2]:
            exec(block, names)
        assert names["headroom"]["items"][0]["headroom_minor"] == 500_000_00
        names["session"] = market.auction(*SALE)
        market.final(names["session"])
        people(market, names)
        names |= {"today": date(2027, 3, 9), "half_past_eight": FIX}
        for block in blocks[2:]:
            exec(block, names)
        assert names["owed"] == 104_160_00 + 83_33  # 80 x 24 x (50 + 0.04) x 1.085, abroad without tax
        assert names["rerun"]["entries"] == 1
        assert [r["kind"] for r in names["more"]["items"]] == ["conversion"]
        assert len(names["credit"]["documents"]) == 1
        with market.store.read() as connection:
            assert list(flaws(connection, secrets)) == []


def people(market, names):
    names |= {"operator": market.client("OP"), "second_officer": market.client("OP-2"), "buyer": market.client(BUYER)}
