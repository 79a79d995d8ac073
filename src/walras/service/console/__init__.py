"""The console: the market in a browser, over the same handlers and readers as the API.

::

    browser ─▶ guard ─▶ place ─▶ desk ─▶ dispatch / readers / door      (the same as for the API)
              cookie    a page   one person at one screen

A *place* is an address with its title and the roles that may go there (`places`); a *desk* is a
signed-in person at one screen: it asks queries and does commands, nothing else (`desk`). No rule
of the market lives here: what a person may do is refused or carried out behind the desk.

One process serves it (NiceGUI keeps the state of open screens in memory); `walras serve` starts
it beside the API.
"""
