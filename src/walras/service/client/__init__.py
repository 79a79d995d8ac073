"""A thin typed client of the API: the same commands and queries, sent over HTTP.

Example::

    client = WalrasClient("https://market.example", key)
    client.submit("power-2026-03-01-da", orders)
    for session in client.sessions(market="power"):
        print(session["session"], session["state"])
"""

from walras.errors import Problem
from walras.service.client.calls import WalrasClient

__all__ = ["Problem", "WalrasClient"]
