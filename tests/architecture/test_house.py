"""The law of the house: imports, sizes, docstrings, and words that have no place in a repository."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

PROJECT = Path(__file__).parents[2]
SOURCE = sorted((PROJECT / "src" / "walras").rglob("*.py"))
PYTHON = SOURCE + sorted((PROJECT / "tests").rglob("*.py")) + sorted((PROJECT / "examples").rglob("*.py"))
MOST_LINES, MOST_FUNCTION_LINES = 500, 70
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "core", "base", "manager"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Built from parts, so that this file does not hold what it forbids.
MACHINE = ["/" + "work/", "/" + "root/", "/" + "home/", "/" + "Users/", "/" + "opt/wheels", "C:" + "\\"]
INDEX_HOSTS = [r"index[-_]url", r"pypi\.", r"artifactory", r"\.pythonhosted\."]
TEXT = {".py", ".md", ".toml", ".txt", ".html", ".css", ".js", ".csv", ".ipynb", "", ".yml", ".cfg"}


def short(path):
    return str(path.relative_to(PROJECT))


def test_imports_point_up_the_line(monkeypatch):
    monkeypatch.chdir(PROJECT)
    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == 0


@pytest.mark.parametrize("path", PYTHON, ids=short)
def test_files_and_functions_fit_a_reader(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    long = [
        f"{node.name}: {size} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, FUNCTIONS) and (size := (node.end_lineno or 0) - node.lineno + 1) > MOST_FUNCTION_LINES
    ]
    assert long == []


@pytest.mark.parametrize("path", SOURCE, ids=short)
def test_modules_and_public_names_are_explained(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = [] if ast.get_docstring(tree) or not tree.body else ["the module"]
    for node in tree.body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                silent.append(node.name)
            members = node.body if isinstance(node, ast.ClassDef) else []
            silent += [
                f"{node.name}.{m.name}"
                for m in members
                if isinstance(m, FUNCTIONS) and not m.name.startswith("_") and not ast.get_docstring(m)
            ]
    assert silent == []


def test_no_room_is_called_after_nothing():
    named = [short(p) for p in SOURCE if {p.stem, *p.relative_to(PROJECT / "src").parts} & FORBIDDEN_NAMES]
    assert named == []


def kept_files():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [p for line in listed.stdout.splitlines() if (p := PROJECT / line).is_file()]


def test_no_file_names_a_machine_or_an_index():
    forbidden = re.compile("|".join([*(re.escape(m) for m in MACHINE), *INDEX_HOSTS]))
    found = []
    for path in kept_files():
        if path == Path(__file__) or path.suffix not in TEXT:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if forbidden.search(line):
                found.append(f"{short(path)}:{number}: {line.strip()[:80]}")
    assert found == []


def test_the_bundled_market_stays_small():
    folder = PROJECT / "src" / "walras" / "examples" / "two-neighbours"
    assert sum(p.stat().st_size for p in folder.iterdir()) < 200_000
