"""Fixed-width lines as columns: numbers straight from bytes, no line becomes a Python object.

Axes: n lines, w bytes of a line. Fields touch each other, so only their places say where
one ends. Decimal numbers are read as whole numbers of their last decimal, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from walras.book.cells import BoolArray, IntArray
from walras.book.findings import Findings

Field = tuple[int, int]
"""First byte of a field, and the byte after it."""

MOST_DIGITS = 12
"""Before the decimal point; longer numbers are no prices or quantities."""


@dataclass(frozen=True)
class FixedWidth:
    """The lines of one file that have the right length.

    Attributes:
        name: Of the file, for messages.
        text: Bytes; shape (n, w).
        line: Line of the file of each row, from 1; shape (n,).
    """

    name: str
    text: npt.NDArray[np.uint8]
    line: IntArray

    @staticmethod
    def of(name: str, data: bytes, width: int, findings: Findings) -> FixedWidth:
        """Return the lines of a file; lines of another length are reported, empty ones are not."""
        newline = 2 if data[width : width + 2] == b"\r\n" else 1
        whole = np.frombuffer(data, dtype=np.uint8)
        if len(data) and len(data) % (width + newline) == 0:
            text = whole.reshape(-1, width + newline)
            is_end = (text[:, -1] == ord("\n")).all() and (newline == 1 or (text[:, -2] == ord("\r")).all())
            if is_end and int((whole == ord("\n")).sum()) == len(text):
                return FixedWidth(name, text[:, :width], np.arange(1, len(text) + 1))
        lines = [line.removesuffix(b"\r") for line in data.split(b"\n")]
        length = np.array([len(line) for line in lines], dtype=np.int64)
        every = FixedWidth(name, whole[:0].reshape(0, 0), np.arange(1, len(lines) + 1))
        findings.rows(
            every,
            (length != width) & (length > 0) & np.array([line != b"\x1a" for line in lines]),
            "line_length",
            what=lambda i: f"the line has {length[i]} characters, not {width}",
            fix="Fetch the file again.",
        )
        kept = np.flatnonzero(length == width)
        if not len(kept):
            findings.add("the file has no lines", name, "source_table", "Fetch the file again.")
        text = np.frombuffer(b"".join(lines[i] for i in kept), dtype=np.uint8).reshape(-1, width)
        return FixedWidth(name, text, every.line[kept])

    def where(self, at: int) -> str:
        """Return the place of a row for people."""
        return f"{self.name} line {self.line[at]}"

    def title(self, column: str) -> str:
        """Return the name of a column as the publisher has it."""
        return column

    def subset(self, rows: BoolArray) -> FixedWidth:
        """Return some of the rows."""
        return FixedWidth(self.name, self.text[rows], self.line[rows])

    def texts(self, field: Field) -> pl.Series:
        """Return a field as text without blanks around it; the publisher writes Latin-1."""
        first, end = field
        raw = np.ascontiguousarray(self.text[:, first:end]).tobytes().decode("latin-1")
        width = end - first
        return pl.Series([raw[i : i + width] for i in range(0, len(raw), width)], dtype=pl.String).str.strip_chars()

    def numbers(self, title: str, field: Field, decimals: int, findings: Findings) -> tuple[IntArray, BoolArray]:
        """Return a field in whole numbers of its last decimal, and where it is not a number; shapes (n,)."""
        value, bad = numbers_of(self.text[:, field[0] : field[1]], decimals)
        if bad.any():
            findings.rows(
                self,
                bad,
                "source_values",
                what=lambda i: (
                    f"{title} {bytes(self.text[i, field[0] : field[1]]).decode('latin-1')!r} is not a number of "
                    f"at most {decimals} decimals"
                ),
                fix="Send a number, decimal point, aligned to the right.",
            )
        return value, bad


def numbers_of(text: npt.NDArray[np.uint8], decimals: int) -> tuple[IntArray, BoolArray]:
    """Return right-aligned decimal numbers times 10 ** decimals, and which are none; shapes (n,).

    Args:
        text: Bytes; shape (n, w).
        decimals: Most decimals of a number.

    Example:
        >>> text = np.frombuffer(b" -1.5   70  1.x", dtype=np.uint8).reshape(3, 5)
        >>> value, bad = numbers_of(text, 2)
        >>> value[~bad].tolist(), bad.tolist()
        ([-150, 7000], [False, False, True])
    """
    count = len(text)
    value, digits, after = (np.zeros(count, dtype=np.int64) for _ in range(3))
    negative, begun, pointed, bad = (np.zeros(count, dtype=np.bool_) for _ in range(4))
    for byte in np.ascontiguousarray(text.T):
        digit = byte - np.uint8(ord("0"))
        is_digit = digit < 10
        blank, point, minus = byte == ord(" "), byte == ord("."), byte == ord("-")
        bad |= ~(is_digit | blank | point | minus) | (begun & (blank | minus)) | (pointed & point)
        value = np.where(is_digit, value * 10 + digit, value)
        digits += is_digit
        after += is_digit & pointed
        negative |= minus
        pointed |= point
        begun |= ~blank
    bad |= (digits == 0) | (after > decimals) | (digits - after > MOST_DIGITS)
    value = np.where(bad, 0, value) * 10 ** np.clip(decimals - after, 0, decimals)
    return np.where(negative, -value, value), bad
