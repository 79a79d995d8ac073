"""Of random contracts: nothing is drawn that was not paid for, money is kept, records cannot be changed unseen."""

import json
import os
from copy import deepcopy
from datetime import date
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.builders import Story, agreement, price, quantity, terms
from tests.contracts.ledgers import posted, sums
from tests.contracts.random_lives import Played, random_acts, random_terms

from walras.contracts import Journal, event_lines, events_of
from walras.contracts.documents import Month, credit_note
from walras.contracts.events import GENESIS, Draft, minute_of, sealed
from walras.errors import BadInput
from walras.results.minor_units import decimals_of, half_away
from walras.settlement.books import entries_of
from walras.settlement.supply import KIND, body_of, books

EXAMPLES = int(os.environ.get("WALRAS_DRILL_AUCTIONS", "25"))
BRIEF = settings(max_examples=EXAMPLES, deadline=None)


def sums_to_the_bank(told):
    """Nothing is drawn that was not paid for, and no lot is below zero."""
    bank = told.bank
    drawn = sum((d.quantity for d in told.journal.standing.draws(told.contract().subject)), Fraction(0))
    assert drawn <= sum((lot.quantity for lot in bank.lots), Fraction(0))
    assert all(0 <= lot.left <= lot.quantity for lot in bank.lots)
    assert all(0 <= c.left <= c.quantity for c in bank.carried)


@pytest.mark.parametrize("seed", range(100, 100 + max(3, EXAMPLES // 25)))
def test_drawn_never_exceeds_what_was_paid_for_and_journals_come_back_from_their_text(seed):
    dice = Random(seed)
    said, starts = random_terms(dice, 3)
    # two contracts of one subject: the first year under one, the others under the next
    middle = said["begin"].replace(year=2028)
    told = Story(agreement(said | {"end": middle}, said | {"begin": middle, "contract": "later"}, year_starts=starts))
    first, second = Played(told), Played(told, "later")
    for act in random_acts(dice, said):
        is_first = (act[1] if isinstance(act[1], int) else int(str(act[1])[:4])) < middle.year or (
            not isinstance(act[1], int) and str(act[1])[:7] < f"{middle:%Y-%m}"
        )
        (first if is_first else second).act(act)
        sums_to_the_bank(told)
    again = told.again()
    assert again.events == told.journal.events
    assert repr(again.standing.banks) == repr(told.journal.standing.banks)
    ledger = posted(told.journal)
    assert set(sums(ledger).values()) == {0}
    assert {v for (account, _), v in ledger.balances().items() if account.startswith("contract/")} == {0}


# a few days over two months, so that many lives are lived

HUB = 'index "hub": USD/1000m3 monthly; index("hub") -> USD/1000m3'
ACTS = st.one_of(
    st.tuples(st.just("deliver"), st.integers(0, 3), st.fractions(0, 200, max_denominator=1000)),
    st.tuples(st.just("hub"), st.sampled_from(["2027-01", "2027-02"]), st.decimals(1, 400, places=3)),
    st.tuples(st.just("fx"), st.just("USD/BYN"), st.decimals("0.5", 9, places=4)),
    st.tuples(st.sampled_from(["provisional invoice", "final invoice", "credit note"]),
              st.sampled_from(["2027-01", "2027-02"])),
    st.tuples(st.just("deferral instalment")), st.tuples(st.just("set-off"), st.integers(1, 10**6)),
)  # fmt: skip
DAYS = [date(2027, 1, 30), date(2027, 1, 31), date(2027, 2, 1), date(2027, 2, 2)]
HOP = {"hop": "way", "operator": "S-0001", "loss": "3 %", "tariff": "1.37 USD/1000m3 -> USD/1000m3"}


def brief(**more):
    """Four days, of which what final invoices ask more is put off; one party pays in another currency."""
    said = {"begin": DAYS[0], "end": date(2027, 2, 3), "hops": [HOP], "overrun": "125 %",
            "payment": {"XB-homes": "BYN"},
            "prices": [price(HUB, provisional="120.5 USD/1000m3 -> USD/1000m3")], "quantity": quantity(daily_minimum=0),
            "deferral": {"instalments": 3, "first": "2027-03", "delivered_from": "2027-01", "delivered_to": "2027-02"},
            "set_off": {"asset": "a", "parts": [{"due": date(2027, 1, 1), "amount": 5000}]}}  # fmt: skip
    return Story(agreement(terms(**said | more)), at="2027-03-05T09:00Z")


class Few:
    """A brief story that takes acts; those that do not fit are refused."""

    def __init__(self):
        self.told, self.versions, self.parts = brief(), {}, 0
        self.act(("fx", "USD/BYN", "3.2"))

    def act(self, act):
        told, (verb, *about) = self.told, act
        day = date.fromordinal(date(2027, 3, 1).toordinal() + len(told.journal.events) // 10 % 4)
        try:
            if verb == "deliver":
                told.takes_days([DAYS[about[0]]], about[1])
            elif verb in ("hub", "fx"):
                period = about[0] if verb == "hub" else str(day)
                series, unit = ("hub", "USD/1000m3") if verb == "hub" else ("USD/BYN", "BYN/USD")
                self.versions[series, period] = self.versions.get((series, period), 0) + 1
                told.observes(series, period, about[1], unit, told.now, self.versions[series, period])
            elif verb == "deferral instalment":
                told.issues(verb, f"2027-{3 + self.parts:02}", at=told.now)
                self.parts += 1
            elif verb == "set-off":
                told.says("set-off", month="2027-01", due="2027-01-01", amount=f"{about[0] / 100:.2f}")
            else:
                told.issues(verb, about[0], at=told.now)
        except BadInput as refused:
            assert refused.mistakes  # noqa: PT017 - a story goes on

    def lived(self, acts):
        for act in acts:
            self.act(act)
        return self

    def ended(self):
        """All months final and corrected, all instalments issued."""
        for n in range(4):
            if DAYS[n] not in self.told.course().allocated:
                self.act(("deliver", n, 10))
        for month in ("2027-01", "2027-02"):
            self.act(("hub", month, "150.123"))
            self.act(("final invoice", month))
            self.act(("credit note", month))
        for _ in range(3):
            self.act(("deferral instalment",))
        return self


@BRIEF
@given(st.lists(ACTS, max_size=25))
def test_what_is_booked_in_all_documents_and_instalments_is_what_final_lines_come_to(acts):
    told = Few().lived(acts).ended().told
    course = told.course()
    total = sum(sum(m.booked.values()) for m in course.months.values()) + sum(course.instalments.values())
    lines = {
        e.body["month"]: e.body["lines"] for e in told.journal.events if e.kind in ("final invoice", "credit note")
    }
    assert total == sum(line["amount_minor"] for month in lines.values() for line in month)
    for month in lines:  # the last document is of what is known now
        with pytest.raises(BadInput) as refused:
            credit_note(Month(told.journal.standing, told.contract(), month, minute_of(told.now)))
        assert {m.rule for m in refused.value.mistakes} == {"credit_nothing"}
    assert set(lines) == {"2027-01", "2027-02"}


@BRIEF
@given(st.lists(ACTS, max_size=25))
def test_contracts_end_at_zero_in_every_currency_and_both_reconcile_by_stored_fixings(acts):
    told = Few().lived(acts).ended().told
    fixings = {}
    for event in told.journal.events:
        if event.kind == "observation" and event.body["series"] == "USD/BYN":
            fixings[event.body["period"]] = Fraction(event.body["value"])
        for account, to, minor, other, rate, series in event.body.get("conversions", []):
            assert (account, to, series) == ("member/XB-homes", "BYN", "USD/BYN")
            assert Fraction(rate) == fixings[max(fixings)], "the last version of the last day"
            assert other == half_away(minor * Fraction(rate) * 10 ** (decimals_of("BYN") - decimals_of("USD")))
            assert minor == -sum(m for payer, _, m in event.body["booked"] if payer == account)
        if books(event):
            for entry in entries_of(KIND, body_of(told.journal.standing, event)):
                assert {c: sum(p.amount_minor for p in entry.postings if p.currency == c) for c in ("USD", "BYN")} == {
                    "USD": 0, "BYN": 0}  # fmt: skip
    ledger = posted(told.journal)
    assert not any(v for (account, _), v in ledger.balances().items() if account.startswith("contract/"))
    set_off = sum(told.course().set_off.values())
    assert ledger.balances().get(("member/XB-homes", "USD"), 0) == set_off, "all but set-off was converted"


@BRIEF
@given(st.lists(ACTS, max_size=12), st.randoms(use_true_random=False))
def test_any_figure_that_is_changed_is_found(acts, dice):
    journal = Few().lived(acts).ended().told.journal
    text = event_lines(journal.events).split("\n")[:-1]
    at = dice.randrange(len(text))
    said = json.loads(text[at])
    changed = json.dumps(other(said, dice), ensure_ascii=False)
    with pytest.raises(BadInput):
        events_of("\n".join([*text[:at], changed, *text[at + 1 :], ""]))
    documents = [e for e in journal.events if "booked" in e.body]
    chosen = dice.choice(documents)
    with pytest.raises(BadInput):
        Journal(journal.agreement, resealed(journal.events, chosen.number, other(chosen.body, dice)))


@BRIEF
@given(st.integers(0, 3), st.fractions("1/100", 100, max_denominator=100), st.booleans())
def test_a_delivery_that_is_changed_and_sealed_anew_is_found_in_its_invoice(day, more, is_less):
    journal = Few().ended().told.journal
    event = next(e for e in journal.events if e.kind == "allocation" and e.body["day"] == DAYS[day].isoformat())
    wrong = Fraction(event.body["quantity"]) + (-min(more, 10) if is_less else more)
    with pytest.raises(BadInput) as refused:
        Journal(journal.agreement, resealed(journal.events, event.number, {**event.body, "quantity": str(wrong)}))
    assert "document_recomputes" in {m.rule for m in refused.value.mistakes}


def other(said, dice):
    """A record with one figure or text in it changed."""
    copy = deepcopy(said)
    places = list(leaves(copy))
    *path, last = dice.choice(places)
    inside = copy
    for key in path:
        inside = inside[key]
    value = inside[last]
    inside[last] = value + dice.choice([-1, 1]) if isinstance(value, int) else f"{value}1"
    return copy


def leaves(said, path=()):
    """Every figure and text in nested tables and lists."""
    for key, value in said.items() if isinstance(said, dict) else enumerate(said):
        if isinstance(value, dict | list):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def resealed(events, number, body):
    """Events with one body changed, sealed anew from there on."""
    found, last = [], GENESIS
    for event in events:
        said = body if event.number == number else event.body
        found.append(sealed(Draft(event.kind, event.at, event.contract, said), event.number, last))
        last = found[-1].hash
    return found


HOPS = st.lists(
    st.tuples(st.integers(0, 900), st.integers(0, 10**6), st.integers(0, 5000), st.booleans()), min_size=1, max_size=5
)


@BRIEF
@given(HOPS, st.fractions(0, 1000, max_denominator=997))
def test_the_charge_of_a_path_is_the_sum_of_its_hops(drawn, delivered):
    said = [{"hop": f"hop {n}", "operator": f"S-{n % 2}", "loss": f"{loss / 10} %", "distance": f"{km} km",
             "tariff": f"param distance: km; {tariff / 1000:.3f} USD/1000m3 * (distance / 100 km) -> USD/1000m3"
             if by_km else f"{tariff / 1000:.3f} USD/1000m3 -> USD/1000m3"}
            for n, (loss, tariff, km, by_km) in enumerate(drawn)]  # fmt: skip
    told = Story(agreement(terms(begin=DAYS[0], end=DAYS[1], hops=said))).takes_days(DAYS[:1], delivered)
    lines = told.issues("final invoice", "2027-01").body["lines"][1:]
    charge, enters = Fraction(0), []
    for n, (_, tariff, km, by_km) in enumerate(drawn):
        amount = delivered
        for loss, *_ in drawn[n:]:
            amount /= Fraction(1000 - loss, 1000)
        enters.append(amount)
        charge += amount * Fraction(tariff, 1000) * (Fraction(km, 100) if by_km else 1)
    assert [Fraction(line["quantity"]) for line in lines] == enters
    assert sum(Fraction(line["quantity"]) * Fraction(line["price"]) for line in lines) == charge
    assert abs(sum(line["amount_minor"] for line in lines) - charge * 100) <= Fraction(len(lines), 2)


@BRIEF
@given(st.lists(st.fractions(0, 200, max_denominator=100), min_size=4, max_size=4),
       st.permutations(range(7)))  # fmt: skip
def test_the_order_of_facts_that_do_not_depend_on_each_other_does_not_matter(quantities, order):
    def final(places):
        few = Few()
        facts = [("deliver", n, q) for n, q in enumerate(quantities)]
        facts += [("hub", "2027-01", "151.7"), ("hub", "2027-02", "90.1"), ("provisional invoice", "2027-01")]
        few.lived([facts[n] for n in places])
        few.lived([("final invoice", "2027-01"), ("final invoice", "2027-02")])
        months = few.told.course().months
        assert sorted(months) == ["2027-01", "2027-02"]
        return [sum(months[m].booked.values()) + months[m].deferred for m in sorted(months)]

    assert final(order) == final(range(7))
