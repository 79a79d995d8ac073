"""Every page can be used by everybody: somebody reaches it, axe finds nothing, and nothing scrolls sideways."""

import pytest
from tests.browser.conftest import settled
from tests.browser.tour import WHO, tour

from walras.service.console.places import PLACES

pytestmark = pytest.mark.browser
EVERYTHING = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
LOOKS = {"runOnly": ["color-contrast", "scrollable-region-focusable", "meta-viewport", "link-in-text-block"]}
"""What a narrower screen and another theme can break; all else is the same page."""
SCREENS = ((1280, "light", EVERYTHING), (390, "dark", LOOKS))
SETTLES_MS = 500
MENDED = """() => !document.querySelector(".q-uploader__input:not([aria-label])") &&
  [...document.querySelectorAll(".q-table__middle.scroll")].every(
    (box) => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)"""
"""Whether console.js, which looks again a few times a second, has seen all that stands on the page."""
STANDS_STILL = "*, *::before, *::after { transition: none !important; animation: none !important; }"


def test_every_page_is_reached_by_somebody_is_accessible_and_fits(visit):
    from axe_playwright_python.sync_playwright import Axe

    axe, found, seen = Axe(), [], set()
    for role, name in WHO.items():
        page = visit(name)
        for place, href in tour(page, settled):
            if place in seen and href != "/":
                continue
            seen.add(place)
            page.add_style_tag(content=STANDS_STILL)  # a colour on its way to another is none that anybody reads
            for width, scheme, rules in SCREENS:
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=scheme)
                page.wait_for_timeout(SETTLES_MS)
                page.wait_for_function(MENDED)
                for violation in axe.run(page, options=rules).response["violations"]:
                    nodes = "; ".join(" ".join(map(str, n["target"])) for n in violation["nodes"][:3])
                    found.append(f"{role}, {href}, {width} {scheme}: {violation['id']}: {violation['help']}: {nodes}")
                beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                if beyond > 0:
                    found.append(f"{role}, {href}: {beyond} pixels beyond the screen at {width} ({place})")
        page.close()
    assert not found, "\n".join(found)
    assert set(PLACES) <= seen, f"nobody finds a way to {sorted(set(PLACES) - seen)}"
