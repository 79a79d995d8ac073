"""The regulator's commands on folders: figures that fit a terminal, files, and what is refused."""

import zipfile

import polars as pl
import pytest
from tests.oversight.worked import worked

from walras.book.folder import write
from walras.coupling.settings import Settings
from walras.results.folder import write_results


@pytest.fixture
def days(tmp_path):
    """Two days of the worked market in one folder."""
    book, results = worked(20)
    for name in ("monday", "tuesday"):
        write(book, tmp_path / "days" / name / "market")
        write_results(book, results, Settings().canonical(), tmp_path / "days" / name / "result")
    return tmp_path / "days"


def test_concentration_of_days(run, days, tmp_path):
    groups = tmp_path / "groups.csv"
    groups.write_text("member,group\nX,North\nY,North\n")
    plain = run("oversight", "concentration", days, "--csv", tmp_path / "hhi.csv", "--html", tmp_path / "hhi.html")
    assert plain.exit_code == 0, plain.output
    assert "A     electricity  supply      2   7,551    5,200    7,551    100    100" in plain.stdout
    assert all(len(line) <= 80 for line in plain.stdout.splitlines() if "/" not in line)
    assert pl.read_csv(tmp_path / "hhi.csv").height == 4
    page = (tmp_path / "hhi.html").read_text(encoding="utf-8")
    assert "Concentration of supply" in page
    assert "default-src 'none'" in page, "it asks nothing of the network"
    assert not [s for s in ("<script src", "<link") if s in page[: page.index("<script>")]]
    grouped = run("oversight", "concentration", days / "monday", "--groups", groups, "--areas", "--side", "both")
    assert "A     electricity  supply      1  10,000   10,000   10,000    100    100" in grouped.stdout


def test_pivotal_suppliers_of_days(run, days, tmp_path):
    owed = tmp_path / "owed.csv"
    owed.write_text(
        "member,zone,carrier,mtu_start,quantity_mw,place\nX,A,electricity,2025-04-01T00:00:00Z,40,offered\n"
    )
    found = run("oversight", "pivotal", days / "monday", "--html", tmp_path / "rsi.html", "--csv", tmp_path / "rsi.csv")
    assert found.exit_code == 0, found.output
    assert "A     electricity  X             1    0.86      1.0   100.0    yes" in found.stdout
    assert pl.read_csv(tmp_path / "rsi.csv")["rsi"].to_list() == [0.857142857, 1.142857143, 0.5]
    again = run("oversight", "pivotal", days / "monday", "--html", tmp_path / "two.html")
    assert (tmp_path / "rsi.html").read_bytes() == (tmp_path / "two.html").read_bytes(), again.output
    net = run("oversight", "pivotal", days / "monday", "--obligations", owed)
    assert all(len(line) <= 80 for line in net.stdout.splitlines())
    first, second = (line.split()[4:] for line in net.stdout.splitlines() if " X " in line)
    assert (first, second) == (["0.86", "1.0", "100.0", "yes"], ["1.43", "0.0", "0.0", "no"])


def test_order_books_of_days(run, days, tmp_path):
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    out = tmp_path / "books"
    done = run("oversight", "orders", days, "--out", out, "--form", "parquet", "--secret", key)
    assert done.exit_code == 0, done.output
    assert sorted(p.name for p in out.iterdir()) == ["2025-04-01-monday.zip", "2025-04-01-tuesday.zip"]
    with zipfile.ZipFile(out / "2025-04-01-monday.zip") as archive:
        assert "orders.parquet" in archive.namelist()
    assert "place_free" in run("oversight", "orders", days, "--out", out).stderr
    key.write_bytes(b"short")
    assert "pseudonym_secret" in run("oversight", "orders", days, "--out", tmp_path / "x", "--secret", key).stderr


def test_what_is_refused(run, days, tmp_path):
    def rule(*words):
        done = run("oversight", *words)
        assert done.exit_code == 2, done.output
        return next(line.split()[-1] for line in done.stderr.splitlines() if line.strip().startswith("rule:"))

    groups = tmp_path / "groups.csv"
    groups.write_text("member,group\nNobody,North\n")
    (days / "monday" / "result").rename(days / "elsewhere")
    assert rule("concentration", days / "monday") == "folder_with_results"
    assert rule("pivotal", tmp_path / "nowhere") == "folder_with_results"
    assert rule("concentration", days, "--groups", groups) == "group_member_known"
    assert rule("concentration", days, "--carrier", "gas") == "carrier_known"
    book, _ = worked(30)
    write(book, days / "tuesday" / "market")
    assert rule("concentration", days / "tuesday") == "result_market"


@pytest.mark.parametrize("command", ["concentration", "pivotal", "orders", "replay"])
def test_help_has_an_example(run, command):
    done = run("oversight", command, "--help")
    assert f"walras oversight {command}" in done.stdout.replace("\n", " ")
