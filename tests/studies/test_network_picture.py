"""The network picture of the report: lines of the same two ends are one arrow with their sum."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import walras.studies.report

SCRIPT = Path(walras.studies.report.__file__).parent / "network.js"
node = shutil.which("node")
DRAW = """
const box = { clientWidth: 900, innerHTML: "" };
const say = { mw: x => x.toFixed(1), price: x => String(x), safe: x => x, heat: () => "#fff" };
drawNetwork(box, data, zones, 0, say);
console.log(box.innerHTML);
"""


def line(name, a, b, mw, capacity=50):
    return {
        "name": name,
        "from": a,
        "to": b,
        "start": [0],
        "exchange": [mw],
        "forward": [capacity],
        "backward": [capacity],
    }


def drawn(*lines):
    zones = [{"label": z, "start": [0], "price": [10], "net": [0], "decimals": 2} for z in "AB"]
    data = {"places": [[0, 0], [1, 1]], "lines": lines, "borders": []}
    text = f"{SCRIPT.read_text()}\nconst data = {json.dumps(data)}, zones = {json.dumps(zones)};{DRAW}"
    return subprocess.run([node, "-e", text], capture_output=True, text=True, check=True, timeout=60).stdout


pytestmark = pytest.mark.skipif(node is None, reason="runs the page's script in node, which is not here")


def test_two_lines_between_the_same_zones_are_one_arrow_with_their_sum():
    """30 one way and 10 the other way round are 20; two lines told from the other end count with their sign."""
    picture = drawn(line("first", 0, 1, 30), line("second", 1, 0, 10))
    assert "20.0 MW (2 lines)" in picture
    assert picture.count("<polygon") == 1
    assert "first: 30.0 of 50.0 MW\nsecond: 10.0 of 50.0 MW" in picture
    assert "40.0 MW (2 lines)" in drawn(line("first", 0, 1, 30), line("second", 1, 0, -10))


def test_an_arrow_is_full_if_every_line_of_it_is():
    assert ", full" in drawn(line("first", 0, 1, 50), line("second", 1, 0, -50))
    assert ", full" not in drawn(line("first", 0, 1, 50), line("second", 1, 0, -40))


def test_one_line_shows_no_number_of_lines():
    picture = drawn(line("only", 0, 1, 30))
    assert "30.0 MW" in picture
    assert "lines)" not in picture
