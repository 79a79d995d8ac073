"""Accession: three auctions a day, gains by state that sum, and every mistake of the folders at once."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.builders import two_zones
from tests.studies.accessions import Accession, settled

import walras
from walras.book.folder import read
from walras.errors import BadInput, Mistake
from walras.results.audit.folder import audit_folder
from walras.results.welfare import welfare_of
from walras.studies.accession import accede
from walras.studies.accession.days import read_days
from walras.studies.accession.joining import FOLDER
from walras.studies.accession.surplus import surplus_of


@pytest.fixture
def folders(tmp_path):
    return Accession(tmp_path)


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """Folders that nobody breaks, the report of them and its summary, read by many tests."""
    place = tmp_path_factory.mktemp("reported")
    folders = Accession(place)
    return folders, place / "report", accede(folders.market, folders.member, place / "report", processes=1)


@pytest.fixture
def report(reported):
    return reported[1:]


def rules(folders):
    with pytest.raises(BadInput) as caught:
        read_days(folders.market, folders.member)
    assert all(m.what and m.where and m.rule and m.fix for m in caught.value.mistakes)
    return [m.rule for m in caught.value.mistakes]


# what comes out


def test_gains_are_split_between_buyers_sellers_and_the_ends_of_a_line(clear):
    said = two_zones(atc_mw=20).sells("A", 100, at=10).buys("B", 60, at=90).sells("B", 100, at=50)
    book = settled(said.book(), {"A": "XA", "B": "XB"})
    gains = surplus_of(book, clear(book))
    assert gains.states == ("XA", "XB")
    assert gains.buyers.tolist() == [0, 60 * 40]
    assert gains.sellers.tolist() == [0, 0]
    assert gains.congestion.tolist() == [400, 400]
    assert gains.total == welfare_of(book, clear(book).published) == 60 * 90 - 20 * 10 - 40 * 50


def test_a_price_taking_border_shares_with_the_neighbour_and_a_fixed_one_is_outside(clear):
    said = (
        two_zones(atc_mw=0).sells("A", 100, at=10).buys("A", 10, at=90).border("A", "X", price=50, export=5, import_=0)
    )
    book = settled(
        said.buys("B", 60, at=90).sells("B", 90, at=40).fixed_border("B", "Y", 10).book(), {"A": "XA", "B": "XB"}
    )
    gains = surplus_of(book, clear(book))
    assert gains.congestion.tolist() == [5 * 40 / 2, 0]
    assert gains.outside == 5 * 40 / 2 + 10 * (4000 - 40)
    assert gains.total == pytest.approx(welfare_of(book, clear(book).published), abs=1e-9)


def test_a_day_is_cleared_three_ways_and_every_result_audits(reported):
    folders, out, summary = reported
    assert summary["auctions"] == {
        "count": 6, "optimal": 6, "stopped": 0, "gap_eur": 0.0, "gap_before_eur": 0.0, "gap_after_eur": 0.0,
        "violations": 0,
    }  # fmt: skip
    for at, day in enumerate(folders.days):
        here = out / "days" / day.isoformat()
        for name, source in (
            ("market", folders.day("market", at)), ("new-member", folders.day("member", at)),
            ("joined", here / "joined" / "market"),
        ):  # fmt: skip
            assert audit_folder(read(source), here / name / "result") == []
    assert [z.name for z in read(out / "days" / folders.days[0].isoformat() / "joined" / "market").cells.zones] == list(
        "ABC"
    )


def test_the_gains_of_the_states_and_the_rounding_sum_to_the_welfare_of_the_auctions(report):
    out, summary = report
    for when in ("before_eur", "after_eur", "change_eur"):
        parts = sum(round(100 * summary[k][when]) for k in ("of_states", "outside", "rounding"))
        assert parts == round(100 * summary["welfare"][when])
        assert round(100 * summary["of_states"][when]) == sum(
            round(100 * r[f"welfare_{when}"]) for r in summary["by_state"]
        )
    auctions = pl.read_csv(out / "auctions.csv")
    assert auctions["rounding_eur"].abs().max() <= 0.05


def test_prices_and_exchanges_before_and_after_are_those_of_the_results(reported):
    folders, out, summary = reported
    prices = pl.read_parquet(out / "prices.parquet").filter(pl.col("day") == folders.days[0])
    result = out / "days" / folders.days[0].isoformat()
    joined = pl.read_parquet(result / "joined" / "result" / "prices.parquet")
    alone = pl.read_parquet(result / "new-member" / "result" / "prices.parquet")
    assert prices["price_after_eur_per_mwh"].to_list() == joined["price_eur_per_mwh"].to_list()
    assert (
        prices.filter(pl.col("zone") == "C")["price_before_eur_per_mwh"].to_list()
        == alone["price_eur_per_mwh"].to_list()
    )
    states = {r["state"]: r for r in summary["by_state"]}
    assert [states[s]["is_new_member"] for s in ("XA", "XB", "XC")] == [False, False, True]
    net = sum(r["net_exports_after_mwh"] for r in states.values())
    assert net == pytest.approx(0, abs=1e-6)
    assert states["XA"]["net_exports_before_mwh"] == 80.0
    borders = pl.read_csv(out / "borders.csv")
    assert borders["border"].to_list() == ["XA\u2013XB", "XA\u2013XC", "XB\u2013XC"]
    assert borders["forward_before_mwh"].to_list() == [80.0, None, None]
    assert borders["full_share_before"].to_list() == [1.0, None, None]
    assert borders["backward_after_mwh"].to_list()[2] > 0
    income = borders["income_after_eur"].sum()
    assert income == pytest.approx(sum(r["congestion_after_eur"] for r in states.values()), abs=0.02)


def test_one_process_and_two_give_the_same_files(reported, tmp_path):
    folders, report, _ = reported
    accede(folders.market, folders.member, tmp_path / "report-2", processes=2)
    one, two = (
        {p.relative_to(r): p for p in sorted(r.rglob("*")) if p.is_file()} for r in (report, tmp_path / "report-2")
    )
    assert list(one) == list(two)
    same = [p for p in one if p.name != "run.json"]
    assert len(same) > 20
    assert [p for p in same if one[p].read_bytes() != two[p].read_bytes()] == []


def test_the_page_holds_everything_and_says_who_gains(report):
    out, summary = report
    text = (out / "report.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert data["head"]["title"].startswith("XC joins XA and XB: together they gain ")
    assert {s["state"] for s in data["states"]} == {"XA", "XB", "XC"}
    assert data["borders"][1]["net"]["before"] == [None, None]
    assert [len(d["before"]) for d in data["duration"]] == [201] * 3
    row = next(r for r in summary["by_state"] if r["state"] == "XA")
    assert ("gains" in data["head"]["words"]["XA"][0]) == (row["welfare_change_eur"] >= 0)


def test_duration_curves_fall_and_hold_the_highest_and_lowest_price(report):
    out, summary = report
    data = json.loads((out / "report.html").read_text(encoding="utf-8").split('id="data">')[1].split("</script>")[0])
    for curve, row in zip(data["duration"], summary["by_state"], strict=True):
        for when in ("before", "after"):
            assert (np.diff(curve[when]) <= 0).all()
            ends = row[f"price_highest_{when}_eur_per_mwh"], row[f"price_lowest_{when}_eur_per_mwh"]
            assert (curve[when][0], curve[when][-1]) == ends


# what is wrong with the folders


def test_good_folders_have_no_mistake(folders):
    days = read_days(folders.market, folders.member)
    assert [d.day for d in days.days] == folders.days
    assert (days.states, days.new_states) == (("XA", "XB"), ("XC",))


def test_a_folder_that_is_not_there(folders):
    folders.market = folders.market / "nowhere"
    assert rules(folders) == ["folder_present"]


def test_a_folder_without_days(folders):
    shutil.rmtree(folders.member)
    folders.member.mkdir()
    assert rules(folders) == ["days_present"]


@pytest.mark.parametrize("side", ["market", "member"])
def test_a_day_that_one_side_lacks(folders, side):
    shutil.rmtree(folders.day(side))
    assert rules(folders) == ["day_on_both_sides"]


def test_different_days_are_told_on_both_sides(folders):
    shutil.rmtree(folders.day("market", 0))
    shutil.rmtree(folders.day("member", 1))
    assert rules(folders) == ["day_on_both_sides"] * 2


def test_a_day_that_is_there_but_broken_is_not_called_missing_and_another_is(tmp_path):
    folders = Accession(tmp_path, days=3)
    folders.change("market", "zones.csv", "XA", "xa", at=0)
    shutil.rmtree(folders.day("market", 1))
    shutil.rmtree(folders.day("member", 0))
    with pytest.raises(BadInput) as caught:
        read_days(folders.market, folders.member)
    found = [(m.rule, m.where) for m in caught.value.mistakes if m.rule == "day_on_both_sides"]
    assert found == [("day_on_both_sides", str(folders.market)), ("day_on_both_sides", str(folders.member))]
    assert "country_code" in {m.rule for m in caught.value.mistakes}


def test_where_a_folder_does_not_say_its_day_no_day_is_called_missing(folders):
    (folders.day("member") / "market.toml").unlink()
    assert "day_on_both_sides" not in rules(folders)


def test_two_folders_of_one_day(folders):
    shutil.copytree(folders.day("market"), folders.market / "again")
    assert rules(folders) == ["day_once"]


def test_mistakes_of_every_market_folder_come_back_with_their_places(folders):
    folders.change("market", "zones.csv", "XA", "xa")
    folders.change("member", "curve_steps.csv", "80.0", "9999.0", at=1)
    with pytest.raises(BadInput) as caught:
        read_days(folders.market, folders.member)
    found = {m.rule: m.where for m in caught.value.mistakes}
    assert found["country_code"].startswith(f"{folders.day('market')}, zones row 1")
    assert found["price_limits"].startswith(f"{folders.day('member', 1)}, curve_steps")


def test_a_zone_of_the_market(folders):
    folders.change("member", "zones.csv", "C,", "A,")
    for file in ("grids.csv", "curve_orders.csv"):
        folders.change("member", file, "C,electricity", "A,electricity")
    assert rules(folders) == ["member_zone_new"]


def test_a_country_of_the_market_is_told_once_for_all_days(folders):
    for at in (0, 1):
        folders.change("member", "zones.csv", "XC", "XA", at=at)
    with pytest.raises(BadInput) as caught:
        read_days(folders.market, folders.member)
    (mistake,) = caught.value.mistakes
    assert mistake.rule == "member_country_new"
    assert mistake.where.endswith("(and in 1 more folder)")


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("same_currency", "EUR", "CHF"),
        ("same_time_zone", "UTC", "Europe/Rome"),
        ("same_rules_profile", "european", "simple"),
    ],
)
def test_other_terms(folders, rule, old, new, monkeypatch):
    if rule == "same_currency":
        for path in folders.day("member").glob("*.csv"):
            path.write_text(path.read_text().replace("_eur_", "_chf_"))
    if rule == "same_rules_profile":
        from walras.book import profile

        load, names = profile.load_profile, profile.profile_names()
        if len(names) < 2:
            monkeypatch.setattr(
                "walras.book.read_terms.load_profile", lambda name, day: _named(load("european", day), name)
            )
        else:
            new = next(n for n in names if n != old)
    folders.change("member", "market.toml", f'"{old}"', f'"{new}"')
    found = rules(folders)
    assert found[0] == rule
    assert set(found) == {rule}


def _named(profile, name):
    from dataclasses import replace

    return replace(profile, name=name)


def test_days_with_another_currency_than_the_first(folders):
    for side in ("market", "member"):
        for path in folders.day(side, 1).glob("*.csv"):
            path.write_text(path.read_text().replace("_eur_", "_chf_"))
        folders.change(side, "market.toml", '"EUR"', '"CHF"', at=1)
    assert rules(folders) == ["same_currency"]


def test_an_order_name_of_the_market(folders):
    for file in ("curve_orders.csv", "curve_steps.csv"):
        folders.change("member", file, "c-sells", "a-sells")
    assert rules(folders) == ["name_once"]


def test_other_price_limits_where_a_line_joins(folders):
    folders.change("member", "grids.csv", "4000.0", "3000.0")
    assert rules(folders) == ["line_limits"] * 2


def test_other_quantity_ticks_where_a_line_joins(folders):
    folders.change("member", "grids.csv", "0.01,0.1", "0.01,0.2")
    assert rules(folders) == ["line_ticks"] * 2


class Joined:
    """The joining tables of a day as CSV text."""

    def __init__(self, folders):
        self.place = folders.day("member") / FOLDER
        for path in self.place.glob("*.parquet"):
            pl.read_parquet(path).write_csv(path.with_suffix(".csv"), datetime_format="%Y-%m-%dT%H:%M:%SZ")
            path.unlink()

    def change(self, table: str, old: str, new: str) -> None:
        path: Path = self.place / f"{table}.csv"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("rule", "table", "old", "new"),
    [
        ("zone_known", "lines", "C,A\n", "C,Q\n"),
        ("line_joins_member", "lines", "C,A\n", "B,A\n"),
        ("line_joins_member", "lines", "C,A\n", "C,C\n"),
        ("carrier_known", "lines", "electricity,C,A", "steam,C,A"),
        ("grid_known", "lines", "electricity,C,A", "gas,C,A"),
        ("capacity_not_negative", "line_capacities", "T00:00:00Z,30.0", "T00:00:00Z,-30.0"),
        ("line_known", "line_capacities", "C--A,", "C--Z,"),
        ("mtus_complete", "line_capacities", "C--A,2025-04-01T01:00:00Z,30.0,30.0\n", ""),
    ],
)
def test_joining_lines_that_are_wrong(folders, rule, table, old, new):
    Joined(folders).change(table, old, new)
    with pytest.raises(BadInput) as caught:
        read_days(folders.market, folders.member)
    found = {m.rule for m in caught.value.mistakes}
    assert found == ({rule, "mtus_complete"} if rule == "line_known" else {rule})
    assert all(f"{FOLDER}/line" in m.where for m in caught.value.mistakes)


def test_a_line_mtu_that_does_not_fit_both_ends(folders):
    joined = Joined(folders)
    path = joined.place / "lines.csv"
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([f"{head},mtu_minutes", *(f"{r},45" for r in rows)]) + "\n")
    assert set(rules(folders)) == {"line_mtu"}


def test_a_line_name_that_is_taken(folders):
    joined = Joined(folders)
    joined.change("lines", "C--A", "A-B")
    joined.change("line_capacities", "C--A", "A-B")
    assert rules(folders) == ["name_once"]


def test_no_joining_lines(folders):
    shutil.rmtree(folders.day("member") / FOLDER)
    assert rules(folders) == ["joining_lines_present"]


def test_a_strange_table_among_the_joining_lines(folders):
    (folders.day("member") / FOLDER / "borders.csv").write_text("border\n")
    assert rules(folders) == ["table_known"]


def test_many_mistakes_come_back_together(folders):
    folders.change("member", "zones.csv", "XC", "XB")
    for file in ("curve_orders.csv", "curve_steps.csv"):
        folders.change("member", file, "c-buys", "a-buys", at=1)
    shutil.rmtree(folders.day("member", 0) / FOLDER)
    assert sorted(rules(folders)) == ["joining_lines_present", "member_country_new", "name_once"]


def test_a_joined_market_that_breaks_a_rule_of_its_own_is_told_with_its_day(folders, tmp_path, monkeypatch):
    def worse(*_):
        raise BadInput([Mistake("it broke", "zones", "some_rule", "Mend it.")])

    monkeypatch.setattr("walras.studies.accession.day.write_joined", worse)
    with pytest.raises(BadInput) as caught:
        accede(folders.market, folders.member, tmp_path / "report", processes=1)
    assert [m.where for m in caught.value.mistakes] == [f"{day}, zones" for day in folders.days]
    assert not (tmp_path / "report").exists()


def test_every_rule_of_accession_stands_on_its_page():
    root = Path(walras.__file__).parent
    page = (root.parents[1] / "docs" / "how-to" / "join-a-new-member.md").read_text(encoding="utf-8")
    code = "\n".join(p.read_text(encoding="utf-8") for p in (root / "studies" / "accession").glob("*.py"))
    named = set(re.findall(r'"((?:days?|same|member|name|joining|line|out)_[a-z_]+)"', code))
    rules = {r for r in named if not r.endswith(("_mw", "_capacities"))}
    assert {"day_once", "same_currency", "name_once", "joining_lines_present", "line_joins_member"} <= rules
    assert [r for r in sorted(rules) if f"`{r}`" not in page] == []


def test_a_report_folder_that_holds_something_is_left_alone(folders, tmp_path):
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "letter.txt").write_text("mine")
    with pytest.raises(BadInput) as caught:
        accede(folders.market, folders.member, tmp_path / "report", processes=1)
    assert [m.rule for m in caught.value.mistakes] == ["place_free"]
    assert (tmp_path / "report" / "letter.txt").read_text() == "mine"


def test_an_empty_report_folder_is_filled_and_a_full_one_is_not_replaced(folders, tmp_path):
    (tmp_path / "report").mkdir()
    accede(folders.market, folders.member, tmp_path / "report", processes=1)
    with pytest.raises(BadInput):
        accede(folders.market, folders.member, tmp_path / "report", processes=1)


def test_a_report_among_what_is_read_is_refused(folders):
    with pytest.raises(BadInput) as caught:
        accede(folders.market, folders.member, folders.market / "report", processes=1)
    assert [m.rule for m in caught.value.mistakes] == ["out_folder"]
    assert not (folders.market / "report").exists()
