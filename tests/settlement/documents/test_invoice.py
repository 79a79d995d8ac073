"""From lines to documents: by side, by tax, numbered, corrected."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.settlement.documents.papers import DEALER, MILL, RATE, billing, line, statement

from walras.errors import BadInput
from walras.results.minor_units import half_away
from walras.settlement.documents.bookings import document_entries
from walras.settlement.documents.document import body_of, document_of
from walras.settlement.documents.invoice import Billed, documents_of, numbered
from walras.settlement.documents.lines import Fixing
from walras.settlement.documents.numbering import broken_series, number_of


def rules_of(call):
    with pytest.raises(BadInput) as e:
        call()
    return {m.rule for m in e.value.mistakes}


def issue(*statements, billed=None, last=None, **other):
    return numbered(documents_of(statements, billing(**other), billed), last or {})


def test_purchases_and_charges_are_an_invoice_and_sales_a_self_billing_document():
    lines = [
        line("member/M-0002", -10000, energy=2.0, price=50.0),
        line("member/M-0002", -5001, energy=1.0, price=50.01, at=1),
        line("member/M-0002", 3000, side="supply", energy=0.5, price=60.0, at=2),
        line("member/M-0002", -100, kind="fee", side=None),
    ]
    invoice, sold = issue(statement(*lines))
    # 150.01 + 1.00 = 151.01; 23 % = 34.7323; the sale 30.00 + 6.90
    assert (invoice.kind, invoice.net_minor, invoice.vat_minor, invoice.receives_minor) == (
        "invoice",
        15101,
        3473,
        -18574,
    )
    assert (sold.kind, sold.total_minor, sold.receives_minor) == ("self_billing", 3690, 3690)
    assert (invoice.number, sold.number) == ("XA-INV-2026-000001", "XA-SB-2026-000001")
    assert [(i.text, i.energy) for i in invoice.items] == [("Energy, bought", "3.000"), ("Market fee", "")]
    assert (invoice.due, invoice.supplier.code, sold.supplier.code) == (date(2026, 4, 15), "OP", "M-0002")


def test_vat_is_rounded_once_for_a_document_and_rate():
    # Energy and fee of 0.02 each at 23 % by two rules: 0.04 x 23 % = 0.0092, so 0.01; each alone 0.0046, so nothing.
    lines = [line("member/M-0002", -2), line("member/M-0002", -2, kind="fee", side=None)]
    [invoice] = issue(statement(*lines))
    assert (invoice.vat_minor, len(invoice.vat)) == (half_away(4 * RATE), 1)
    assert half_away(4 * RATE) != 2 * half_away(2 * RATE)


def test_lines_without_a_side_follow_their_kind_then_their_sign():
    lines = [
        line("member/M-0002", 700, kind="compensation", side=None),
        line("member/M-0002", 50, kind="fee", side=None),
        line("member/M-0002", -300, kind="fee", side=None),
    ]
    invoice, sold = issue(statement(*lines))
    assert (invoice.net_minor, sold.net_minor) == (250, 700)


def test_a_rerun_that_lowers_a_bill_is_a_credit_note_that_names_it():
    [first] = issue(statement(line("member/M-0002", -10000)))
    known = Billed(frozenset({"DA-2026-03-02"}), {("DA-2026-03-02", "member/M-0002", "EUR", -1): first.number})
    rerun = statement(line("member/M-0002", 4000, energy=-0.5, price=80.0), name="rerun 4 months", sequence=1)
    [note] = issue(rerun, billed=known, last={"credit_note": 7})
    assert (note.kind, note.number, note.corrects) == ("credit_note", "XA-CN-2026-000008", first.number)
    assert (note.net_minor, note.vat_minor, note.receives_minor) == (4000, 920, 4920)
    assert note.items[0].energy == "0.500"
    assert note.supplier.code == "OP"  # the market operator supplied what is credited
    raised = statement(line("member/M-0002", -4000), name="rerun 4 months", sequence=1)
    [more] = issue(raised, billed=known)
    assert (more.kind, more.corrects, more.receives_minor) == ("invoice", first.number, -4920)


def test_a_rerun_of_sales_credits_the_self_billing_document():
    known = Billed(frozenset({"DA-2026-03-02"}), {("DA-2026-03-02", "member/M-0001", "EUR", 1): "XA-SB-2026-000001"})
    [note] = issue(statement(line("member/M-0001", -4000, side="supply"), sequence=1), billed=known)
    assert (note.kind, note.corrects, note.receives_minor, note.supplier.code) == (
        "credit_note",
        "XA-SB-2026-000001",
        -4000,
        "M-0001",
    )


def test_a_rerun_in_the_same_period_is_part_of_the_sum():
    [invoice] = issue(
        statement(line("member/M-0002", -10000)),
        statement(line("member/M-0002", 4000), name="rerun 4 months", sequence=1),
    )
    assert (invoice.net_minor, invoice.corrects, len(invoice.runs)) == (6000, "", 2)


def paid_in(quote, *lines, traded=0, paid=0, rates=(), **facts):
    more = [line("member/M-0002", m, "conversion", None, currency=c) for m, c in ((traded, "EUR"), (paid, quote)) if m]
    return statement(*lines, *more, fixings=rates, **facts)


def test_documents_are_in_the_currency_of_payment_and_agree_with_its_conversion():
    # -100.01 + 30.00 - 0.05 = -70.06 EUR, at 18.2345 ZAR: -1277.509..., so ZAR -1277.51 for the run.
    # Rows one by one: -1823.632345 -> -1823.63; 547.035 -> 547.04 (half away); -0.911725 -> -0.91; sum -1277.50:
    # the cent that is missing goes to the largest row, -1823.64.
    lines = [
        line("member/M-0002", -10001),
        line("member/M-0002", 3000, side="supply"),
        line("member/M-0002", -5, kind="fee", side=None),
    ]
    rates = (Fixing("EUR", "ZAR", Fraction("18.2345"), "a bank", datetime(2026, 3, 1, 6, 30, tzinfo=UTC)),)
    invoice, sold = issue(paid_in("ZAR", *lines, traded=7006, paid=-127751, rates=rates))
    assert {i.text: i.net_minor for i in invoice.items} == {"Energy, bought": 182364, "Market fee": 91}
    assert (invoice.currency, sold.currency, sold.net_minor) == ("ZAR", "ZAR", 54704)
    assert sold.net_minor - invoice.net_minor == -127751


def test_another_fixing_in_a_rerun_is_a_row_of_its_own():
    known = Billed(
        frozenset({"DA-2026-03-02"}),
        {("DA-2026-03-02", "member/M-0002", "ZAR", -1): "XA-INV-2026-000001"},
        {"XA-INV-2026-000001": 7},
    )
    [more] = issue(paid_in("ZAR", paid=-500, name="rerun 4 months", sequence=1), billed=known)
    assert (more.kind, more.corrects, [i.text for i in more.items]) == (
        "invoice",
        "XA-INV-2026-000001",
        ["Currency conversion"],
    )
    [less] = issue(paid_in("ZAR", paid=500, name="rerun 4 months", sequence=1), billed=known)
    assert (less.kind, less.corrects, less.net_minor) == ("credit_note", "XA-INV-2026-000001", 500)


def test_a_correction_of_what_was_never_billed_is_refused():
    assert rules_of(lambda: issue(statement(line("member/M-0002", 1), sequence=1))) == {"correction_known"}


def test_everything_wrong_with_lines_is_listed():
    bad = statement(
        line("member/M-0404", -1),
        line("member/M-0002", -1, currency="XAU"),
        line("member/M-0002", -1, kind="gift"),
        line("member/M-0001", None),
    )
    assert rules_of(lambda: issue(bad)) == {
        "party_known",
        "minor_unit",
        "statement_kind",
        "statement_complete",
    }
    assert rules_of(lambda: issue(statement(line("member/M-0001", -1, side="both")))) == {"statement_side"}
    short = statement(line("member/M-0001", -1))
    assert rules_of(lambda: issue(type(short)(short.run, short.lines.drop("zone")))) == {"statement_columns"}


def test_every_supply_without_a_rule_is_listed_at_once():
    parties = {f"member/{p.code}": type(p)(p.code, p.name, "NO") for p in (DEALER, MILL)}
    with pytest.raises(BadInput) as e:
        issue(statement(line("member/M-0001", -1), line("member/M-0002", -1)), parties=parties)
    assert [m.rule for m in e.value.mistakes] == ["vat_table_gap"] * 2


def test_no_lines_no_documents():
    assert issue() == issue(statement()) == issue(statement(line("member/M-0002", 0))) == []


def test_a_document_survives_its_body():
    for d in issue(statement(line("member/M-0001", -100, energy=1 / 3), line("member/M-0002", 5, side="supply"))):
        assert document_of(body_of(d)) == d


def test_tax_is_booked_between_the_member_and_the_state():
    invoice, sold = issue(statement(line("member/M-0002", -10000), line("member/M-0002", 3000, side="supply")))
    booked = [
        [(p.account, p.amount_minor) for p in entry.postings]
        for d in (invoice, sold)
        for entry in document_entries(body_of(d))
    ]
    assert booked == [[("member/M-0002", -2300), ("tax/SK", 2300)], [("member/M-0002", 690), ("tax/SK", -690)]]
    [abroad] = issue(statement(line("member/M-0001", -10000)))
    assert list(document_entries(body_of(abroad))) == []


def test_a_series_with_a_gap_or_a_double_is_found():
    counts = [1, 2, 4, 4]
    found = list(broken_series(number_of(f"XA-INV-2026-{c:06d}") for c in counts))
    assert [m.what for m in found] == ["numbers 3 are missing", "a number is used twice"]
    assert rules_of(lambda: number_of("XA-2026-1")) == {"document_number"}


amounts = st.integers(-(10**9), 10**9)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["member/M-0001", "member/M-0002"]), st.sampled_from(["demand", "supply", None]), amounts
        )
    )
)
def test_documents_sum_to_their_lines_and_to_the_ledger(rows):
    lines = [line(p, a, kind="energy" if side else "fee", side=side) for p, side, a in rows]
    found = issue(statement(*lines))
    for party in ("member/M-0001", "member/M-0002"):
        mine = [d for d in found if d.account == party]
        assert sum(d.direction * d.net_minor for d in mine) == sum(a for p, _, a in rows if p == party)
    for d in found:
        booked = [p for e in document_entries(body_of(d)) for p in e.postings]
        assert sum(p.amount_minor for p in booked) == 0
        assert sum(p.amount_minor for p in booked if p.account == d.account) == d.direction * d.vat_minor
        assert abs(d.vat_minor - Fraction(d.net_minor) * RATE * (d.party.country == "SK")) <= Fraction(1, 2)


figures = st.tuples(st.sampled_from(["demand", "supply", None]), st.integers(-(10**7), 10**7))


@given(st.lists(figures, max_size=5), st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6), st.booleans())
def test_documents_sum_to_the_ledger_in_every_currency_of_payment(rows, traded, paid, is_whole):
    lines = [line("member/M-0002", a, kind="energy" if side else "fee", side=side) for side, a in rows]
    if is_whole:  # what is converted is the sum of these lines, as in a first run
        traded = -sum(a for _, a in rows)
    rates = (Fixing("EUR", "ZAR", Fraction("18.2345"), "a bank", datetime(2026, 3, 1, tzinfo=UTC)),)
    found = issue(paid_in("ZAR", *lines, traded=traded, paid=paid, rates=rates))
    sums = {"EUR": sum(a for _, a in rows) + traded, "ZAR": paid}
    for currency, owed in sums.items():
        assert sum(d.direction * d.net_minor for d in found if d.currency == currency) == owed
