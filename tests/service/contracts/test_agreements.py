"""Supply agreements: who may propose, confirm and refuse; names; what an amendment may change."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.service.border.stage import BUYER, EARLY, NORTH, SELLER, THIRD, refused
from tests.service.contracts.stage import APRIL, GAS, nomination

from walras.errors import Problem
from walras.service import commands as c
from walras.service import queries as q

ADDED = """
[[contract]]
contract = "gas-2029"
subject = "gas"
commodity = "gas"
seller = "M-0001"
buyer = "M-0002"
begin = 2029-04-01
end = 2030-04-01
unit = "1000m3"
currency = "USD"

[contract.quantity]
daily = 50

[[contract.prices]]
component = "gas"
final = "150 USD/1000m3 -> USD/1000m3"
"""
OTHER = GAS.replace("Gas and oil for the south", "Another").replace("gas-2027", "g-1").replace("oil-2027", "o-1")


def confirm(supply, who, version=1, agreement="SA-0001"):
    return supply.do(who, c.ConfirmSupplyAgreement(agreement=agreement, version=version))


def shown(supply, who="OP", agreement="SA-0001"):
    return supply.client(who).ask(q.GetSupplyAgreement(agreement=agreement))


def test_a_proposal_holds_once_every_other_party_has_confirmed(supply):
    made = supply.propose()
    assert made["state"] == "proposed"
    assert [a["waits_for"] for a in supply.client(BUYER).pages(q.ListSupplyAgreements(market="two"))] == [[BUYER]]
    with refused("supply_agreement_state"):
        supply.standing()
    with refused("supply_other_party"):
        confirm(supply, SELLER)
    with refused("supply_agreement_known"):
        confirm(supply, THIRD)
    with refused("supply_agreement_state"):
        supply.record(BUYER, nomination())
    with refused("supply_agreement_pending"):
        confirm(supply, BUYER, 2)
    assert confirm(supply, BUYER)["state"] == "agreed"
    assert shown(supply)["waits_for"] == []
    with refused("supply_agreement_pending"):
        confirm(supply, BUYER)
    assert [n["agreement"] for n in supply.notices(NORTH, "supply agreement confirmed")] == ["SA-0001"]
    assert supply.flaws() == []


def test_every_mistake_of_a_text_is_listed_and_nothing_is_stored(small_supply):
    bad = GAS.replace("daily = 100", "daily = -1").replace('currency = "USD"', 'currency = "dollars"')
    with refused("currency_code") as problem:
        small_supply.propose(bad)
    assert len(problem.value.mistakes) >= 2
    with refused("agreement_file"):
        small_supply.propose("this is = no = agreement")
    assert small_supply.client("OP").ask(q.ListSupplyAgreements(market="two"))["items"] == []


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('operator = "S-0001"', 'operator = "S-0009"', "supply_operator_known"),
        ('operator = "S-0001"', 'operator = "member/M-0003"', "supply_operator_known"),
        ('buyer = "M-0002"', 'buyer = "M-0099"', "supply_party_admitted"),
        ('buyer = "M-0002"', 'buyer = "neighbour/M-0002"', "supply_party_admitted"),
        ('buyer = "M-0002"', 'buyer = "S-0001"', "supply_party_admitted"),
        ('{ "M-0002" = "EUR" }', '{ "M-0003" = "EUR" }', "payment_party"),
        ('"gas-2027"', '"gas 2027"', "supply_contract_code"),
        ('"Gas and oil for the south"', '"Gas\\nand oil"', "supply_name"),
    ],
)
def test_parties_are_admitted_and_names_are_codes(small_supply, old, new, rule):
    text = GAS.replace(old, new)
    if old.startswith("buyer"):  # nobody else pays
        text = text.replace('payment = { "M-0002" = "EUR" }\n', "")
    with refused(rule):
        small_supply.propose(text)


def test_only_a_party_proposes(small_supply):
    with refused("supply_party"):
        small_supply.propose(who=THIRD)
    with refused("role_may"):
        small_supply.propose(who="OP")
    with refused("market_known"):
        small_supply.do(SELLER, c.ProposeSupplyAgreement(market="none", text=GAS))


def test_names_of_agreements_and_contracts_are_taken_once(small_supply):
    small_supply.agree()
    with refused("supply_name_once"):
        small_supply.propose(GAS.replace(SELLER, THIRD), THIRD)
    with refused("supply_contract_once"):
        small_supply.propose(GAS.replace("Gas and oil for the south", "Another"))


def test_of_two_agreements_with_a_contract_of_one_name_the_first_to_be_confirmed_holds(small_supply):
    small_supply.propose()
    small_supply.propose(GAS.replace("Gas and oil for the south", "Another"))
    confirm(small_supply, BUYER, agreement="SA-0002")
    with refused("supply_contract_once"):
        confirm(small_supply, BUYER)
    assert small_supply.flaws() == []


def test_a_refused_proposal_ends_and_another_one_may_follow(small_supply):
    small_supply.propose()
    with refused("supply_agreement_pending"):
        small_supply.propose(who=BUYER)
    with refused("supply_agreement_known"):
        small_supply.do(THIRD, c.RefuseSupplyAgreement(agreement="SA-0001", version=1, reason="no"))
    small_supply.do(BUYER, c.RefuseSupplyAgreement(agreement="SA-0001", version=1, reason="too dear"))
    assert small_supply.propose(who=BUYER)["version"] == 2
    confirm(small_supply, SELLER, 2)
    states = [(v["state"], v["reason"]) for v in shown(small_supply)["versions"]]
    assert states == [("refused", "too dear"), ("agreed", "")]
    assert small_supply.flaws() == []


def test_a_proposal_lapses_after_thirty_days(small_supply):
    small_supply.propose()
    with refused("confirmation_time"):
        small_supply.do("OP", c.LapseSupplyAgreement(agreement="SA-0001"))
    small_supply.at(EARLY + timedelta(days=31))
    with refused("confirmation_due"):
        confirm(small_supply, BUYER)
    small_supply.tick()
    assert shown(small_supply)["versions"][0]["state"] == "lapsed"
    assert small_supply.flaws() == []


def test_an_amendment_adds_a_contract_and_needs_every_party(small_supply):
    small_supply.nominated()
    made = small_supply.propose(GAS + ADDED, BUYER)
    assert (made["agreement"], made["version"]) == ("SA-0001", 2)
    assert len(small_supply.standing()["contracts"]) == 2
    confirm(small_supply, SELLER, 2)
    assert [x["contract"] for x in small_supply.standing()["contracts"]] == ["gas-2027", "oil-2027", "gas-2029"]
    assert small_supply.flaws() == []


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('"180 USD', '"181 USD', "supply_terms_changed"),
        ("daily_maximum = 130", "daily_maximum = 140", "supply_terms_changed"),
        ('day_starts = "06:00"', 'day_starts = "07:00"', "supply_terms_changed"),
        ("monthly;'", "daily;'", "supply_terms_changed"),
        ("end = 2029-04-01", "end = 2030-04-01", "supply_end_earlier"),
    ],
)
def test_terms_of_a_contract_with_records_stay(small_supply, old, new, rule):
    small_supply.nominated()
    text = GAS.replace(old, new)
    if old.startswith("buyer"):  # nobody else pays
        text = text.replace('payment = { "M-0002" = "EUR" }\n', "")
    with refused(rule):
        small_supply.propose(text)


def test_a_contract_with_records_is_not_left_out(small_supply):
    small_supply.nominated()
    head, _, oil = GAS.partition('[[contract]]\ncontract = "oil')
    kept = head[: head.index("[[contract]]")] + '[[contract]]\ncontract = "oil' + oil
    with refused("supply_terms_changed"):
        small_supply.propose(kept)


def test_a_contract_without_records_may_change(small_supply):
    small_supply.nominated()
    small_supply.agree(GAS.replace("600 USD", "610 USD"))
    assert small_supply.standing()["version"] == 2


def test_a_contract_ends_earlier_only_where_nothing_is_recorded_later_and_on_a_day_to_come(small_supply):
    small_supply.agree()
    may = date(2027, 5, 1)
    small_supply.record(BUYER, nomination(APRIL[0], "10", "oil-2027"), nomination(may, "10", "oil-2027"))
    oil = "end = 2027-07-01"
    with refused("contract_valid"):
        small_supply.propose(GAS.replace(oil, "end = 2027-05-01"))
    small_supply.agree(GAS.replace(oil, "end = 2027-06-01"))
    small_supply.at(datetime(2027, 5, 20, 9, tzinfo=UTC))
    with refused("supply_end_to_come"):
        small_supply.propose(GAS.replace(oil, "end = 2027-05-20"))
    assert small_supply.flaws() == []


def test_whom_an_amendment_names_first_sees_it_alone_until_it_holds(small_supply):
    small_supply.nominated()
    text = GAS + ADDED.replace("M-0002", THIRD).replace('subject = "gas"', 'subject = "more gas"')
    small_supply.propose(text, SELLER)
    seen = shown(small_supply, THIRD)
    assert [v["version"] for v in seen["versions"]] == [2]
    with refused("supply_agreement_known"):
        small_supply.records(THIRD)
    assert confirm(small_supply, BUYER, 2)["missing"] == [THIRD]
    assert confirm(small_supply, THIRD, 2)["state"] == "agreed"
    assert len(small_supply.records(THIRD)) == 30


def test_of_two_proposals_at_once_one_waits(supply):
    def propose(who):
        try:
            return supply.propose(who=who)["version"]
        except Problem as problem:
            return [m.rule for m in problem.mistakes]

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(propose, (SELLER, BUYER)))
    assert sorted(map(str, found)) == ["1", "['supply_agreement_pending']"]
    assert re.fullmatch(r"SA-\d{4}", shown(supply)["agreement"])


def test_two_agreements_of_the_same_parties_stand_side_by_side(small_supply):
    small_supply.agree()
    assert small_supply.agree(OTHER) == "SA-0002"


def test_who_left_an_agreement_sees_what_it_agreed_to_and_nothing_after(small_supply):
    head, _, oil = GAS.partition('contract = "oil-2027"')
    small_supply.propose(head + 'contract = "oil-2027"' + oil.replace(f'buyer = "{BUYER}"', f'buyer = "{THIRD}"'))
    for who in (BUYER, THIRD):
        confirm(small_supply, who)
    assert small_supply.standing(THIRD)["version"] == 1
    small_supply.propose(GAS)
    for who in (BUYER, THIRD):
        confirm(small_supply, who, 2)
    small_supply.record(BUYER, nomination())
    assert [v["version"] for v in shown(small_supply, THIRD)["versions"]] == [1, 2]
    small_supply.agree(GAS + ADDED)
    assert [v["version"] for v in shown(small_supply, THIRD)["versions"]] == [1, 2]
    for asked in (small_supply.records, small_supply.standing):
        with refused("supply_agreement_known"):
            asked(THIRD)
    assert len(small_supply.records(SELLER)) == 1
    assert small_supply.flaws() == []
