"""Pictures that the public pages draw as well, put into a page of the console and coloured by its style sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nicegui import ui

from walras.service.console.desk import Desk
from walras.service.publication.picture import Edge, Node, network_svg
from walras.service.publication.visitor import Visitor


def network(
    desk: Desk, nodes: Sequence[Node], edges: Sequence[Edge], known: Mapping[str, tuple[float, float]], title: str
) -> None:
    """Show places with their prices and links with their exchanges.

    Args:
        desk: Where it is shown.
        nodes: Places; those outside of the market have a dashed rim.
        edges: Links, MW positive from source to target.
        known: Latitude and longitude of places that have them; others are laid out by their links.
        title: What the picture shows, also for whoever does not see it.
    """
    drawn = network_svg(Visitor(t=desk.t, zone=desk.zone), nodes, edges, known, title)
    ui.html(drawn, sanitize=False).classes("picture")  # every text in it is escaped where it is drawn
