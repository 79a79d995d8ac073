"""What is wrong with flow-based domains, their critical branches and PTDFs."""

import pytest

from walras.book.folder import read


def test_a_domain_without_a_mistake_is_read(meshed):
    domains = read(meshed.path).domains
    assert domains.name == ("core",)
    assert domains.minutes.tolist() == [30]
    assert domains.branch == ("AB", "BC")
    assert domains.ram.tolist() == [125, 100, 50, 90, 60, 125]
    assert domains.exchange_cell.tolist() == [0, 2, 4, 0, 2, 5, 1, 3, 6, 1, 3, 7]
    assert domains.ptdf[6:9].tolist() == [0.1, 0.4, -0.3]


@pytest.mark.parametrize("table", ["domain_zones", "critical_branches", "ptdfs"])
def test_a_row_of_an_unknown_domain_is_a_mistake(meshed, table):
    mistake = meshed.add(table, domain="baltic").mistake()
    assert (mistake.rule, mistake.where.split(" row ")[0]) == ("domain_known", table)
    assert "'baltic'" in mistake.what


@pytest.mark.parametrize("table", ["domain_zones", "critical_branches", "ptdfs"])
def test_a_misspelt_domain_is_one_mistake_and_not_all_that_follows_from_it(meshed, table):
    assert meshed.change(table, 1, domain="cure").mistake().rule == "domain_known"


def test_a_domain_of_an_unknown_zone_is_a_mistake(meshed):
    assert meshed.add("domain_zones", zone="E").mistake().rule == "zone_known"


def test_a_domain_of_an_unknown_carrier_is_a_mistake(meshed):
    assert meshed.change("domains", 1, carrier="amber").mistake().rule == "carrier_known"


def test_a_zone_without_the_carrier_of_its_domain_is_a_mistake(meshed):
    rows = meshed.rows("grids")
    meshed.save("grids", [*rows, *(r | {"carrier": "gas"} for r in rows if r["zone"] in "AB")])
    mistake = meshed.change("domains", 1, carrier="gas").mistake()
    assert (mistake.rule, mistake.where) == ("grid_known", "domain_zones row 3, domain 'core'")


def test_a_zone_twice_in_a_domain_is_a_mistake(meshed):
    assert meshed.add("domain_zones", zone="A").mistake().rule == "duplicate_key"


def test_a_zone_of_two_domains_is_a_mistake(meshed):
    meshed.add("domains", domain="other").add("domain_zones", domain="other", zone="D")
    mistake = meshed.add("domain_zones", domain="other", zone="A").mistake()
    assert (mistake.rule, mistake.where) == ("one_domain_a_zone", "domain_zones row 5, domain 'other'")


@pytest.mark.parametrize("zones", [["D"], []])
def test_a_domain_of_fewer_than_two_zones_is_a_mistake(meshed, zones):
    meshed.add("domains", domain="other")
    for zone in zones:
        meshed.add("domain_zones", domain="other", zone=zone)
    mistake = meshed.mistake()
    assert (mistake.rule, mistake.what) == ("domain_joins_zones", f"the domain has {len(zones)} zones")


@pytest.mark.parametrize("minutes", ["60", "20", "0", "-30"])
def test_an_mtu_that_does_not_divide_those_of_all_zones_is_a_mistake(meshed, minutes):
    mistake = meshed.change("domains", 1, mtu_minutes=minutes).mistake()
    assert (mistake.rule, mistake.where) == ("domain_mtu", "domains row 1, domain 'core'")
    assert "30 or a divisor" in mistake.fix


def test_zones_of_other_horizons_are_a_mistake(meshed):
    mistake = meshed.change("grids", 2, end="2025-04-01T01:00:00Z").mistake()
    assert mistake.rule == "domain_horizon"


def test_zones_of_other_price_limits_are_a_mistake(meshed):
    assert meshed.change("grids", 2, price_max_eur_per_mwh="3000").mistake().rule == "domain_limits"


def test_zones_of_other_quantity_ticks_are_a_mistake(meshed):
    assert meshed.change("grids", 2, quantity_tick_mw="0.5").mistake().rule == "domain_ticks"


@pytest.mark.parametrize(
    ("ram", "rule"),
    [("", "field_filled"), ("-1", "ram_not_negative"), ("inf", "number_finite"), ("1e7", "number_sensible")],
)
def test_a_ram_that_no_branch_has_is_a_mistake(meshed, ram, rule):
    mistake = meshed.change("critical_branches", 2, ram_mw=ram).mistake()
    assert (mistake.rule, mistake.where) == (rule, "critical_branches row 2, domain 'core'")


def test_a_ram_given_twice_is_a_mistake(meshed):
    assert meshed.add("critical_branches", ram_mw="7").mistake().rule == "duplicate_key"


@pytest.mark.parametrize(
    ("start", "rule"), [("2025-04-01T02:00:00Z", "inside_horizon"), ("2025-04-01T00:15:00Z", "mtu_on_grid")]
)
@pytest.mark.parametrize("table", ["critical_branches", "ptdfs"])
def test_a_row_beside_the_mtus_of_its_domain_is_a_mistake(meshed, table, start, rule):
    assert meshed.add(table, mtu_start=start).mistake().rule == rule


def test_an_mtu_without_any_critical_branch_is_a_mistake(meshed):
    first = meshed.rows("critical_branches")[0]["mtu_start"]
    for table in ("critical_branches", "ptdfs"):
        meshed.save(table, [r for r in meshed.rows(table) if r["mtu_start"] != first])
    mistake = meshed.mistake()
    assert (mistake.rule, mistake.where) == ("mtus_complete", "domains row 1, domain 'core'")
    assert mistake.what == "3 of 4 MTUs have a critical branch in critical_branches"


def test_a_ptdf_of_an_unknown_branch_is_a_mistake(meshed):
    mistake = meshed.change("ptdfs", 1, branch="AC").mistake()
    assert (mistake.rule, mistake.where) == ("branch_known", "ptdfs row 1, domain 'core'")


@pytest.mark.parametrize(("zone", "rule"), [("E", "zone_known"), ("D", "ptdf_zone_known")])
def test_a_ptdf_of_a_zone_that_is_not_in_the_domain_is_a_mistake(meshed, zone, rule):
    assert meshed.add("ptdfs", zone=zone).mistake().rule == rule


def test_a_ptdf_that_is_missing_is_not_taken_as_zero(meshed):
    mistake = meshed.drop("ptdfs", meshed.find("ptdfs", branch="BC", zone="C")).mistake()
    assert (mistake.rule, mistake.where) == ("ptdf_given", "critical_branches row 3, domain 'core'")
    assert mistake.what == "branch 'BC' has no PTDF of zone 'C'"


@pytest.mark.parametrize(
    ("ptdf", "rule"),
    [("", "field_filled"), ("nan", "number_finite"), ("25", "ptdf_sensible"), ("-10.5", "ptdf_sensible")],
)
def test_a_ptdf_that_no_branch_has_is_a_mistake(meshed, ptdf, rule):
    assert meshed.change("ptdfs", 1, ptdf=ptdf).mistake().rule == rule


def test_a_ptdf_above_one_is_legal(meshed):
    assert meshed.change("ptdfs", 1, ptdf="-1.5").mistakes() == ()


def test_a_ptdf_for_every_mtu_beside_one_for_one_mtu_is_a_mistake(meshed):
    mistake = meshed.add("ptdfs", mtu_start="").mistakes()
    assert {m.rule for m in mistake} == {"ptdf_said_once"}


def test_a_ptdf_given_twice_is_a_mistake(meshed):
    assert meshed.add("ptdfs", ptdf="0.1").mistake().rule == "duplicate_key"


def test_a_ptdf_for_every_mtu_given_twice_is_a_mistake(meshed):
    meshed.save("ptdfs", [r for r in meshed.rows("ptdfs") if r["branch"] != "AB"])
    for zone in "ABCC":
        meshed.add("ptdfs", branch="AB", mtu_start="", zone=zone)
    mistake = meshed.mistake()
    assert (mistake.rule, mistake.what[:43]) == ("duplicate_key", "domain core, branch AB, zone C: an earlier ")


def test_a_ptdf_where_the_branch_has_no_ram_is_a_mistake(meshed):
    rows = meshed.rows("critical_branches")
    meshed.save("critical_branches", [r for r in rows if (r["branch"], r["ram_mw"]) != ("BC", "50.0")])
    found = meshed.mistakes()
    assert [m.rule for m in found] == ["ram_given"] * 3
    assert "no RAM in this MTU" in found[0].what


@pytest.mark.parametrize("table", ["domain_zones", "critical_branches"])
def test_a_missing_table_is_noticed(meshed, table):
    (meshed.path / f"{table}.csv").unlink()
    rule = {"domain_zones": "domain_joins_zones", "critical_branches": "mtus_complete"}[table]
    assert rule in {m.rule for m in meshed.mistakes()}


def test_a_domain_without_ptdfs_is_a_mistake(meshed):
    (meshed.path / "ptdfs.csv").unlink()
    assert [m.rule for m in meshed.mistakes()] == ["ptdf_given"] * 6
