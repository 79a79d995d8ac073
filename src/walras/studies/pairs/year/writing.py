"""A year as a folder: tables, contract folders, the ledger, a summary and a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from walras.contracts.folder import AGREEMENT, write_events
from walras.studies.pairs.year.live import Year
from walras.studies.pairs.year.page import year_page
from walras.studies.run_facts import run_facts


def write_year(year: Year, out: Path, form: Literal["csv", "parquet"] = "csv") -> None:
    """Write a year into a folder that is there and empty.

    Args:
        year: What was lived.
        out: The folder; it gets `summary.json`, `tables`, `contracts/AGREEMENT` (as `walras contract` reads it),
            `ledger.parquet`, `run.json` (seconds, memory, host) and `report.html`.
        form: Of the tables.
    """
    (out / "tables").mkdir()
    for name, table in year.tables.items():
        if form == "csv":
            table.write_csv(out / "tables" / f"{name}.csv")
        else:
            table.write_parquet(out / "tables" / f"{name}.parquet")
    for name, journal in year.journals.items():
        folder = out / "contracts" / name
        folder.mkdir(parents=True)
        (folder / AGREEMENT).write_text(journal.agreement.text, encoding="utf-8")
        write_events(folder, journal)
    year.ledger.rows().write_parquet(out / "ledger.parquet")
    (out / "summary.json").write_text(json.dumps(year.summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    seconds = {name: round(s, 1) for name, s in sorted(year.seconds.items())}
    (out / "run.json").write_text(json.dumps(run_facts(1, seconds=seconds), indent=1) + "\n", encoding="utf-8")
    year_page(year.pair, year.tables, year.summary, out / "report.html")
