"""A bundle as one zip file, and back: nothing lands outside of its folder, and nothing grows without end."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from walras.errors import BadInput, Mistake

MOST_FILES = 1_000
MOST_BYTES = 4 * 2**30
MOST_RATIO = 200
"""No honest table shrinks more than this; a bomb does."""

SMALL = 2**20
CHUNK = 2**20
LONG_AGO = (1980, 1, 1, 0, 0, 0)
FIX = "Get the bundle again from where it was published."


def pack(folder: Path | str, archive: Path | str) -> None:
    """Write a folder as a zip file; the same files give the same bytes.

    Raises:
        BadInput: The archive is there already (rule `place_free`).
    """
    folder = Path(folder)
    if Path(archive).exists():
        raise BadInput([Mistake("the file is there already", str(archive), "place_free", "Name a new file.")])
    with zipfile.ZipFile(archive, "x", zipfile.ZIP_DEFLATED) as out:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with file.open("rb") as content, out.open(entry, "w", force_zip64=True) as into:
                while piece := content.read(CHUNK):
                    into.write(piece)


def unpack(archive: Path | str, folder: Path | str, most_bytes: int = MOST_BYTES) -> None:
    """Unpack a zip file into an empty folder.

    What the file claims about sizes is not believed: bytes are counted while they come out.

    Raises:
        BadInput: It is no zip file, or an entry would land outside of the folder, is no plain
            file, comes twice, is encrypted, or is too large (rules `zip_readable`, `zip_path`,
            `zip_plain`, `zip_once`, `zip_size`).
    """
    where = str(archive)
    try:
        with zipfile.ZipFile(archive) as content:
            entries = [e for e in content.infolist() if not e.is_dir()]
            mistakes = _wrong(entries, where, most_bytes)
            if mistakes:
                raise BadInput(mistakes)
            left = most_bytes
            for entry in entries:
                left -= _extract(content, entry, Path(folder), left, where)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError) as error:
        raise BadInput([Mistake(f"it cannot be unpacked: {error}", where, "zip_readable", FIX)]) from None


def _wrong(entries: list[zipfile.ZipInfo], where: str, most_bytes: int) -> list[Mistake]:
    if len(entries) > MOST_FILES:
        return [Mistake(f"it holds {len(entries)} files, more than {MOST_FILES}", where, "zip_size", FIX)]
    mistakes, seen = [], set()
    for entry in entries:
        at = f"{where} {entry.filename!r}"
        if not is_inside(entry.filename):
            mistakes.append(Mistake("it would land outside of the folder", at, "zip_path", FIX))
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or entry.flag_bits & 1:
            mistakes.append(Mistake("it is no plain file", at, "zip_plain", FIX))
        if entry.filename.casefold() in seen:
            mistakes.append(Mistake("it is there twice", at, "zip_once", FIX))
        seen.add(entry.filename.casefold())
        if entry.file_size > max(SMALL, MOST_RATIO * max(entry.compress_size, 1)):
            mistakes.append(Mistake(f"it would grow to {entry.file_size} bytes", at, "zip_size", FIX))
    total = sum(e.file_size for e in entries)
    if total > most_bytes:
        mistakes.append(Mistake(f"it would grow to {total} bytes, more than {most_bytes}", where, "zip_size", FIX))
    return mistakes


def is_inside(name: str) -> bool:
    r"""Return whether a name in an archive stays in its folder on every system.

    >>> [is_inside(n) for n in ("a/b.csv", "../a", "/a", "a/../../b", "C:a", "a\\b", "")]
    [True, False, False, False, False, False, False]
    """
    parts = PurePosixPath(name).parts
    is_plain = bool(parts) and not any(c in name for c in "\\:\0") and all(ord(c) >= 32 for c in name)
    return is_plain and not name.startswith("/") and not any(p in ("..", ".") for p in name.split("/"))


def _extract(content: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, left: int, where: str) -> int:
    target = folder / entry.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    done = 0
    with content.open(entry) as source, target.open("xb") as out:
        while piece := source.read(CHUNK):
            done += len(piece)
            if done > min(entry.file_size, left):
                what = f"it grows beyond the {min(entry.file_size, left)} bytes that it may have"
                raise BadInput([Mistake(what, f"{where} {entry.filename!r}", "zip_size", FIX)])
            out.write(piece)
    return done
