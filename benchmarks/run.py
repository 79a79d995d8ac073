"""Measure every row of the registry and rewrite the table of docs/performance.md.

`make bench`, or `python benchmarks/run.py [WORD ...]`: with words, only rows whose market or
phase holds one of them, printed and not written. Every row runs in a fresh process of its
own, one after another; nothing fails when a target is missed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from markets import PROJECT, Skip
from measure import Measured, measured
from page import HEAD, line, replaced, table
from phases import ROWS, Row, Stand, prepare

PAGE = PROJECT / "docs" / "performance.md"


def main(words: Sequence[str]) -> None:
    """Measure and print; write the page if every row was measured."""
    rows = [r for r in ROWS if not words or any(w in f"{r.market} {r.phase}" for w in words)]
    found: list[tuple[Row, Measured | str]] = []
    print(HEAD, end="", flush=True)
    with tempfile.TemporaryDirectory(prefix="walras-bench-") as scratch:
        for market in dict.fromkeys(r.market for r in rows):
            place = Path(scratch) / market.replace(" ", "-").replace(",", "")
            place.mkdir()
            reason = _child("prepare", market, str(place))
            for row in (r for r in rows if r.market == market):
                number = str(ROWS.index(row))
                outcome = str(reason) if reason else Measured(**_child("measure", number, str(place)))
                found.append((row, outcome))
                print(line(row, outcome), flush=True)
    if not words:
        PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), table(found)), encoding="utf-8")


def _child(*arguments: str) -> dict:
    """Run this file in a new process and return what it prints last."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def child(task: str, what: str, place: Path) -> object:
    """Do one task and return what the parent reads: figures, or why a market is left out."""
    if task == "measure":
        return measured(ROWS[int(what)], place)._asdict()
    try:
        prepare(Stand(what, place))
    except Skip as reason:
        return str(reason)
    return ""


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(child(sys.argv[2], sys.argv[3], Path(sys.argv[4]))))
    else:
        main(sys.argv[1:])
