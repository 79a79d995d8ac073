"""docs/how-to/write-a-gas-contract.md runs block by block and prints what it says; its figures are worked out on it."""

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from walras.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-a-gas-contract.md"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", flags=re.DOTALL)
INSTEAD = "in place of the block before"


def test_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    agreement, table = [], ""
    names, commands, at = {}, 0, 0
    Path("gas").mkdir()
    text = PAGE.read_text("utf-8")
    for block in BLOCK.finditer(text):
        before, at = text[at : block.start()], block.end()
        kind, body = block.groups()
        if kind == "toml":
            agreement = [*(agreement[:-1] if INSTEAD in before else agreement), body]
            Path("gas/agreement.toml").write_text("\n".join(agreement), "utf-8")
        elif kind == "csv":
            table = (re.findall(r"`(\w+\.csv)`", before) or [table])[-1]
            Path(table).write_text(body, "utf-8")
        elif kind == "python":
            exec(body, names)
        else:
            command, _, told = body.partition("\n")
            assert printed(command) == told, command
            commands += 1
    assert commands > 10


def printed(command):
    """Return what a command prints, to either stream, without blanks at the ends of its lines."""
    words = shlex.split(command.removeprefix("$ walras "))
    outcome = CliRunner(env={"COLUMNS": "80"}).invoke(app, words)
    return "".join(f"{line.rstrip()}\n" for line in (outcome.stdout + outcome.stderr).splitlines())
