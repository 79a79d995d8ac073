"""The files of one Iberian delivery day: which they are, and their bytes.

======================================== =============================================
`CAB_YYYYMMDD.N`                         headers of orders (market operator)
`DET_YYYYMMDD.N`                         their rows: steps and legs
`capacidad_inter_pbc_YYYYMMDD.N`         capacities of Spain's borders
`entsoe_fr_day_ahead_prices_YYYYMMDD.csv` the French price (ENTSO-E's transparency platform)
`participants_bidding_zones.csv`         zone of each unit, for all days
======================================== =============================================

N is the publisher's version. Each may be compressed (`.gz`). Layouts stand in
`omie_offers` and `omie_network`, which read the bytes.
"""

from __future__ import annotations

import gzip
import re
import zlib
from datetime import date, datetime
from pathlib import Path

from walras.book.findings import Findings

PATTERNS = {
    "CAB": r"CAB_(\d{8})\.\d+",
    "DET": r"DET_(\d{8})\.\d+",
    "capacidad_inter_pbc": r"capacidad_inter_pbc_(\d{8})\.\d+",
    "entsoe_fr_day_ahead_prices": r"entsoe_fr_day_ahead_prices_(\d{8})\.csv",
    "participants_bidding_zones": r"participants_bidding_zones\.csv()",
}
"""Name without `.gz`; the group is the delivery day, empty in the table for all days."""


def read_files(src: Path, day: date | None, findings: Findings) -> tuple[date | None, dict[str, bytes]]:
    """Return the delivery day and the bytes of each file, by its name in `PATTERNS`.

    Args:
        src: Folder with the files.
        day: Delivery day; None if the folder holds only one.
        findings: Gets missing folders and days, files that are missing, there twice or cut off.
    """
    if not src.is_dir():
        findings.add("no such folder", str(src), "source_folder", "Name the folder that holds the files.")
        return day, {}
    found = {name: _matching(src, pattern) for name, pattern in PATTERNS.items()}
    if day is None:
        day = _only_day(found["CAB"], findings)
        if day is None:
            return None, {}
    files = {}
    for name, days in found.items():
        paths = days.get(f"{day:%Y%m%d}", []) + days.get("", [])
        if len(paths) != 1:
            what = "there more than once: " + ", ".join(p.name for p in paths) if paths else "missing"
            fix = "Keep one of them." if paths else f"Put it into {src}."
            findings.add(f"the file is {what}", f"{name} of {day}", "source_table", fix)
            continue
        try:
            data = paths[0].read_bytes()
            files[name] = gzip.decompress(data) if paths[0].suffix == ".gz" else data
        except (OSError, EOFError, zlib.error) as e:
            findings.add(f"the file cannot be read: {e}", paths[0].name, "source_table", "Fetch the file again.")
    return day, files


def _matching(src: Path, pattern: str) -> dict[str, list[Path]]:
    """Return the files of a pattern by day, as the name writes it."""
    out: dict[str, list[Path]] = {}
    for path in sorted(src.iterdir()):
        match = re.fullmatch(pattern, path.name.removesuffix(".gz"))
        if match and path.is_file():
            out.setdefault(match[1], []).append(path)
    return out


def _only_day(headers: dict[str, list[Path]], findings: Findings) -> date | None:
    """Return the only delivery day of a folder, from the names of its header files."""
    days = []
    for text, paths in headers.items():
        try:
            days.append(datetime.strptime(text, "%Y%m%d").date())
        except ValueError:
            findings.add(f"{text} is no day", paths[0].name, "day_present", "Name the file CAB_YYYYMMDD.N.")
    if len(days) == 1:
        return days[0]
    if days:
        span = ", ".join(map(str, days))
        findings.add(f"the folder holds several days: {span}", "CAB", "day_present", "Name one of them.")
    elif not findings.mistakes:
        findings.add("the folder holds no header file", "CAB", "day_present", "Add CAB_YYYYMMDD.N.")
    return None
