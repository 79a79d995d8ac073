"""What somebody sees and does who walks through a page: each thing is waited for, for pages draw piece by piece."""

import asyncio

from nicegui import ElementFilter, ui
from nicegui.testing.user_interaction import UserInteraction

PATIENCE = 100
"""So many looks, a tenth of a second apart, before a walk gives up what it should see."""


async def until(is_so):
    """Wait until something is so, on the page or behind it, and return what it is."""
    for _ in range(PATIENCE):
        if found := is_so():
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("it did not come")


def named(user, kind):
    """Return the elements of a kind that can be seen now, by their labels; of two alike the newest."""
    with user.client:
        found = sorted(ElementFilter(kind=kind, only_visible=True, local_scope=False), key=lambda e: e.id)
    return {one.props.get("aria-label") or one.props.get("label"): one for one in found}


async def one(user, kind, label):
    """Return the element of a kind and label."""
    try:
        return await until(lambda: named(user, kind).get(label))
    except AssertionError:
        raise AssertionError(f"no {kind.__name__} {label!r} among {sorted(map(str, named(user, kind)))}") from None


async def rows(user, title, wanted=bool):
    """Return the rows of the table with a title, once they are as wanted: there, where nothing is said."""

    def found():
        table = named(user, ui.table).get(title)
        return table and wanted(table.rows) and table.rows

    try:
        return await until(found)
    except AssertionError:
        tables = {name: len(table.rows) for name, table in named(user, ui.table).items()}
        raise AssertionError(f"{title!r} is not as wanted; rows of the tables: {tables}") from None


async def press(user, title, act, key):
    """Press a button in a row of a table."""
    UserInteraction(user, {await one(user, ui.table, title)}, None).trigger("act", [act, key])


async def fill(user, label, text):
    """Type into the newest input of a label."""
    box = await until(lambda: (named(user, ui.input) | named(user, ui.textarea)).get(label))
    box.value = text


async def plots(user, *names):
    """Wait until the page shows these plots and no others, as a screen reader speaks of them."""
    try:
        await until(lambda: sorted(named(user, ui.echart)) == sorted(names))
    except AssertionError:
        raise AssertionError(f"plots are {sorted(named(user, ui.echart))}") from None
