"""The run of a trial, watched: an officer sees bound, best solution and gap move until a worker is stopped."""

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser
MOST_SECONDS = 240
NUMBER = re.compile(r"-?[\d,]+\.\d+")
FIGURES = """() => Object.fromEntries([...document.querySelectorAll('.live .figures > div')].map(
  (one) => [one.querySelector('.figure-name').textContent, one.querySelector('.figure').textContent]))"""


@contextmanager
def working(market):
    """A worker process on the market's store."""
    environment = {n: v for n, v in os.environ.items() if n != "WALRAS_SHOTS"} | {"WALRAS_DATA": str(market.folder)}
    worker = subprocess.Popen([sys.executable, "-m", "walras.service.worker"], env=environment)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(60)


def figure(text):
    """The number at the front of a figure, None while there is none."""
    found = NUMBER.search(text.replace("\N{MINUS SIGN}", "-"))
    return float(found.group().replace(",", "")) if found else None


def test_an_officer_watches_a_run_close_in(visit, market):
    page = visit("Operator")
    page.goto(f"/sessions/{market.sessions['trial']}")
    settled(page)
    page.get_by_text(re.compile(r"Run \d+ waits for a worker")).wait_for()
    seen = []
    with working(market):
        page.get_by_text(re.compile(r"Run \d+ goes on")).wait_for(timeout=MOST_SECONDS * 1000)
        ends = time.monotonic() + MOST_SECONDS
        while time.monotonic() < ends and not (len({s[2] for s in seen}) > 1 and len({s[3] for s in seen}) > 2):
            told = page.evaluate(FIGURES)
            if all(figure(told.get(name, "")) is not None for name in ("Bound", "Best welfare", "Gap")):
                seen.append((*(figure(told[name]) for name in ("Bound", "Best welfare", "Gap")), told["Elapsed"]))
            page.wait_for_timeout(500)
    assert len({elapsed for *_, elapsed in seen}) > 2, "the seconds move"
    bounds, bests, gaps = ([s[i] for s in seen] for i in range(3))
    assert bounds == sorted(bounds, reverse=True), "a bound never rises"
    assert bests == sorted(bests), "the best solution never gets worse"
    assert gaps[-1] < gaps[0]
    for bound, best, gap, _ in seen:
        assert gap == pytest.approx(bound - best, abs=0.02)
    assert page.get_by_role("img", name="Bound and best welfare over the run").locator("path").count() > 2
