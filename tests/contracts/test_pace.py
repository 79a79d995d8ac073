"""How contract years run beside an even pace, and how a bank moved: figures of the contract of `test_take_or_pay`."""

from fractions import Fraction

from tests.contracts.test_take_or_pay import lots, story

from walras.contracts.pace import bank_course, pace


def test_a_year_runs_beside_an_even_pace_and_stops_where_nothing_is_known():
    """36,500 and 29,200 a year are 100 and 80 a day; 70 a day were taken in 2027, nothing is known of 2028."""
    told = story({}).takes(2027, 70)
    contract = told.journal.agreement.contracts[0]
    course = told.journal.standing.course(contract)
    known, unknown = (pace(told.journal.agreement, contract, course, year) for year in (2027, 2028))
    assert [(d.taken, d.annual, d.owed) for d in known[:2]] == [(70, 100, 80), (140, 200, 160)]
    assert (known[-1].taken, known[-1].annual, known[-1].owed) == (25550, 36500, 29200)
    assert {d.taken for d in unknown} == {None}
    assert unknown[-1].annual == 36500
    assert pace(told.journal.agreement, contract, course, 2040) == []


def test_a_bank_moves_with_statements_and_draws_and_ends_where_it_stands():
    """3,650 short in 2027; with 110 a day in 2028 a draw in December takes 1,000 of it from the bank."""
    told = story({}).takes(2027, 70)
    for month in told.months(2028):
        told.delivers(month, 110)
    told.says("make-up draw", month="2028-12", quantity=1000)
    moves = bank_course(told.journal.agreement, told.journal.events, told.journal.agreement.contracts[0].subject)
    assert [(m.event.kind, m.make_up) for m in moves] == [("annual statement", 3650), ("make-up draw", 2650)]
    assert moves[-1].make_up == Fraction(sum(left for _, _, left in lots(told)))
    assert bank_course(told.journal.agreement, told.journal.events, "another subject") == []
