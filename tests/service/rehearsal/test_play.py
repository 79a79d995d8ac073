"""A rehearsal of two zones and two members, from registration to paid bills, and scripts that are wrong."""

import csv
import json
from datetime import datetime, timedelta

import pytest

from walras.errors import BadInput, NewerFormat
from walras.service.rehearsal import play, read_script
from walras.service.rehearsal.orders import orders_of
from walras.service.rehearsal.papers import write_papers
from walras.service.rehearsal.script import filled
from walras.service.rehearsal.stage import staged

DAY = "2027-03-10"
PERSON = {"contact_name": "Ada Example", "contact_email": "ada@example.invalid"}
GRID = {"carrier": "electricity", "mtu_minutes": 60, "price_min_per_mwh": -500.0, "price_max_per_mwh": 4000.0,
        "price_tick_per_mwh": 0.01, "quantity_tick_mw": 0.1}  # fmt: skip
DEFINITION = {
    "name": "Two states", "currency": "EUR", "time_zone": "Europe/Rome", "profile": "interstate",
    "zones": [{"zone": "North", "country": "IT", "system_operator": "{north}"}, {"zone": "South", "country": "SI"}],
    "grids": [GRID | {"zone": "North"}, GRID | {"zone": "South"}],
    "lines": [{"line": "N-S", "carrier": "electricity", "from_zone": "North", "to_zone": "South",
               "capacity_forward_mw": 50.0, "capacity_backward_mw": 50.0}],
}  # fmt: skip


def steps():
    """Two members and a system operator register, trade 45 MW from 10 to 90 EUR/MWh, and pay."""
    found = []

    def add(at, part, by, do, asked=None, **more):
        found.append({"at": f"2027-{at}+01:00", "part": part, "by": by, "do": do, "with": asked or {}, **more})

    companies = (("north", "system_operator", "IT"), ("sun", "member", "IT"), ("town", "member", "SI"))
    for name, role, country in companies:
        asked = {"role": role, "name": f"Company {name}", "country": country, **PERSON}
        add("03-01T08:00", "Members", "", "apply-for-membership", asked, **{"as": name})
    for name, *_ in companies:
        add("03-01T09:00", "Members", "OP", "admit-company", {"company": f"{{{name}}}"})
    market = {"market": "two", "valid_from": "2027-03-01"}
    add("03-01T10:00", "Market", "OP", "set-market", market | {"definition": {"json": "definition.json"}})
    for name in ("sun", "town"):
        products = [["North", "electricity"], ["South", "electricity"]]
        add("03-01T10:00", "Market", "OP", "set-rights",
            {"company": f"{{{name}}}", "market": "two", "products": products})  # fmt: skip
    fees = {"fees": [{"name": "trading", "per_mwh": "0.04"}]}
    add("03-01T10:30", "Market", "OP", "set-settlement-terms", market | {"terms": fees})
    add("03-01T10:40", "Market", "OP", "open-bank-account",
        {"market": "two", "bank": "eur", "currency": "EUR", "number": "XX00 1"})  # fmt: skip
    session = {"market": "two", "delivery_day": DAY, "kind": "live", "name": "da", "layer": "day_ahead"}
    add("03-09T08:00", "Auction", "OP", "schedule-session", session, **{"as": "session"})
    for name in ("sun", "town"):
        add("03-09T09:00", "Auction", name, "send-orders", {"session": "{session}"}, orders="orders")
    add("03-09T12:00:05", "Auction", "", "wait")
    add("03-09T16:00", "Result", "OP", "finalise-session", {"session": "{session}"})
    add("03-20T16:00", "Money", "OP", "pay-all", {"market": "two"})
    return found


def written(folder, steps, **changes):
    """Write a rehearsal folder."""
    said = {"format": "walras-rehearsal", "version": 1, "name": "Two", "market": "two", "delivery_day": DAY}
    (folder / "script.json").write_text(json.dumps(said | {"steps": steps} | changes))
    (folder / "definition.json").write_text(json.dumps(DEFINITION))
    (folder / "orders").mkdir(exist_ok=True)
    (folder / "orders/curve_orders.csv").write_text(
        "order,member,zone,carrier,side\nsell:1,sun,North,electricity,supply\nbuy,town,South,electricity,demand\n"
    )
    hours = [(datetime(2027, 3, 9, 23) + timedelta(hours=h)).strftime("%Y-%m-%dT%H:%M:%SZ") for h in range(24)]
    rows = [f"{order},{at},1,{price},{price},{mw}" for order, price, mw in (("sell:1", 10, 60), ("buy", 90, 45))
            for at in hours]  # fmt: skip
    head = "order,mtu_start,step,price_start_eur_per_mwh,price_end_eur_per_mwh,quantity_mw"
    (folder / "orders/curve_steps.csv").write_text("\n".join([head, *rows]) + "\n")
    return folder


def played(folder, out):
    script = read_script(folder)
    with staged(out / "service", script.steps[0].at) as stage:
        done = play(script, stage)
        flaws = write_papers(stage, script.market, out)
        return stage, done, flaws


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    out = tmp_path_factory.mktemp("played")
    return out, *played(written(tmp_path_factory.mktemp("script"), steps()), out)


def test_a_day_is_played_from_registration_to_the_last_payment(day):
    out, stage, done, flaws = day
    assert flaws == []
    assert "no flaws" in (out / "checks.txt").read_text()
    assert stage.codes["sun"].startswith("M-")
    assert [row["amount_minor"] for row in table(out / "balances.csv") if row["account"].startswith("member/")] == [
        "0"
    ] * 2
    assert done[-1].answer == {"received": 1, "sent": 2, "left": {}}, "the buyer pays, the seller and the fee are paid"


def test_what_was_traded_is_what_the_ledger_moved(day):
    """45 MW for 24 hours at 10 EUR/MWh is 10,800 EUR; the fee of 4 cents a MWh is paid on both sides, 86.40 EUR."""
    out, stage, *_ = day
    moved = [r for r in table(out / "ledger.csv") if r["account"] == f"member/{stage.codes['sun']}"]
    traded = sum(int(r["amount_minor"]) for r in moved if int(r["amount_minor"]) > 0)
    paid = sum(int(r["amount_minor"]) for r in moved if int(r["amount_minor"]) < 0)
    assert traded == 1_080_000
    assert paid == -1_080_000
    fee = [int(r["amount_minor"]) for r in table(out / "ledger.csv") if r["account"] == "fee/trading"]
    assert sum(f for f in fee if f > 0) == 8_640


def test_its_papers_can_be_rechecked(day):
    out, *_ = day
    (place,) = (out / "results").iterdir()
    prices = {row["price_eur_per_mwh"] for row in table(place / "published/prices.csv")}
    assert {float(p) for p in prices} == {10.0}
    assert "final" in (out / "public" / f"{place.name}.html").read_text()
    assert len(list((out / "statements").iterdir())) == 2
    assert (place / "market/market.toml").is_file()


def test_the_same_script_leads_to_the_same_balances(day, tmp_path):
    out, *_ = day
    (tmp_path / "script").mkdir()
    played(written(tmp_path / "script", steps()), tmp_path / "again")
    first, second = (
        [(r["text"], r["account"], r["amount_minor"]) for r in table(place / "ledger.csv")]
        for place in (out, tmp_path / "again")
    )
    assert first == second


def refused(folder, out, *rules):
    with pytest.raises(BadInput) as error:
        played(folder, out)
    assert {m.rule for m in error.value.mistakes} == set(rules), error.value.mistakes
    assert all(m.what and m.where and m.fix for m in error.value.mistakes)
    return error.value.mistakes


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"do": "sell-everything"}, "command_known"),
        ({"do": "admit-company", "with": {"firm": "M-0001"}}, "command_fields"),
        ({"do": "set-tax-facts", "by": "OP", "with": {"company": "M-9999", "is_dealer": True}}, "company_known"),
        ({"do": "admit-company", "by": "", "with": {"company": "M-0001"}}, "role_may"),
        ({"do": "send-orders", "by": "OP", "orders": "orders", "with": {"session": "S-0001"}}, "script_orders"),
        ({"do": "wait", "as": "nothing"}, "script_code"),
        ({"do": "set-market", "with": {"file": "../../etc/passwd"}}, "script_file"),
        ({"do": "set-market", "with": {"json": "missing.json"}}, "script_file"),
        ({"do": "set-market", "with": {"json": "circle.json"}}, "script_file"),
        ({"do": "set-market", "with": {"file": 5}}, "script_file"),
        ({"do": "set-market", "with": {"rows": "a\0b"}}, "script_file"),
        ({"do": "set-market", "with": {"file": "link"}}, "script_file"),
        ({"do": "send-orders", "by": "OP", "orders": "linked", "with": {"session": "S-0001"}}, "script_file"),
        ({"do": "withdraw-orders", "by": "ghost", "with": {"session": "S-0001", "is_all": True}}, "script_by"),
        ({"do": "send-orders", "by": "OP", "orders": "orders", "with": {}}, "command_fields"),
        ({"do": "pay-all", "with": {}}, "command_fields"),
        (
            {"do": "meter", "with": {"market": "two", "delivery_day": DAY, "line": "N-S", "beside_plan": [{}]}},
            "command_fields",
        ),
    ],
)
def test_a_step_that_the_door_refuses_is_named_with_its_rule(tmp_path, change, rule):
    step = {"at": "2027-03-01T08:00+01:00", "part": "Wrong", "by": "OP", "do": "wait"} | change
    folder = tmp_path / "script"
    (folder / "linked").mkdir(parents=True)
    (tmp_path / "outside.csv").write_text("order,member\nx,OP\n")
    for link in ("link", "linked/curve_orders.csv"):
        (folder / link).symlink_to(tmp_path / "outside.csv")
    (folder / "circle.json").write_text('{"json": "circle.json"}')
    (mistake, *_) = refused(written(folder, [step]), tmp_path / "out", rule)
    assert mistake.where.startswith(("step 1", "script.json"))


def test_every_mistake_of_a_script_is_listed(tmp_path):
    wrong = [{"at": "yesterday", "part": "A", "do": "wait"}, {"at": "2027-03-01T08:00", "who": "me", "do": 3}]
    with pytest.raises(BadInput) as error:
        read_script(written(tmp_path, wrong, delivery_day="soon"))
    assert sorted(m.rule for m in error.value.mistakes) == [
        "script_field_known", "script_field_present", "script_field_type", "script_time", "script_time", "script_time",
    ]  # fmt: skip


@pytest.mark.parametrize("at", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "2027-03-01T08:00"])
def test_times_are_of_these_years_and_have_a_zone(tmp_path, at):
    with pytest.raises(BadInput, match="script_time"):
        read_script(written(tmp_path, [{"at": at, "part": "A", "do": "wait"}]))


def test_a_script_without_steps_is_none(tmp_path):
    with pytest.raises(BadInput, match="script_field_present"):
        read_script(written(tmp_path, []))


def test_steps_come_in_the_order_of_their_times(tmp_path):
    late = [{"at": f"2027-03-01T{h}:00+01:00", "part": "A", "do": "wait"} for h in ("09", "08")]
    with pytest.raises(BadInput, match="script_order"):
        read_script(written(tmp_path, late))


def test_another_format_and_a_newer_version_are_refused(tmp_path):
    with pytest.raises(BadInput, match="script_format"):
        read_script(written(tmp_path, [], format="play"))
    with pytest.raises(NewerFormat):
        read_script(written(tmp_path, [], version=2))
    with pytest.raises(BadInput, match="script_file"):
        read_script(tmp_path / "nowhere")


def test_names_stand_for_codes_everywhere(tmp_path):
    (tmp_path / "a.csv").write_text("company,day\n{sun},1\n")
    asked = {"{sun}": ["{sun} and {town}", {"rows": "a.csv"}], "most": 1}
    assert filled(asked, tmp_path, {"sun": "M-1", "town": "M-2"}) == {
        "M-1": ["M-1 and M-2", [{"company": "M-1", "day": "1"}]], "most": 1,
    }  # fmt: skip


def test_a_member_without_orders_has_none(tmp_path):
    written(tmp_path, [])
    assert orders_of(tmp_path / "orders", "sun") is not None
    assert orders_of(tmp_path / "orders", "nobody") is None
