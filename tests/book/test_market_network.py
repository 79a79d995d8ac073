"""What is wrong with lines and borders."""

import pytest
from tests.builders import market

from walras.book.folder import read, write
from walras.book.hashing import market_hash


def test_a_line_to_nowhere_is_a_mistake(folder):
    mistake = folder.change("lines", 1, to_zone="Nowhere").mistake()
    assert (mistake.rule, mistake.where) == ("zone_known", "lines row 1, line 'A-B'")
    assert "'Nowhere'" in mistake.what


def test_a_line_to_itself_is_a_mistake(folder):
    assert folder.change("lines", 1, to_zone="A").mistake().rule == "line_joins_two_zones"


def test_a_line_of_a_carrier_that_an_end_does_not_have_is_a_mistake(folder):
    folder.add("grids", carrier="gas")
    mistake = folder.change("lines", 1, carrier="gas").mistake()
    assert mistake.rule == "grid_known"
    assert "'A'" in mistake.what


@pytest.mark.parametrize("minutes", ["30", "90", "0", "-60"])
def test_a_line_mtu_that_is_no_multiple_of_both_ends_is_a_mistake(folder, minutes):
    mistake = folder.change("lines", 1, mtu_minutes=minutes).mistake()
    assert (mistake.rule, mistake.fix) == ("line_mtu", "Write mtu_minutes as a multiple of 60.")


def test_ends_that_share_no_time_are_a_mistake(folder):
    folder.change("grids", 2, start="2025-04-02T00:00:00Z", end="2025-04-02T03:00:00Z")
    assert "line_horizon" in [m.rule for m in folder.mistakes()]


def test_a_line_mtu_that_does_not_divide_the_shared_time_is_a_mistake(folder):
    assert folder.change("lines", 1, mtu_minutes="120").mistake().rule == "line_horizon"


def test_missing_capacities_are_counted(folder):
    mistake = folder.drop("line_capacities", 2).mistake()
    assert (mistake.rule, mistake.where) == ("mtus_complete", "lines row 1, line 'A-B'")
    assert mistake.what == "2 of 3 MTUs are given in line_capacities"


def test_a_line_without_any_capacity_is_a_mistake(folder):
    (folder.path / "line_capacities.csv").unlink()
    assert folder.mistake().what == "0 of 3 MTUs are given in line_capacities"


@pytest.mark.parametrize("field", ["capacity_forward_mw", "capacity_backward_mw"])
def test_a_negative_capacity_is_a_mistake(folder, field):
    mistake = folder.change("line_capacities", 3, **{field: "-0.5"}).mistake()
    assert (mistake.rule, mistake.where) == ("capacity_not_negative", "line_capacities row 3, line 'A-B'")
    assert field in mistake.what


@pytest.mark.parametrize(
    ("start", "rule"),
    [
        ("2025-04-01T03:00:00Z", "inside_horizon"),
        ("2025-03-31T23:00:00Z", "inside_horizon"),
        ("2025-04-01T01:30:00Z", "mtu_on_grid"),
        ("2025-04-01T01:00:01Z", "mtu_on_grid"),
    ],
)
def test_a_capacity_beside_the_mtus_of_its_line_is_a_mistake(folder, start, rule):
    mistake = folder.add("line_capacities", mtu_start=start).mistake()
    assert (mistake.rule, mistake.where) == (rule, "line_capacities row 4, line 'A-B'")


def test_a_capacity_of_an_unknown_line_is_a_mistake(folder):
    assert folder.add("line_capacities", line="C-D").mistake().rule == "line_known"


def test_missing_border_periods_are_counted(folder):
    mistake = folder.drop("border_periods", folder.find("border_periods", border="B-Y")).mistake()
    assert (mistake.rule, mistake.what) == ("mtus_complete", "2 of 3 MTUs are given in border_periods")


def test_a_period_of_an_unknown_border_is_a_mistake(folder):
    assert folder.add("border_periods", border="C-D").mistake().rule == "border_known"


def test_an_unknown_kind_of_border_is_a_mistake(folder):
    assert folder.change("borders", 1, kind="open").mistake().rule == "border_kind"


@pytest.mark.parametrize(
    "fields",
    [{"price_eur_per_mwh": ""}, {"capacity_export_mw": ""}, {"capacity_import_mw": ""}, {"exchange_mw": "1"}],
)
def test_a_price_taking_border_needs_its_terms_and_no_other(folder, fields):
    mistake = folder.change("border_periods", folder.find("border_periods", border="A-X"), **fields).mistake()
    assert mistake.rule == "price_taking_terms"


@pytest.mark.parametrize("fields", [{"exchange_mw": ""}, {"price_eur_per_mwh": "1"}, {"capacity_export_mw": "0"}])
def test_a_fixed_border_needs_an_exchange_and_nothing_else(folder, fields):
    mistake = folder.change("border_periods", folder.find("border_periods", border="B-Y"), **fields).mistake()
    assert mistake.rule == "fixed_terms"


def test_a_border_price_needs_no_tick_and_no_limit(folder):
    folder.change("border_periods", folder.find("border_periods", border="A-X"), price_eur_per_mwh="9999.123456")
    assert folder.mistakes() == ()


def test_a_line_between_other_price_limits_is_a_mistake(folder):
    assert folder.change("grids", 2, price_max_eur_per_mwh="3000").mistake().rule == "line_limits"


def test_a_line_between_other_quantity_ticks_is_a_mistake(folder):
    assert folder.change("grids", 2, quantity_tick_mw="0.5").mistake().rule == "line_ticks"


@pytest.mark.parametrize(
    ("table", "fields"),
    [
        ("line_capacities", {"capacity_forward_mw": "1e300"}),
        ("border_periods", {"capacity_export_mw": "1000001"}),
        ("border_periods", {"price_eur_per_mwh": "-1e7"}),
    ],
)
def test_a_number_beyond_any_real_one_is_a_mistake(folder, table, fields):
    mistake = folder.change(table, 1, **fields).mistake()
    assert mistake.rule == "number_sensible"
    assert "1,000,000" in mistake.fix


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"loss_forward": "1"}, "loss_share"),
        ({"loss_backward": "-0.01"}, "loss_share"),
        ({"loss_forward": "3"}, "loss_share"),
        ({"tariff_eur_per_mwh": "-1"}, "tariff_not_negative"),
        ({"tariff_eur_per_mwh": "2000000"}, "number_sensible"),
    ],
)
def test_a_loss_is_a_share_and_a_tariff_is_not_negative(folder, fields, rule):
    assert [m.rule for m in folder.change("lines", 1, **fields).mistakes()] == [rule]


def test_losses_and_tariffs_are_read_in_the_order_of_names(tmp_path):
    said = market(("A", "B", "C")).line("B", "C", 5, loss=(0.1, 0.2), tariff=3.5, name="z").line("A", "B", 5, name="a")
    write(said.book(), tmp_path / "market", format="csv")
    rows = (tmp_path / "market" / "lines.csv").read_text().splitlines()
    assert rows[0] == "line,carrier,from_zone,to_zone,loss_forward,loss_backward,tariff_eur_per_mwh"
    (tmp_path / "market" / "lines.csv").write_text("\n".join([rows[0], *rows[:0:-1]]) + "\n")
    lines = read(tmp_path / "market").lines
    assert lines.name == ("a", "z")
    assert lines.loss_forward.tolist() == [0.0, 0.1]
    assert lines.loss_backward.tolist() == [0.0, 0.2]
    assert lines.tariff.tolist() == [0.0, 3.5]
    assert market_hash(read(tmp_path / "market")) == market_hash(said.book())


def test_a_column_of_zeros_says_nothing(folder):
    plain = market_hash(read(folder.path))
    folder.change("lines", 1, loss_forward="0", loss_backward="0.0", tariff_eur_per_mwh="0")
    book = read(folder.path)
    assert market_hash(book) == plain
    assert len(book.lines.loss_forward) == len(book.lines.tariff) == 0
