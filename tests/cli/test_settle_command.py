"""`walras settle`: anybody who has a market, its result and the terms computes every cent again."""

import csv
import json

TERMS = {"fees": [{"name": "trading", "per_mwh": "0.04"}],
         "payment_currencies": [{"party": "member/XA-nuclear", "currency": "USD"}]}  # fmt: skip


def test_a_result_is_settled_by_terms_party_by_party_and_mistakes_are_named(run, market, result, tmp_path):
    (tmp_path / "terms.json").write_text(json.dumps(TERMS))
    out, terms = tmp_path / "settled", ("--terms", tmp_path / "terms.json")
    done = run("settle", market, result, *terms, "--rate", "EUR/USD=1.085", "--out", out)
    assert done.exit_code == 0
    assert {"sum of all accounts: 0.00 EUR", "sum of all accounts: 0.00 USD"} <= set(done.stdout.splitlines())
    with (out / "ledger.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert sum(int(r["amount_minor"]) for r in rows if r["currency"] == "EUR") == 0
    assert {r["account"] for r in rows} >= {"fee/trading", "member/XA-nuclear", "exchange/market"}

    owned = run("settle", market, result, "--operator", "XA-north=S-0001", "--party", "operator/S-0001")
    assert owned.stdout.count("congestion") > 0
    lines = run("settle", market, result, "--party", "member/XA-nuclear")
    assert lines.stdout.count("energy") == 24

    (tmp_path / "terms.json").write_text(json.dumps(TERMS | {"fees": [{"name": "trading", "per_mwh": "0,04"}]}))
    assert "rule: settlement_terms" in run("settle", market, result, *terms).stderr
    (tmp_path / "terms.json").write_text(json.dumps(TERMS))
    for words, rule in ((("--party", "member/nobody"), "party_known"), (("--rate", "EUR/USD=0"), "fixing_positive"),
                        (("--operator", "XA-north"), "operator_known"),
                        (terms, "fixing_missing")):  # fmt: skip
        wrong = run("settle", market, result, *words)
        assert (wrong.exit_code, f"rule: {rule}" in wrong.stderr) == (2, True), wrong.stderr
