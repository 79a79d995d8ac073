"""`walras verify`: check a published bundle on any machine, with keys from elsewhere.

Exit codes: 0 every check is ok, 1 one failed or could not be run, 2 it cannot be read.
"""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from walras.cli.show import print_table, say
from walras.errors import BadInput, Mistake

if TYPE_CHECKING:
    from walras.results.publication import Verification


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify", epilog="Example: walras verify public.zip --ring ring.json")(verify)


def verify(
    bundle: Annotated[Path, typer.Argument(help="Folder or zip file that was published.", metavar="BUNDLE")],
    *,
    ring: Annotated[Path, typer.Option("--ring", help="Key ring, from elsewhere than the bundle.")],
    receipts: Annotated[Path | None, typer.Option("--receipts", help="A member's receipts, as JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Check a published result: signature, hashes, balance, network, prices; own orders; or everything."""
    from walras.results.publication import read_ring
    from walras.results.publication import verify as check

    if ring.resolve().is_relative_to(bundle.resolve()):
        fix = "Name a ring that you got by another way; whoever forges a bundle forges its ring."
        raise BadInput(
            [Mistake("the ring lies in the bundle that it should vouch for", str(ring), "ring_outside", fix)]
        )
    done = check(bundle, read_ring(ring), receipts)
    if as_json:
        print(json.dumps(done.to_json(), indent=2))
    else:
        _print(done)
    if not done.is_ok:
        raise typer.Exit(1)


def _admitted(said: Mapping[str, Any]) -> list[str]:
    """Return what a certificate admits: zones that cleared alone, orders left out, violations that it flags."""
    fallback, audit = said.get("fallback", {}), said.get("audit", {})
    out = []
    if fallback.get("rung") not in {None, "coupled"}:
        zones = ", ".join(map(str, fallback.get("cut_off", []))) or "none"
        out.append(f"fallback: {fallback['rung']}; zones that cleared alone: {zones}")
    if said.get("excluded_orders"):
        out.append(f"orders that were left out: {', '.join(map(str, said['excluded_orders']))}")
    out += [f"flagged: {row['where']}: {row['rule']}, {row['amount']} too much" for row in audit.get("listed", [])]
    return out


def _print(done: Verification) -> None:
    from walras.results.publication.checks import CHECKS

    said = done.certificate
    names = ("market", "session", "delivery_day", "kind", "stage", "result_version", "status")
    rows = [(n.replace("_", " "), said[n]) for n in names if n in said]
    print_table(f"Bundle of the {done.level} level", ("", ""), rows)
    for text in _admitted(said):
        say(text)
    print_table(
        "", ("check", "", "what"), [(c.name, c.word, CHECKS[c.name]) for c in done.checks], left=(0, 1, 2), wraps=(2,)
    )
    for check in done.checks:
        for text in check.found:
            say(f"{check.name}: {text}")
    say(f"Not proven at the {done.level} level:")
    for limit in done.limits:
        say(f"- {limit}")
    say("verified" if done.is_ok else "NOT verified")
