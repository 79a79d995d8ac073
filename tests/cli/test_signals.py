"""Ctrl-C and SIGTERM end a long search with the best legal result, written and audited."""

import json
import os
import signal
import subprocess
import sys

import pytest

from walras.book.folder import read
from walras.book.write import write
from walras.results.audit.folder import audit_folder
from walras.studies.generate import generate

STARTED = """
from walras.cli import main
from walras.coupling.search import search

def told(self):
    for trial, step in enumerate(clusters(self)):
        if trial == 3:
            print("searching", flush=True)
        yield step

search.MANY, search.PATIENCE = 50, 10**9
clusters, search.Search._clusters = search.Search._clusters, told
main()
"""
"""A search that does not end by itself, and says when it is under way."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("signals") / "market"
    write(generate(zones=6, mtu=60, steps=3_000, blocks=300, seed=7, domain_zones=4), path)
    return path


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_search_with_a_legal_result(folder, tmp_path, sign):
    out = tmp_path / "result"
    words = [sys.executable, "-c", STARTED, "clear", str(folder), "--out", str(out)]
    run = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ, text=True)
    assert run.stdout.readline() == "searching\n"
    run.send_signal(sign)
    text, errors = run.communicate(timeout=60)
    assert run.returncode == 0, errors
    assert "request" in text
    assert json.loads((out / "summary.json").read_text())["stopped_by"] == "request"
    assert audit_folder(read(folder), out) == []
