"""A bundled pair folder copied to be changed: one field, one row, one file at a time."""

import csv
import shutil
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "src" / "walras" / "examples"


def raw(folder, table):
    """The rows of a table as they stand in the file."""
    with (folder / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Copied:
    """A copy of a bundled folder without its market."""

    def __init__(self, name, path):
        self.path = path / name
        shutil.copytree(EXAMPLES / name, self.path, ignore=shutil.ignore_patterns("market"))

    @staticmethod
    def folder(name):
        """The folder that a copy is made of."""
        return EXAMPLES / name

    def change(self, table, key, **fields):
        """Write other fields into the rows whose first column is `key`."""
        rows = raw(self.path, table)
        first = next(iter(rows[0]))
        hit = [row for row in rows if row[first] == key]
        assert hit, f"no {key} in {table}"
        for row in hit:
            row.update(fields)
        with (self.path / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return self

    def replace(self, file, old, new):
        """Write another text into a file."""
        text = (self.path / file).read_text(encoding="utf-8")
        assert old in text, f"no {old} in {file}"
        (self.path / file).write_text(text.replace(old, new), encoding="utf-8")
        return self
