"""`walras keys`: make a signing key, and keep the ring of public keys that verifiers use."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from walras.cli.show import print_table, say

_Ring = Annotated[Path, typer.Argument(help="Key ring, a JSON file.", metavar="RING")]
_TIME = "UTC, such as 2026-01-01T00:00:00Z"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    keys = typer.Typer(help="Make signing keys, and keep the ring of public keys.", no_args_is_help=True)
    keys.command("new", epilog="Example: walras keys new operator.key")(new)
    keys.command("ring-add", epilog="Example: walras keys ring-add ring.json operator.key --days 400")(ring_add)
    keys.command("revoke", epilog="Example: walras keys revoke ring.json 66687aadf862bd77 --reason retired")(revoke)
    keys.command("show", epilog="Example: walras keys show ring.json")(show)
    app.add_typer(keys, name="keys")


def new(key: Annotated[Path, typer.Argument(help="File to write, for its owner alone.", metavar="KEY")]) -> None:
    """Make a private key; print its name and its public half."""
    from walras.results.publication import SigningKey, write_key

    made = SigningKey.new()
    write_key(made, key)
    say(f"key id:     {made.key_id}")
    say(f"public key: {made.public_key.hex()}")
    say(f"private key: {key} (mode 0600); never send it to anybody")


def ring_add(
    ring: _Ring,
    key: Annotated[str, typer.Argument(help="64 hex digits of a public key, or a private key's file.", metavar="KEY")],
    *,
    valid_from: Annotated[str | None, typer.Option("--from", help=f"First moment, {_TIME}; now unless given.")] = None,
    days: Annotated[int, typer.Option("--days", min=1, help="How long it may sign.")] = 730,
) -> None:
    """Add a public key to a ring; make the ring if there is none."""
    from walras.results.publication import KeyRing, PublicKey, read_key, read_ring, write_ring

    public = bytes.fromhex(key) if re.fullmatch("[0-9a-fA-F]{64}", key) else read_key(key).public_key
    begin = _moment(valid_from, "--from")
    more = PublicKey(public, begin, begin + timedelta(days=days))
    kept = read_ring(ring) if ring.exists() else KeyRing()
    write_ring(kept.with_key(more), ring)
    show(ring)


def revoke(
    ring: _Ring,
    key_id: Annotated[str, typer.Argument(help="Name of the key.", metavar="KEY_ID")],
    *,
    reason: Annotated[
        Literal["compromised", "retired"],
        typer.Option("--reason", help="compromised: no signature counts; retired: earlier ones do."),
    ],
    at: Annotated[str | None, typer.Option("--at", help=f"Since when, {_TIME}; now unless given.")] = None,
) -> None:
    """Revoke a key of a ring."""
    from walras.results.publication import read_ring, write_ring

    write_ring(read_ring(ring).revoked(key_id, _moment(at, "--at"), reason), ring)
    show(ring)


def show(ring: _Ring) -> None:
    """Print the keys of a ring."""
    from walras.results.publication import read_ring

    rows = [
        (k.key_id, f"{k.valid_from:%Y-%m-%d}", f"{k.valid_to:%Y-%m-%d}", _revoked(k.revoked_at, k.reason))
        for k in read_ring(ring).keys
    ]
    print_table("Key ring", ("key id", "valid from", "until", "revoked"), rows, left=(0, 1, 2, 3))


def _revoked(at: datetime | None, reason: str | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d}: {reason}"


def _moment(word: str | None, option: str) -> datetime:
    from walras.results.publication.documents import moment_of

    return datetime.now(UTC).replace(microsecond=0) if word is None else moment_of(word, option)
