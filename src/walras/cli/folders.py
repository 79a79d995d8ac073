"""What commands read and write: options checked at the door, folders replaced in one step.

A command first makes everything in a hidden folder beside its goal and puts it in place
at the end, so that a stop half way leaves the old folder or none, never half of one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from walras.errors import BadInput, Mistake

MARKET, RESULT = "market.toml", "summary.json"


def parse_day(text: str, option: str) -> date:
    """Return a day written as YYYY-MM-DD.

    Raises:
        BadInput: It is written differently, or there is no such day.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise BadInput([Mistake(f"{text!r} is not a day", option, "option_day", "Write it as YYYY-MM-DD: 2025-04-01.")])
    return day


def check_free(out: Path, marker: str, option: str = "--out") -> None:
    """Refuse to write over anything but an older folder of the same kind.

    Args:
        out: Folder that will be written.
        marker: File that tells such a folder (`market.toml`, `summary.json`).
        option: Named in the message.

    Raises:
        BadInput: The path is a file, or a folder with something else inside.
    """
    if out.is_dir() and any(out.iterdir()) and not (out / marker).is_file():
        what = f"the folder {out} holds something else"
        raise BadInput([Mistake(what, option, "out_folder", "Name a new folder.")])
    if out.exists() and not out.is_dir():
        raise BadInput([Mistake(f"{out} is a file", option, "out_folder", "Name a new folder.")])


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Yield an empty folder beside `out` that takes its place when all went well."""
    out = Path(os.path.abspath(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{out.name}.{os.getpid()}.part")
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir()
        yield beside
        if out.exists():
            os.replace(out, old)
        os.replace(beside, out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
