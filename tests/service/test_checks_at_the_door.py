"""A file is checked without sending it: the door's own answer, what its orders look like, and nothing left behind."""

import pytest
from sqlalchemy import func, select
from tests.service.intake.filled import workbook
from tests.service.test_files_at_the_door import CSV, GOOD, SHEET, XLSX, held, send, session  # noqa: F401
from tests.service.two_states import block, curve, founded, hour, text

from walras.book.findings import Findings
from walras.service import commands as c
from walras.service import queries as q
from walras.service.intake.hostile import FileLimits
from walras.service.intake.workbook import read_workbook
from walras.service.store.schema import trail

MEMBER = "M-0101"


def check(world, session, data, media=CSV, kind="", who="M-0001"):  # noqa: F811
    query = f"?kind={kind}" if kind else ""
    return world.send(f"/sessions/{session}/checks{query}", data, who, **{"Content-Type": media})


def rows(world):
    with world.store.read() as connection:
        return held(world), connection.scalar(select(func.count()).select_from(trail))


def test_a_check_says_what_sending_would_say_and_leaves_nothing(small_world, session, tmp_path):  # noqa: F811
    before = rows(small_world)
    answer = check(small_world, session, GOOD).json()
    assert rows(small_world) == before
    sent = send(small_world, session, GOOD).json()
    assert (answer["would_be_taken"], answer["refusals"]) == (True, [])
    assert (answer["orders"], answer["digest"]) == (sent["orders"], sent["digest"])
    assert [(r["zone"], r["supply_mw"], r["demand_mw"]) for r in answer["power"]] == [("A", 5.0, 0.0), ("B", 0.0, 5.0)]
    (tmp_path / "orders.csv").write_text(GOOD, "utf-8")
    again = small_world.client("M-0001").check_file(session, tmp_path / "orders.csv")
    assert again["orders"] == {"need": 2, "sell": 2}


def test_a_check_lists_the_mistakes_that_sending_would_list(small_world, session):  # noqa: F811
    bad = workbook(Curves=[SHEET["Curves"][0] | {"price_start": "x", "side": "up"}])
    checked, sent = check(small_world, session, bad, XLSX), send(small_world, session, bad, XLSX)
    assert checked.status_code == sent.status_code == 422
    assert checked.json()["mistakes"] == sent.json()["mistakes"]
    assert check(small_world, session, GOOD, who="OP").status_code == 403


def test_a_check_after_the_gate_says_that_the_door_would_refuse(small_world, session):  # noqa: F811
    small_world.client("OP").close_session(session)
    answer = check(small_world, session, GOOD).json()
    assert [m["rule"] for m in answer["refusals"]] == ["gate_open"]
    assert not answer["would_be_taken"]
    assert len(answer["power"]) == 2


@pytest.fixture
def offered(small_world):
    """A session with orders of one member: a curve of two steps, a profile block, two blocks of a group."""
    small_world.keys[MEMBER] = f"wk_key{MEMBER}_secret"
    name = founded(small_world.store, small_world.secrets, members=(MEMBER,))
    sloped = {"price_per_mwh": 25.0, "price_end_per_mwh": 35.0, "quantity_mw": 10.0}
    two = [{"price_per_mwh": 20.0, "quantity_mw": 30.0}, sloped]
    legs = [{"mtu_start": text(hour(h)), "quantity_mw": mw} for h, mw in ((0, 5.0), (1, 5.0), (2, 8.0))]
    orders = [
        curve("sun", "North", "supply", 20, 30, mtus=[{"mtu_start": text(hour(0)), "steps": two}]),
        block("night", "North", "supply", 40, 5, legs=legs),
        block("one", "North", "demand", 50, 7, range(2), group="choice"),
        block("other", "North", "demand", 50, 9, range(1, 3), group="choice"),
    ]
    small_world.client(MEMBER).submit(name, orders)
    return small_world, name


def test_an_offer_is_power_over_time_curves_over_the_price_and_boxes(offered):
    world, name = offered
    offer = world.client(MEMBER).ask(q.GetOffer(session=name, zone="North", carrier="electricity"))
    assert offer["places"] == [["North", "electricity"]]
    power = {r["mtu_start"]: (r["supply_mw"], r["demand_mw"]) for r in offer["power"]}
    assert power == {text(hour(0)): (45.0, 7.0), text(hour(1)): (5.0, 9.0), text(hour(2)): (8.0, 9.0)}
    [line] = offer["curves"]
    assert line["points"] == [[0, 20], [30, 20], [30, 25], [30, 25], [40, 35], [40, 35]]
    boxes = {b["order"]: b for b in offer["boxes"]}
    assert boxes["night"]["spans"] == [[text(hour(0)), text(hour(2)), 5.0], [text(hour(2)), text(hour(3)), 8.0]]
    assert (boxes["one"]["group"], boxes["one"]["side"], boxes["one"]["price_per_mwh"]) == ("choice", "demand", 50.0)
    elsewhere = world.client(MEMBER).ask(q.GetOffer(session=name, zone="South", carrier="electricity"))
    assert (elsewhere["curves"], elsewhere["boxes"]) == ([], [])


def test_what_stands_comes_back_as_the_filled_template_and_sends_as_the_same_orders(offered, tmp_path):
    world, name = offered
    before = world.client(MEMBER).ask(q.ListOrders(session=name))["items"]
    file = world.get(f"/sessions/{name}/orders.xlsx", MEMBER).content
    assert [len(r) for r in read_workbook(file, FileLimits(), Findings()).values()][:2] == [3, 5]
    assert send(world, name, file, XLSX, who=MEMBER).status_code == 200
    after = world.client(MEMBER).ask(q.ListOrders(session=name))["items"]
    assert [(i["name"], i["order"]) for i in after] == [(i["name"], i["order"]) for i in before]
    assert {i["version"] for i in after} == {2}


def test_nobody_sees_an_offer_before_the_gate_but_its_member(offered):
    world, name = offered
    for path in ("offer", "orders.xlsx", "own-result", "explanations"):
        answer = world.get(f"/sessions/{name}/{path}?member={MEMBER}", "OP")
        assert (answer.status_code, answer.json()["mistakes"][0]["rule"]) == (403, "book_sealed")


def test_default_orders_are_shown_to_who_left_them(offered):
    world, _ = offered
    member = world.client(MEMBER)
    assert member.ask(q.GetDefaultOrders(market="two")) == {"market": "two", "day": None, "since": None, "orders": []}
    sent = [curve("usual", "North", "supply", 20, 30)]
    member.do(c.SetDefaultOrders.model_validate({"market": "two", "day": "2026-12-01", "orders": sent}))
    left = member.ask(q.GetDefaultOrders(market="two"))
    assert (left["day"], [o["order"] for o in left["orders"]]) == ("2026-12-01", ["usual"])
