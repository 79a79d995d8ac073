"""One real browser at the console meanwhile: full loads of pages, until nothing is asked for any more.

`python console_browser.py PLAN` (JSON); prints one line of JSON. The first load fills the
browser's cache, as a person's first visit does, and is told apart.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
QUIET_SECONDS = 0.5
"""`networkidle` waits for so long without a request; it is no part of a load."""


def main(plan: dict) -> None:
    """Load each address in turn until the time is over."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only this part needs the extra `browser`

    times: dict[str, list[float]] = {}
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        context = browser.new_context(base_url=plan["base"])
        context.add_cookies([{"name": "walras-sign-in", "value": plan["token"], "url": plan["base"]}])
        page = context.new_page()
        ends = time.monotonic() + plan["seconds"]
        first = True
        while time.monotonic() < ends:
            for name, address in plan["addresses"].items():
                began = time.perf_counter()
                page.goto(address, wait_until="networkidle")
                seconds = time.perf_counter() - began - QUIET_SECONDS
                times.setdefault("first load" if first else name, []).append(seconds)
                first = False
                page.wait_for_timeout(500)
        browser.close()
    print(json.dumps({"times": times}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
