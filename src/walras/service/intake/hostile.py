"""Bytes that may be hostile: sizes, zips, texts; whatever is wrong with them becomes a mistake.

Sizes are counted while bytes are unpacked, since what a zip declares about itself may be a lie.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from walras.book.findings import Findings

ZIP_START = b"PK\x03\x04"
MOST_COLUMNS = 64
_CHUNK = 1 << 20
_MEGABYTE = 1 << 20
_SAFE = "Send a file of the documented form, written anew; docs/how-to/send-orders.md shows it."


@dataclass(frozen=True)
class FileLimits:
    """What a file may hold.

    Attributes:
        max_bytes: Size as it arrives.
        max_unpacked: Size of all that is in it, unpacked.
        max_entries: Files in a zip.
        max_rows: Rows of a table.
        max_cells: Rows times columns of all tables together.
        max_sheet_rows: Rows of a sheet of a spreadsheet.
        max_sheet_cells: Cells of all its sheets.
        max_sheet_unpacked: Size of all that is in a spreadsheet, unpacked.
        max_listed: Equal mistakes of a table that are told one by one; one more line counts the rest.
    """

    max_bytes: int = 64 * _MEGABYTE
    max_unpacked: int = 512 * _MEGABYTE
    max_entries: int = 100
    max_rows: int = 5_000_000
    max_cells: int = 60_000_000
    max_sheet_rows: int = 50_000
    max_sheet_cells: int = 500_000
    max_sheet_unpacked: int = 128 * _MEGABYTE
    max_listed: int = 500


@contextmanager
def guarded(findings: Findings, where: str, rule: str) -> Iterator[None]:
    """Turn whatever a reader of foreign bytes raises into a mistake.

    Readers written in other languages panic with an exception that is not an `Exception`.
    """
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        reason = (str(error).splitlines() or [""])[0].strip()[:150] or type(error).__name__
        findings.add(f"the file cannot be read: {printable(reason)}", where, rule, _SAFE)


def printable(text: str) -> str:
    """Return a foreign text that is safe to show: one line, no control characters, not too long."""
    return "".join(c if c.isprintable() else "?" for c in text[:100])


def fits(data: bytes, limits: FileLimits, findings: Findings) -> bool:
    """Return whether a file is small enough and not empty; otherwise it is reported."""
    if not data:
        findings.add("the file is empty", "file", "file_readable", _SAFE)
    elif len(data) > limits.max_bytes:
        what = f"the file has {len(data)} bytes, at most {limits.max_bytes} are taken"
        findings.add(what, "file", "file_size", "Send fewer orders a file.")
    else:
        return True
    return False


def unzip(data: bytes, limits: FileLimits, findings: Findings, *, folders: bool = False) -> dict[str, bytes] | None:
    """Return the files of a zip by name, None if anything is wrong with it (reported).

    Args:
        data: The zip.
        limits: On the number of files, and on declared and real sizes.
        findings: Gets what is wrong.
        folders: Whether names may hold folders (a spreadsheet has some).
    """
    before = len(findings.mistakes)
    found: dict[str, bytes] = {}
    with guarded(findings, "file", "file_readable"), zipfile.ZipFile(io.BytesIO(data)) as file:
        entries = [e for e in file.infolist() if not (folders and e.is_dir())]
        _check_entries(entries, limits, findings, folders=folders)
        left = limits.max_unpacked
        for entry in entries if len(findings.mistakes) == before else ():
            content = _unpacked(file, entry, left)
            if content is None:
                _too_large(limits, findings)
                break
            left -= len(content)
            if content.startswith(ZIP_START):
                what = f"{printable(entry.filename)!r} is a zip inside the zip"
                findings.add(what, "file", "zip_not_nested", "Send the files in one zip, not packed twice.")
                break
            found[entry.filename] = content
    return found if len(findings.mistakes) == before else None


def _unpacked(file: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes | None:
    """Return the content of an entry, None as soon as it is larger than `most`."""
    pieces, size = [], 0
    with file.open(entry) as stream:
        while piece := stream.read(_CHUNK):
            size += len(piece)
            if size > most:
                return None
            pieces.append(piece)
    return b"".join(pieces)


def _check_entries(entries: list[zipfile.ZipInfo], limits: FileLimits, findings: Findings, *, folders: bool) -> None:
    if len(entries) > limits.max_entries:
        what = f"the zip holds {len(entries)} files, at most {limits.max_entries} are taken"
        findings.add(what, "file", "zip_entries", "Send one file a table.")
        return
    if sum(e.file_size for e in entries) > limits.max_unpacked:
        _too_large(limits, findings)
    names = [e.filename.lower() for e in entries]
    for entry in entries:
        name = entry.filename
        parts = name.replace("\\", "/").split("/")
        if ".." in parts or "" in parts or ":" in name or "\\" in name or (not folders and len(parts) > 1):
            what = f"the zip holds a file named {printable(name)!r}"
            findings.add(what, "file", "zip_names", "Name files after their tables, without a folder.")
        elif names.count(name.lower()) > 1:
            findings.add(f"{printable(name)!r} is twice in the zip", "file", "zip_names", "Send each table once.")
        if name.lower().endswith((".zip", ".xlsx", ".gz", ".7z", ".tar")):
            what = f"{printable(name)!r} is packed inside the zip"
            findings.add(what, "file", "zip_not_nested", "Send the files in one zip, not packed twice.")
        if entry.flag_bits & 0x1 or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            what = f"{printable(name)!r} is encrypted, or packed in a way that few read"
            findings.add(what, "file", "zip_plain", "Pack with the usual method (deflate) and no password.")


def _too_large(limits: FileLimits, findings: Findings) -> None:
    what = f"the file is larger than {limits.max_unpacked} bytes when it is unpacked"
    findings.add(what, "file", "file_size", "Send fewer orders a file.")


def utf8(data: bytes, where: str, findings: Findings) -> bytes | None:
    """Return a text in UTF-8 without its byte order mark, None if it is none (reported)."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\x00" in data:
        fix = "Save the file as UTF-8 text; a NUL is often a sign of UTF-16."
        findings.add("the file holds NUL bytes", where, "text_utf8", fix)
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"byte {error.start + 1} of the file is no UTF-8"
        findings.add(what, where, "text_utf8", "Save the file as UTF-8 text.")
        return None
    return data
