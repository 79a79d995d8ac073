"""The last part: contracts are invoiced, bills are issued, everybody pays and is paid."""

from __future__ import annotations

from walras.studies.pairs.script.contracting import observe
from walras.studies.pairs.script.written import Written
from walras.studies.pairs.supplies import Supplies


def paid(w: Written, supplies: Supplies, seed: int) -> None:
    """Contracts are invoiced at final prices, bills are issued, everybody pays and is paid."""
    before = w.observed
    w.at(13, "10:00", "Prices are final: contracts are invoiced, bills are issued with VAT", after_month=True)
    observe(w, supplies, before, seed)
    first, last = w.month[0].isoformat(), w.month[-1].isoformat()
    for name, contract in supplies.contracts(w.day):
        asked = {"agreement": f"{{{name}}}", "contract": contract.contract, "kind": "final invoice", "of": first[:7]}
        w.do("OP", "issue-supply-document", asked)
    w.do("OP", "issue-documents", {"market": w.market, "first_day": first, "last_day": last})
    w.at(20, "10:00", "Everybody pays and is paid", after_month=True)
    w.do("OP", "pay-all", {"market": w.market})
