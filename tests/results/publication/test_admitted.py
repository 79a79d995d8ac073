"""What a certificate admits can be checked: orders left out, zones cut off, and violations that are flagged."""

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.builders import two_zones
from tests.results.publication.published import KEY, NOW, RING, publication, publication_of, resign

from walras.results.audit import audit
from walras.results.audit.second_step import verdict_of
from walras.results.audit.violation import FURTHER, SHOWN, Report, Violation
from walras.results.publication import (
    Facts,
    certify,
    content_hashes,
    verify,
    write_member_bundle,
    write_public_bundle,
    write_regulator_bundle,
)

LEVELS = ("public", "member", "regulator")
MEMBER = "XB-gas"


def failed(done):
    return {c.name for c in done.checks if c.is_ok is False}


def written(path, level, made, facts, member=MEMBER):
    said = made, certify(made, facts, KEY, NOW), KEY, NOW
    if level == "public":
        write_public_bundle(path, *said)
    elif level == "member":
        write_member_bundle(path, *said, member)
    else:
        write_regulator_bundle(path, *said)
    return path


# --- orders that were left out, zones that were cut off ---------------------------------------

GONE = (f"{MEMBER}.gone", "XA-other.gone")


def without():
    return replace(publication(), excluded=GONE)


@pytest.mark.parametrize("level", LEVELS)
def test_orders_left_out_are_listed_under_their_public_names(tmp_path, level):
    facts = Facts("S-1", violations=0, rung="partial_decoupling", cut_off=("XA",))
    done = verify(written(tmp_path / "b", level, without(), facts), RING)
    assert done.is_ok, done.checks
    assert done.certificate["excluded_orders"] == sorted(map(publication().pseudonym, GONE))
    assert done.certificate["fallback"] == {"rung": "partial_decoupling", "cut_off": ["XA"]}
    text = b"".join(f.read_bytes() for f in (tmp_path / "b").rglob("*") if f.is_file())
    assert (b"XA-other.gone" in text) == (level == "regulator"), "the regulator alone reads names of others"


@pytest.mark.parametrize("change", ["fewer", "none", "another"])
def test_a_list_that_is_not_what_was_left_out_is_refused(tmp_path, change):
    bundle = written(tmp_path / "b", "regulator", without(), Facts("S-1", violations=0))
    names = sorted(map(publication().pseudonym, GONE))
    resign(bundle, excluded_orders={"fewer": names[:1], "none": [], "another": sorted([names[0], "f" * 16])}[change])
    assert failed(verify(bundle, RING)) == {"book"}


def test_an_order_that_stands_in_the_book_was_not_left_out(tmp_path):
    inside = publication().book.curves.name[0]
    bundle = written(
        tmp_path / "b", "regulator", replace(publication(), excluded=(inside,)), Facts("S-1", violations=0)
    )
    assert failed(verify(bundle, RING)) == {"book"}


def test_a_receipt_of_an_order_that_was_left_out_is_answered_by_the_list(tmp_path):
    bundle = written(tmp_path / "b", "member", without(), Facts("S-1", violations=0))
    own, hashes = publication().book.curves.name, content_hashes(publication().book)
    name = next(n for n, m in zip(own, publication().book.curves.member, strict=True) if m == MEMBER)
    rows = [{"order": GONE[0], "hash": "0" * 64}, {"order": name, "hash": hashes[name]}]
    receipts = tmp_path / "receipts.json"
    receipts.write_text(json.dumps(rows))
    assert verify(bundle, RING, receipts).is_ok
    resign(bundle, excluded_orders=[])
    assert failed(verify(bundle, RING, receipts)) == {"receipts"}


@pytest.mark.parametrize(
    "said",
    [
        {"rung": "local", "cut_off": []},
        {"rung": "coupled", "cut_off": ["XA"]},
        {"rung": "none", "cut_off": []},
        {"rung": "coupled"},
        {"rung": "local", "cut_off": [1]},
    ],
)
def test_a_rung_that_does_not_go_with_its_zones(tmp_path, said):
    bundle = written(tmp_path / "b", "public", publication(), Facts("S-1", violations=0))
    resign(bundle, fallback=said)
    assert failed(verify(bundle, RING)) == {"certificate"}


@pytest.mark.parametrize("names", [["b", "a"], ["a", "a"], [1]])
def test_a_list_of_excluded_orders_that_is_none(tmp_path, names):
    bundle = written(tmp_path / "b", "public", publication(), Facts("S-1", violations=0))
    resign(bundle, excluded_orders=names)
    assert failed(verify(bundle, RING)) == {"certificate"}


# --- the second step of tolerance --------------------------------------------------------------


def off_by(mw):
    """60 MW from A to B at one price; the published exchange is off, so both balances are."""
    made = publication_of(two_zones().sells("A", 100, at=10, member="M-A").buys("B", 60, at=90, member="M-B").book())
    moved = replace(made.results.published, exchange=made.results.published.exchange - mw)
    return replace(made, results=replace(made.results, published=moved))


def facts_of(made):
    return Facts("S-1", flagged=tuple(audit(made.book, made.results)))


def test_one_tick_is_flagged_and_two_are_not():
    one, two = off_by(0.1), off_by(0.2)
    found = audit(one.book, one.results)
    assert [(v.where, v.rule, round(v.amount, 6)) for v in sorted(found, key=lambda v: v.where)] == [
        ("A electricity 2025-04-01T00:00:00Z", "balance", 0.1), ("B electricity 2025-04-01T00:00:00Z", "balance", 0.1),
    ]  # fmt: skip
    assert verdict_of(one.book, found) == "flagged"
    assert verdict_of(two.book, audit(two.book, two.results)) == "violations"
    clean = off_by(0.0)
    assert verdict_of(clean.book, audit(clean.book, clean.results)) == "clean"


@pytest.mark.parametrize("level", LEVELS)
def test_a_flagged_result_verifies_and_says_so(tmp_path, level):
    made = off_by(0.1)
    done = verify(written(tmp_path / "b", level, made, facts_of(made), "M-B"), RING)
    assert done.is_ok, [c for c in done.checks if not c.is_ok]
    assert done.certificate["audit"]["verdict"] == "flagged"
    assert [row["rule"] for row in done.certificate["audit"]["listed"]] == ["balance", "balance"]
    assert certify(made, Facts("S-1"), KEY, NOW).document["audit"] == done.certificate["audit"], "also unasked"


@pytest.mark.parametrize(
    ("level", "change", "check"),
    [
        ("public", lambda rows: rows[:1], "balance"),
        ("regulator", lambda rows: rows[:1], "balance"),
        ("regulator", lambda rows: [rows[0], rows[1] | {"amount": 0.05}], "audit"),
        ("public", lambda rows: [rows[0], rows[1] | {"rule": "block_loss"}], "certificate"),
        ("public", lambda rows: [rows[0], rows[1] | {"amount": -1.0}], "certificate"),
        ("public", lambda rows: [rows[0], {"where": "B"}], "certificate"),
        ("public", lambda _: [], "certificate"),
    ],
)
def test_violations_that_are_not_the_listed_ones_are_refused(tmp_path, level, change, check):
    made = off_by(0.1)
    bundle = written(tmp_path / "b", level, made, facts_of(made))
    rows = change(certify(made, facts_of(made), KEY, NOW).document["audit"]["listed"])
    resign(bundle, audit={"verdict": "flagged", "violations": len(rows), "listed": rows})
    assert check in failed(verify(bundle, RING))


def test_a_result_beyond_the_second_step_is_refused_though_it_lists_everything(tmp_path):
    made = off_by(0.2)
    bundle = written(tmp_path / "b", "regulator", made, facts_of(made))
    assert failed(verify(bundle, RING)) == {"audit"}


@pytest.mark.parametrize(
    "violation",
    [
        Violation("", "block order 'b'", "block_loss", 1e-9),
        Violation("", "curve order 'c'", "curve_loss", 1e-9),
        Violation("", "line 'A-B'", "line_capacity", 0.01),
        Violation("before rounding: ", "A", "balance", 0.01, "before rounding: "),
        Violation("", "A", "balance", float("nan")),
        Violation("", "A", "line_prices", 0.011),
        Violation("", "", "welfare_rounding", 0.01),
    ],
    ids=lambda v: f"{v.rule} {v.amount} {v.stage}",
)
def test_what_is_never_flagged(violation):
    small = Violation("", "A", "balance", 0.01)
    assert verdict_of(off_by(0.0).book, [small]) == "flagged"
    assert verdict_of(off_by(0.0).book, [small, violation]) == "violations"


def test_further_rows_of_a_rule_are_no_graver_than_those_that_are_shown():
    report = Report()
    report.add("balance", np.full(SHOWN + 5, 0.05), lambda c: f"cell {c}", lambda _: "off")
    assert report.violations[-1].where == FURTHER
    book = off_by(0.0).book
    assert verdict_of(book, report.violations) == "flagged"
    assert verdict_of(book, report.violations[-1:]) == "violations"
