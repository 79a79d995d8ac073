"""A tour of the console: from the menu along the links, one example of every page that a role reaches."""

import re
from urllib.parse import urlsplit

import walras.service.console.pages  # noqa: F401 - fills the list of places
from walras.service.console.places import PLACES

PATTERNS = {
    address: re.compile("^" + re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(address)) + "$") for address in PLACES
}  # fmt: skip
WHO = {
    "operator": "Operator", "member": "BY power supplier", "system operator": "BY grid",
    "regulator": "Regulator of the common market",
}  # fmt: skip
"""Who walks for each role."""
LINKS = "els => els.map(e => e.getAttribute('href'))"


def place_of(href):
    """Return the place that an address belongs to, None for none: plain names come before patterns."""
    path = urlsplit(href).path
    return path if path in PLACES else next((a for a, pattern in PATTERNS.items() if pattern.match(path)), None)


def tour(page, settle, starts=("/", "/me")):
    """Visit one example of every place within reach of whoever is signed in; yield each address once it stands still.

    Args:
        page: Of the browser.
        settle: Waits until a page stands still.
        starts: Where to begin: the first page, and what the menu of the person opens without a link.
    """
    seen, waiting = set(), list(starts)
    while waiting:
        href = waiting.pop(0)
        place = place_of(href)
        if place is None or place in seen:
            continue
        seen.add(place)
        page.goto(href)
        settle(page)
        yield place, href
        waiting += [h for h in page.eval_on_selector_all("a[href^='/']", LINKS) if not h.startswith("/get/")]
