"""A derivation: each part with its figure, each observation with its version, in eighty columns."""

from datetime import date

from tests.formulas.observed import months, observed, row, rows

from walras.formulas import Context, parse

TEXT = """
index "gasoil": USD/t monthly; fx "USD" "EUR": workdays; param heat: MWh/t;
let oil = mean(index("gasoil"), months=6, lag=1, every=3);
let energy = convert(oil, by=heat, to=USD/MWh);
round(if energy > 50 USD/MWh then energy * fx("USD", "EUR") else 1 EUR/MWh, 2, half_even) -> EUR/MWh
"""


def derived():
    gasoil = rows("gasoil", "USD/t", months(2010, *range(610, 850, 10)))
    fixing = row("USD/EUR", "EUR/USD", "2011-05-17", "0.7", "2011-05-17T14:00Z", 2)
    context = Context(date(2011, 5, 17), observed(gasoil, [fixing]), {"heat": "11.9 MWh/t"})
    return parse(TEXT, "oil-indexed").check().explain(context)


def test_every_part_that_was_computed_has_its_figure():
    found = derived()
    assert str(found.result) == "42.06 EUR/MWh"  # 715 / 11.9 x 0.7 = 42.0588...
    said = {line.text: str(line.value) for line in found.lines}
    assert said['oil = mean(index("gasoil"), months=6, lag=1, every=3)'] == "715 USD/t"
    assert said["energy"] == "60.08403361… USD/MWh"
    assert said["energy > 50 USD/MWh"] == "True"
    assert said['fx("USD", "EUR")'] == "0.7 EUR/USD"
    assert not any(text == "1 EUR/MWh" for text in said)


def test_observations_are_listed_with_their_versions():
    found = derived().observations
    assert [(o.series, o.period, str(o.value), o.version) for o in found][:2] == [
        ("USD/EUR", "2011-05-17", "0.7 EUR/USD", 2), ("gasoil", "2010-09", "690 USD/t", 1)]  # fmt: skip
    assert len(found) == 7


def test_the_print_fits_a_terminal_and_names_what_it_stands_on():
    text = str(derived())
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "gasoil          2010-09" in text
    assert "USD/EUR: an exchange, EUR/USD" in text


def test_many_observations_are_counted_in_print_and_whole_in_data():
    days = {f"2023-{m:02}-{d:02}": 5 for m in range(1, 13) for d in range(1, 29)}
    days |= {f"2023-{m:02}-{d:02}": "closed" for m in range(1, 13) for d in (29, 30, 31)
             if (m, d) not in {(2, 29), (2, 30), (2, 31), (4, 31), (6, 31), (9, 31), (11, 31)}}  # fmt: skip
    text = 'index "b": EUR daily; mean(index("b"), months=12) -> EUR'
    found = parse(text).check().explain(Context(date(2024, 1, 1), observed(rows("b", "EUR", days))))
    assert len(found.observations) == 336
    assert "and 296 more" in str(found)


def test_an_escalation_stands_on_two_observations():
    seen = observed(rows("cpi", "1", {"2010-01": 100, "2011-03": 110}))
    text = 'index "cpi": 1 monthly; escalate(40 EUR, index("cpi"), from=2010-01) -> EUR'
    found = parse(text).check().explain(Context(date(2011, 3, 15), seen))
    assert [(o.period, str(o.value)) for o in found.observations] == [("2010-01", "100"), ("2011-03", "110")]
