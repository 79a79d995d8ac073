"""Take a picture of every page of the console and of the public, at both widths and in both themes.

Run by `make screenshots`: plays the two states' day, puts the market on the stage as `make demo` does, walks
through the console as each role along its links, and writes `docs/images/console/ROLE-PAGE-WIDTH-THEME.webp`:
each page as the first role that reaches it sees it, those of the menu as each role does.
The two of the README, one screen each, land in `docs/images`; all others are not kept in the repository.
Pictures are of the moment: times differ from run to run.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from base64 import b64decode
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from rich.progress import track

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import CHROMIUM, FLAGS, enter, served, settled  # noqa: E402
from tests.browser.tour import WHO, tour  # noqa: E402

from walras.service.console.places import PLACES  # noqa: E402
from walras.service.rehearsal.people import people  # noqa: E402

OUT = ROOT / "docs" / "images" / "console"
SIZES = {1280: 900, 390: 844}
THEMES = ("light", "dark")
PUBLIC = ("/public", "/sign-in", "/apply", "/enrol", "/rehearsal")
QUALITY = 60
MOST_HEIGHT = 3000
BEST = {
    "console-run": ("operator", "light", "/sessions/two-states-2026-02-25-trial-1-simulation"),
    "console-result": ("member", "dark", "/results/two-states-2026-01-24-da"),
}
"""For the README: who looks, in which theme, at which page."""
WATCHED_MS = 20_000
"""So long the run goes on before its picture is taken."""


def main() -> None:
    """Write every picture anew."""
    from tests.browser.living import living_market  # noqa: PLC0415 - plays a day: only when run

    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder, living_market(Path(folder)) as service, served(service) as url:
        with service.store.read() as connection:
            known = {p.company_name: p.user for p in reversed(people(connection))}
        with sync_playwright() as started:
            browser = started.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
            _best(browser, url, known)
            seen: set[str] = set()
            for role, name in WHO.items():
                _of_role(browser, url, role, known[name], seen)
            _of_public(browser, url)
            browser.close()


def _best(browser: Browser, url: str, known: dict[str, str]) -> None:
    for name, (role, theme, address) in BEST.items():
        page = _page(browser, url, 1280, theme)
        enter(page, known[WHO[role]])
        page.goto(address)
        settled(page)
        page.wait_for_timeout(WATCHED_MS)
        _keep(page, OUT.parent / f"{name}.webp")
        page.context.close()


def _of_role(browser: Browser, url: str, role: str, user: str, seen: set[str]) -> None:
    first = _page(browser, url, 1280, "light")
    enter(first, user)
    reached = dict(tour(first, settled))
    first.context.close()
    hrefs = {place: href for place, href in reached.items() if place not in seen or PLACES[place].group}
    seen |= set(reached)
    for width in SIZES:
        for theme in THEMES:
            page = _page(browser, url, width, theme)
            enter(page, user)
            for place, href in track(hrefs.items(), f"{role}, {width}, {theme}", total=len(hrefs)):
                page.goto(href)
                settled(page)
                _shoot(page, f"{role.replace(' ', '-')}-{_name(place)}-{width}-{theme}")
            page.context.close()


def _of_public(browser: Browser, url: str) -> None:
    for width in SIZES:
        for theme in THEMES:
            page = _page(browser, url, width, theme)
            page.goto("/public")
            links = page.eval_on_selector_all("main a[href^='/public/']", "els => els.map(e => e.getAttribute('href'))")
            for href in (*PUBLIC, *links[:1]):
                page.goto(href)
                _shoot(page, f"public-{_name(href)}-{width}-{theme}")
            page.context.close()


def _page(browser: Browser, url: str, width: int, theme: str) -> Page:
    size = {"width": width, "height": SIZES[width]}
    return browser.new_context(base_url=url, viewport=size, color_scheme=theme).new_page()


def _shoot(page: Page, name: str) -> None:
    """Take a picture as high as the page, so that menu and content both stand in it."""
    size = page.viewport_size
    height = page.evaluate("Math.max(document.documentElement.scrollHeight, window.innerHeight)")
    page.set_viewport_size({"width": size["width"], "height": min(height, MOST_HEIGHT)})
    page.wait_for_timeout(150)
    _keep(page, OUT / f"{name}.webp")
    page.set_viewport_size(size)


def _keep(page: Page, file: Path) -> None:
    """Write what the page's window shows; the browser itself makes WebP."""
    how = {"format": "webp", "quality": QUALITY}
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", how)
    file.write_bytes(b64decode(taken["data"]))


def _name(href: str) -> str:
    return re.sub(r"[^a-z]+", "-", href.partition("?")[0].lower()).strip("-") or "today"


if __name__ == "__main__":
    main()
