"""Write docs/permissions.md: who may ask what, from the registries of commands and queries.

Run it after a change of a role; a test compares the page with the API, cell by cell.
"""

from __future__ import annotations

import inspect
from pathlib import Path

from walras.service.commands import COMMANDS
from walras.service.queries import QUERIES
from walras.service.roles import Role

ROLES = tuple(Role)
INTRODUCTION = """# Permissions

Written by `python docs/make_permissions.py` from the registries in `walras.service`;
`tests/service/test_permissions.py` tries every cell at the API. A dot means: refused, with 403 and a row in the stream
`access` of the trail; to the public, which has no key, with 401. Whose rows a caller sees (a member its own) is decided
beyond this table, by each handler and reader. A key can be narrower than its role: it reaches the scopes that it was
issued with.
"""


def page() -> str:
    """Return the page."""
    parts = [INTRODUCTION]
    for title, registry in (("Commands", COMMANDS), ("Queries", QUERIES)):
        heads = [role.value.replace("_", " ") for role in ROLES]
        lines = [f"## {title}\n", f"| name | {' | '.join(heads)} | scope | what |", "|---" * (len(ROLES) + 3) + "|"]
        for word in sorted(registry):
            asked = registry[word]
            cells = ["yes" if role in asked.roles else "·" for role in ROLES]
            text = inspect.cleandoc(asked.__doc__ or "").splitlines()[0]
            four = " Two officers." if getattr(asked, "is_critical", False) else ""
            lines.append(f"| `{word}` | {' | '.join(cells)} | `{asked.scope}` | {text}{four} |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    Path(__file__).with_name("permissions.md").write_text(page(), encoding="utf-8")
