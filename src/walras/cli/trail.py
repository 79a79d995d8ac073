"""Commands over a store: trail verify, service backup and restore."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from walras.cli.serving import service
from walras.cli.show import console, say
from walras.errors import BadInput, MissingExtra, Mistake

if TYPE_CHECKING:
    from walras.service.secrets import Secrets
    from walras.service.store.engine import Store

_Store = Annotated[str, typer.Argument(help="Store: a file, or postgresql://...", metavar="STORE")]
_Where = Annotated[
    str | None, typer.Option("--store", help="Store; WALRAS_DATABASE_URL or walras-data/walras.db unless given.")
]
_Folder = Annotated[Path, typer.Argument(help="Folder of the backup.", metavar="DIR")]

trail = typer.Typer(help="The record of everything that was done.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands over a store."""
    trail.command("verify", epilog="Example: walras trail verify walras-data/walras.db --secrets walras-data/keys")(
        verify
    )
    service.command("backup", epilog="Example: walras service backup backups/today")(backup)
    service.command("restore", epilog="Example: walras service restore backups/today --store new.db")(restore)
    app.add_typer(trail, name="trail")


def verify(
    store: _Store,
    secrets: Annotated[Path | None, typer.Option("--secrets", help="Folder of the master key: opens orders.")] = None,
) -> None:
    """Compare everything in a store with its trail, and print every flaw."""
    held = existing_store(store)
    from walras.service import submitted
    from walras.service.trail_check import flaws

    opened = secrets_in(secrets) if secrets is not None else None
    count, err = 0, console(stderr=True)
    with held.read() as connection:
        for flaw in flaws(connection, opened, submitted if opened else None):
            count += 1
            err.print(f"{flaw.stream}: {flaw.where}: {flaw.what}", soft_wrap=True, markup=False)
    held.close()
    if count:
        err.print(f"{count} flaw{'s' if count != 1 else ''} found", style="bold red")
        raise typer.Exit(1)
    say("no flaws" if opened else "no flaws; sealed orders were not opened (--secrets opens them)")


def backup(folder: _Folder, store: _Where = None) -> None:
    """Write one moment of a store into a folder, while it works."""
    held = existing_store(store or store_from_environment())
    from walras.service.backup import save

    manifest = save(held, folder)
    held.close()
    rows = sum(t["rows"] for t in manifest["tables"].values())
    say(f"backup of {manifest['at']}: {folder}, {rows} rows; keys are not in it")


def restore(folder: _Folder, store: _Where = None) -> None:
    """Fill an empty store, of either kind, from a backup."""
    _check_extra()
    from walras.service.backup import load
    from walras.service.store.engine import open_store

    held = open_store(store or store_from_environment())
    manifest = load(held, folder)
    held.close()
    say(f"restored the store of {manifest['at']}; check it with: walras trail verify STORE")


def secrets_in(folder: Path) -> Secrets:
    """Read the master key of a folder; none is made where there is none."""
    from walras.service.secrets import load_secrets

    if not (folder / "master.key").is_file():
        fix = "Name the folder that holds master.key."
        raise BadInput([Mistake("there is no master key", str(folder), "master_key", fix)])
    return load_secrets(folder)


def existing_store(store: str) -> Store:
    """Open a store that is there; a mistyped path must not make an empty one."""
    _check_extra()
    from walras.service.store.engine import open_store

    if "://" not in store and not Path(store).is_file():
        raise BadInput([Mistake("there is no such store", store, "store_present", "Name a store that is there.")])
    return open_store(store)


def store_from_environment() -> str:
    """Return the store that the environment names, or the usual one."""
    return os.environ.get("WALRAS_DATABASE_URL", "walras-data/walras.db")


def _check_extra() -> None:
    try:
        import_module("sqlalchemy")
    except ImportError:
        raise MissingExtra("the store needs the extra `service`: pip install walras[service]") from None
