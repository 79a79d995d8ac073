"""The place that a folder is written to: free, or holding nothing but an older one of its kind.

Nobody loses a file that we did not write, whatever it stands beside.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from walras.errors import BadInput, Mistake


def check_place(target: Path, ours: set[str], is_ours: Callable[[Path], bool], kind: str) -> None:
    """Refuse a place that holds anything but an older folder of the same kind.

    Args:
        target: Folder that will be written.
        ours: Names of files and folders that one of ours may hold.
        is_ours: Whether a folder with only such names really is one.
        kind: What it should be, for the message: "market folder".

    Raises:
        BadInput: It is a file, or holds something that would be lost (rule `place_free`).

    Example:
        >>> check_place(Path("no/such/place"), set(), lambda folder: False, "market folder")
    """
    if not target.exists() and not target.is_symlink():
        return
    inside = {p.name for p in target.iterdir()} if target.is_dir() else set()
    if target.is_dir() and inside <= ours and (not inside or is_ours(target)):
        return
    strange = sorted(inside - ours)
    what = f"it holds {', '.join(strange[:5])}" if strange else f"it is no {kind}"
    fix = "Name a new folder, or remove this one yourself."
    raise BadInput([Mistake(f"the place is taken and will not be replaced: {what}", str(target), "place_free", fix)])
