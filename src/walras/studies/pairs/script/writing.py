"""From a script to its files."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

from walras.studies.pairs.script.written import Written


def write_script(written: Written, folder: Path) -> None:
    """Write a rehearsal beside the market of its pair: `script.json` and, in `day`, what it names.

    Args:
        written: The script.
        folder: Of the pair; its `day` is replaced.
    """
    place = folder / "day"
    shutil.rmtree(place, ignore_errors=True)
    for name, content in written.files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        path.write_text(text, encoding="utf-8")
    for name, rows in written.tables.items():
        path = place / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(dict.fromkeys(k for row in rows for k in row)), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
    said = {"format": "walras-rehearsal", "version": 1, "name": written.pair.name, "market": written.market,
            "delivery_day": written.day.isoformat(), "steps": written.steps}  # fmt: skip
    (folder / "script.json").write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
