"""Where the figures of a pair come from, as the tables of its folder's README.

`examples/make_two_states.py` writes them between the marks of a README; a test keeps them equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from walras.studies.pairs.checks import ILLUSTRATIVE
from walras.studies.pairs.pair import Pair

MARKS = "<!-- {} -->"


def rows_of(pair: Pair) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield table, name and sources of every row with figures; `illustrative` is no source.

    Example:
        >>> from walras.studies.pairs.read import bundled_pair
        >>> next(iter(rows_of(bundled_pair("coast-and-hills"))))
        ('zones', 'XA-coast', ())
    """
    named = {
        "zones": [(z.zone, z.source) for z in pair.zones],
        "lines": [(line.line, line.source) for line in pair.lines],
        "plants": [(p.plant, p.source) for p in pair.plants],
        "demand": [(d.order, d.source) for d in pair.demand],
        "stores": [(s.store, s.source) for s in pair.stores],
    }
    for table, rows in named.items():
        for name, said in rows:
            yield table, name, tuple(s for s in said.split() if s != ILLUSTRATIVE)


def source_table(pair: Pair) -> str:
    """Return the table of sources: what each says, and which rows stand on it."""
    used: dict[str, list[str]] = {}
    for _, name, sources in rows_of(pair):
        for source in sources:
            used.setdefault(source, []).append(name)
    lines = ["| source | says | where | for |", "|---|---|---|---|"]
    for row in pair.sources:
        where = f"[{row.title}]({row.url}), {row.published}"
        rows = ", ".join(f"`{name}`" for name in dict.fromkeys(used.get(row.source, ())))
        lines.append(f"| `{row.source}` | {row.says} | {where} | {rows or 'see above'} |")
    return "\n".join(lines)


def illustrative_table(pair: Pair) -> str:
    """Return the table of rows without a source."""
    found: dict[str, list[str]] = {}
    for table, name, sources in rows_of(pair):
        if not sources:
            found.setdefault(table, []).append(name)
    lines = ["| table | illustrative rows |", "|---|---|"]
    for table, names in found.items():
        lines.append(f"| `{table}.csv` | {', '.join(f'`{n}`' for n in dict.fromkeys(names))} |")
    return "\n".join(lines)


def with_tables(readme: str, pair: Pair) -> str:
    """Return a README with both tables between their marks."""
    for name, table in (("sources", source_table(pair)), (ILLUSTRATIVE, illustrative_table(pair))):
        begin, end = MARKS.format(name), MARKS.format(f"end of {name}")
        pattern = re.compile(f"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
        readme = pattern.sub(lambda _, b=begin, t=table, e=end: f"{b}\n{t}\n{e}", readme)  # type: ignore[misc]
    return readme
