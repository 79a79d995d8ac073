"""Text that was copied from a spreadsheet, as rows of a sheet of orders.

A spreadsheet puts cells on the clipboard apart by tabs, rows by line ends, and writes a cell that
holds either in quotation marks. Nothing is judged here: what is no number or no time stays the
text that it was, and the door says what is wrong with it. Two things are read with care:

* a first row of column names says which column is which; without one, columns follow the sheet;
* numbers may have a decimal comma. Some cell of the paste usually tells (`3,5` has no thousands,
  `1,234.5` has both); `1,234` alone does not, and is read as the person's language writes it.

What the console itself writes for a person, it writes as it would read it: `number_text`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from walras.service.intake.sheets import Sheet, SheetColumn

Value = str | float | int
COMMA, POINT = ",", "."
_SPACES = str.maketrans("", "", " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'\N{RIGHT SINGLE QUOTATION MARK}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_GROUPED = {mark: re.compile(rf"[+-]?\d{{1,3}}({re.escape(mark)}\d{{3}})+") for mark in (COMMA, POINT)}
_NUMBER_LIKE = re.compile(r"[+-]?[\d.,]*\d[\d.,]*([eE][+-]?\d{1,3})?")
_CLOCK = r"(\d{1,2}):(\d{2})(?::00)?"
_OFFSET = r"(\s*(?:Z|[+-]\d{2}:\d{2}))?"
_DAY_FIRST = re.compile(rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}})(?:[ T,]+{_CLOCK})?{_OFFSET}")
_YEAR_FIRST = re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}})[ T]+{_CLOCK}{_OFFSET}")


@dataclass(frozen=True)
class Pasted:
    """A paste as it was understood.

    Attributes:
        columns: Name of the sheet's column that each cell of a row belongs to.
        rows: Cells, as many as columns; blank rows at the end are left out.
        unknown: Names in the first row that the sheet does not have; their cells are left out.
        has_head: Whether the first row held names.
        decimal: The sign that numbers were read with.
        left_out: Rows for which the sheet had no room.
        twice: Names that the first row repeats; the cells of the first one count.
        beyond: Filled cells that belong to no column: right of the last one, or below no name.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    unknown: tuple[str, ...] = ()
    has_head: bool = False
    decimal: str = POINT
    left_out: int = 0
    twice: tuple[str, ...] = ()
    beyond: int = 0


def pasted(text: str, sheet: Sheet, *, first: int = 0, decimal: str = POINT) -> Pasted:
    r"""Return what was pasted into a sheet.

    Args:
        text: From the clipboard.
        sheet: Where it goes.
        first: Column of the sheet that the first cell goes to, where no row of names says otherwise.
        decimal: How a number is read that may be either: `,` or `.` is the decimal sign.

    Example:
        >>> from walras.service.intake.sheets import SHEETS
        >>> found = pasted("order\tprice_start\nsun\t1.234,5\n", SHEETS[0])
        >>> found.columns, found.rows, found.decimal
        (('order', 'price_start'), (('sun', 1234.5),), ',')
    """
    names = {c.name: c for c in sheet.columns}
    table = cells_of(text, names)
    columns: dict[int, SheetColumn] = dict(enumerate(sheet.columns[first:]))
    said: list[str] = []
    has_head = bool(table) and _is_head(table[0], names)
    if has_head:
        said = [_name(cell) for cell in table.pop(0)]
        columns = {i: names[name] for i, name in enumerate(said) if name in names and name not in said[:i]}
    kept = [(i, c) for i, c in columns.items() if i < max(map(len, table), default=0)]
    sign = decimal_sign(
        (row[i] for row in table for i, c in kept if c.kind in ("number", "integer") and i < len(row)), decimal
    )
    rows = tuple(tuple(value_of(row[i] if i < len(row) else "", c, sign) for i, c in kept) for row in table)
    named = {i for i, name in enumerate(said) if name}
    beyond = sum(bool(c.strip()) for row in table for i, c in enumerate(row) if i not in columns and i not in named)
    unknown = tuple(name for name in said if name and name not in names)
    twice = tuple(name for i, name in enumerate(said) if name in names and name in said[:i])
    return Pasted(tuple(c.name for _, c in kept), rows, unknown, has_head, sign, twice=twice, beyond=beyond)


def cells_of(text: str, names: Iterable[str] = ()) -> list[list[str]]:
    r"""Return the cells of a copied text, without blank rows at its end.

    Tabs part cells; where there is none, semicolons or commas do if the first line so holds known names.

    >>> cells_of('a\t"two\nlines"\n\n')
    [['a', 'two\nlines']]
    """
    text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").replace("\0", "")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    known, head = set(names), text.partition("\n")[0]
    mark = "\t"
    if "\t" not in text:
        mark = next((m for m in ";," if len({_name(c) for c in head.split(m)} & known) > 1), "\t")
    table = _parsed(text, mark)
    while table and not any(cell.strip() for cell in table[-1]):
        table.pop()
    return table


def _parsed(text: str, mark: str) -> list[list[str]]:
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except csv.Error:  # a quotation mark that is none, such as an inch
        found = [line.split(mark) for line in text.split("\n")]
    return found


def _name(cell: str) -> str:
    return re.sub(r"[\s*\[\]]+", " ", cell).strip().casefold().replace(" ", "_")


def _is_head(cells: Sequence[str], names: Iterable[str]) -> bool:
    """Return whether a row holds names of columns: more than one, or all there is."""
    filled = [_name(cell) for cell in cells if cell.strip()]
    hits = sum(cell in set(names) for cell in filled)
    return hits > 0 and (hits > 1 or hits == len(filled)) and 2 * hits >= len(filled)


def usual_sign(language: str) -> str:
    """Return the decimal sign that people write in a language.

    >>> usual_sign("en"), usual_sign("de")
    ('.', ',')
    """
    return POINT if language == "en" else COMMA


def decimal_sign(cells: Iterable[str], otherwise: str = POINT) -> str:
    """Return the decimal sign of numbers: the one that a cell can only have, `otherwise` where none tells.

    >>> decimal_sign(["1,234", "3,5"]), decimal_sign(["1,234", "1,234.5"]), decimal_sign(["1,234"], ",")
    (',', '.', ',')
    """
    votes = {COMMA: 0, POINT: 0}
    for cell in cells:
        plain = cell.translate(_SPACES)
        if _NUMBER_LIKE.fullmatch(plain) and (sign := _only_sign(plain)):
            votes[sign] += 1
    if votes[COMMA] == votes[POINT]:
        return otherwise
    return max(votes, key=lambda sign: votes[sign])


def _only_sign(text: str) -> str:
    """Return the decimal sign that a number must have, empty where it has none or may have either."""
    last = max(text.rfind(COMMA), text.rfind(POINT))
    if last < 0:
        return ""
    sign = text[last]
    other = POINT if sign == COMMA else COMMA
    if other in text:
        return sign if text.count(sign) == 1 else ""
    if text.count(sign) > 1:
        return other if _GROUPED[sign].fullmatch(text) else ""
    return "" if _GROUPED[sign].fullmatch(text) and not text.lstrip("+-").startswith("0") else sign


def number_of(text: str, decimal: str = POINT) -> Value:
    """Return the number that a text is, or the text where it is none.

    >>> number_of("1.234,50", ","), number_of("-7"), number_of("1 000"), number_of("many"), number_of("1,2,3")
    (1234.5, -7, 1000, 'many', '1,2,3')
    """
    plain = text.translate(_SPACES).replace("\N{MINUS SIGN}", "-")
    thousands = POINT if decimal == COMMA else COMMA
    whole, mark, rest = plain.partition(decimal)
    if thousands in plain:
        if not _GROUPED[thousands].fullmatch(whole) or thousands in rest:
            return text
        whole = whole.replace(thousands, "")
    plain = f"{whole}.{rest}" if mark else whole
    if not _NUMBER.fullmatch(plain) or len(plain) > 40:
        return text
    value = float(plain)
    if abs(value) == float("inf"):
        return text
    return int(value) if abs(value) < 1e15 and plain.lstrip("+-").isdigit() else value


def number_text(value: float, decimal: str = POINT) -> str:
    """Return a number as `number_of` reads it with the same sign: without thousands, to its last digit.

    >>> number_text(250.125, ","), number_text(300.0), number_text(-3.25, ",")
    ('250,125', '300', '-3,25')
    """
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return str(int(value) if is_whole else value).replace(POINT, decimal)


def time_of(text: str) -> str:
    """Return a time as the sheets write it, or the text where it is none that can be read in one way only.

    >>> time_of("24.1.2026 6:00"), time_of("2026-01-24T6:00"), time_of("1/2/2026 06:00")
    ('2026-01-24 06:00', '2026-01-24 06:00', '1/2/2026 06:00')
    """
    plain = text.strip()
    if found := _DAY_FIRST.fullmatch(plain):
        day, month, year, hour, minute, offset = found.groups(default="")
        return f"{year}-{month:0>2}-{day:0>2} {hour or '0':0>2}:{minute or '00'}{offset.strip()}"
    if found := _YEAR_FIRST.fullmatch(plain):
        year, month, day, hour, minute, offset = found.groups(default="")
        return f"{year}-{month:0>2}-{day:0>2} {hour:0>2}:{minute}{offset.strip()}"
    return text


def value_of(text: str, column: SheetColumn, decimal: str = POINT) -> Value:
    """Return what a cell of a column holds, the text itself where it is not what the column wants."""
    if column.kind in ("number", "integer"):
        return number_of(text, decimal) if text.strip() else ""
    if column.kind == "time":
        return time_of(text)
    return text.strip()
