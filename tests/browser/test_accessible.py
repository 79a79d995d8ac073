"""Every page that a role reaches can be used by everybody: axe finds nothing, and nothing scrolls sideways."""

import pytest
from tests.browser.conftest import settled
from tests.browser.tour import WHO, tour

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


@pytest.mark.parametrize("role", WHO)
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_every_page_is_accessible_and_fits(role, width, dark, visit, market):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(WHO[role], width=width, dark=dark)
    axe, found = Axe(), []
    for place, href in tour(page, settled):
        for violation in axe.run(page, options=RULES).response["violations"]:
            nodes = "; ".join(" ".join(map(str, n["target"])) for n in violation["nodes"][:3])
            found.append(f"{place}: {violation['id']}: {violation['help']}: {nodes}")
        beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if beyond > 0:
            found.append(f"{href}: {beyond} pixels beyond the screen at {width}")
    assert not found, "\n".join(found)


def test_every_page_is_reached_by_somebody(visit, market):
    from walras.service.console.places import PLACES

    reached = set()
    for name in WHO.values():
        reached |= {place for place, _ in tour(visit(name), settled)}
    assert set(PLACES) <= reached, sorted(set(PLACES) - reached)
