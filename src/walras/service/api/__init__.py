"""The API: one address a command and a query, made from the registries.

::

    request ─▶ watch (id, log, metrics) ─▶ limits ─▶ auth ─▶ permission ─▶ strict JSON ─▶ dispatch, door or reader

`app` puts the parts together, `problems` is the one shape of every refusal, `description`
writes the OpenAPI document. No rule of the market stands here.
"""
