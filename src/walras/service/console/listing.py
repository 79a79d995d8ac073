"""Tables of the console: one way to list things, with numbers right-aligned and units in heads.

A `Column` says what a field is; cells are written on the server in the person's language, and
sorted by the plain value behind them. A row may hold `NAME_href` beside a field to make it a link,
and `NAME_decimals` where its amount has other decimals than its column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from nicegui import ui

from walras.service.console import shown
from walras.service.console.desk import Desk

Kind = Literal["text", "code", "number", "span", "money", "time", "day", "state", "words", "flag", "wide"]
NO_BREAK = "\N{NO-BREAK SPACE}"
CELL = """
<q-td :props="props"><span :class="props.row[props.col.name + '_class']">
  <a v-if="props.row[props.col.name + '_href']" :href="props.row[props.col.name + '_href']"
    >{{ props.row[props.col.name + '_shown'] }}</a>
  <template v-else>{{ props.row[props.col.name + '_shown'] ?? props.value }}</template>
</span></q-td>"""
ACTS = """
<q-td :props="props" class="acts" :class="{ many: (props.row.acts || []).length > 2 }">
  <q-btn v-for="act in props.row.acts" :key="act[0]" dense outline no-caps size="sm" :label="act[1]"
    :aria-label="act[1] + ' ' + props.row.act_of" @click="$parent.$emit('act', [act[0], props.row.key])" />
</q-td>"""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: Field of the rows.
        label: In the head, translated already.
        kind: What the field is; a span is some numbers, shown by their least and most.
        unit: Written behind the label.
        decimals: Of numbers.
    """

    name: str
    label: str
    kind: Kind = "text"
    unit: str = ""
    decimals: int = 2

    @property
    def head(self) -> str:
        """Return the head with its unit."""
        return f"{self.label}, {self.unit}" if self.unit else self.label

    @property
    def is_number(self) -> bool:
        """Return whether its cells stand right-aligned."""
        return self.kind in ("number", "span", "money")


def listing(
    desk: Desk,
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    *,
    title: str,
    key: str,
    empty: str = "",
    acts: Callable[[Mapping[str, Any]], list[tuple[str, str]]] | None = None,
    on_act: Callable[[str, str], Any] | None = None,
    page: int = 25,
) -> ui.table | None:
    """Show rows as a table, or say that there are none.

    Args:
        desk: Where it is shown.
        columns: In their order.
        rows: Plain values by field.
        title: Says what the table holds, for everybody and for screen readers.
        key: Field that names a row.
        empty: What is said where there are no rows.
        acts: Buttons of a row, as (word, label).
        on_act: Called with the word of a pressed button and the key of its row.
        page: Rows a page; 0 = all.

    Returns:
        The table, None where there were no rows.
    """
    if not rows:
        ui.label(empty or desk.t("There is nothing here yet.")).classes("empty")
        return None
    heads: list[dict[str, Any]] = [
        {"name": c.name, "label": c.head, "field": c.name, "align": "right" if c.is_number else "left",
         "sortable": True, "classes": "number" if c.is_number else ""}
        for c in columns
    ]  # fmt: skip
    if acts is not None:
        heads.append({"name": "acts", "label": desk.t("Acts"), "field": "acts", "align": "left"})
    written = [_row(desk, columns, row, key, acts) for row in rows]
    pages: dict[str, Any] = {"rowsPerPage": page if len(rows) > page else 0}
    table = ui.table(columns=heads, rows=written, row_key="key", pagination=pages)
    is_whole = str(pages["rowsPerPage"] == 0).lower()
    table.props(f'flat bordered dense :hide-bottom="{is_whole}"')
    table.props["aria-label"] = title
    table.classes("listing")
    table.add_slot("body-cell", CELL)
    table.add_slot("body-cell-acts", ACTS)
    if on_act is not None:
        table.on("act", lambda event: on_act(str(event.args[0]), str(event.args[1])))
    return table


def _row(
    desk: Desk, columns: Sequence[Column], row: Mapping[str, Any], key: str,
    acts: Callable[[Mapping[str, Any]], list[tuple[str, str]]] | None,
) -> dict[str, Any]:  # fmt: skip
    written: dict[str, Any] = {"key": str(row[key]), "act_of": str(row[key])}
    for column in columns:
        value = row.get(column.name)
        if column.kind == "span":
            value = None if value is None else list(value)
            written[column.name] = min(value, default=None) if value else None
        else:
            written[column.name] = value if isinstance(value, int | float | str | None) else str(value)
        own = replace(column, decimals=row.get(f"{column.name}_decimals", column.decimals))
        written[f"{column.name}_shown"] = written_as(desk, own, value)
        if f"{column.name}_href" in row:
            written[f"{column.name}_href"] = row[f"{column.name}_href"]
        if column.kind == "state" and value:
            written[f"{column.name}_class"] = f"state state-{value}"
        if column.kind in ("code", "wide", "time") and written[f"{column.name}_shown"]:
            written[f"{column.name}_class"] = column.kind
    if acts is not None:
        written["acts"] = [list(act) for act in acts(row)]
    return written


def written_as(desk: Desk, column: Column, value: Any) -> str:
    """Return a value as its column writes it."""
    if value is None or value == "":
        return desk.t("no") if column.kind == "flag" else ""
    written: dict[str, Callable[[], str]] = {
        "number": lambda: shown.number(value, column.decimals, desk.language),
        "span": lambda: shown.span(value, desk.language),
        "money": lambda: shown.money(value, column.decimals, desk.language),
        "time": lambda: _of_two_parts(shown.time(value, desk.zone, desk.language)),
        "day": lambda: shown.day(value, desk.language),
        "flag": lambda: desk.t("yes") if value else desk.t("no"),
        "state": lambda: desk.t(str(value).replace("_", " ")),
        "words": lambda: desk.t(str(value).replace("_", " ")),
    }
    return written.get(column.kind, lambda: str(value))()


def _of_two_parts(time: str) -> str:
    """Return a time that wraps between its local part and UTC alone."""
    local, bracket, utc = time.replace(" ", NO_BREAK).partition(f"{NO_BREAK}(")
    return f"{local} ({utc}" if bracket else local


def facts(desk: Desk, rows: Sequence[tuple[str, str]]) -> None:
    """Show facts as a list of names and values."""
    with ui.element("dl").classes("facts"):
        for name, value in rows:
            with ui.element("div"):
                with ui.element("dt"):
                    ui.label(name)
                with ui.element("dd"):
                    ui.label(value or "-")
