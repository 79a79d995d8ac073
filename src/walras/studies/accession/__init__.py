"""Accession: what a new member would change in a market, day by day and state by state.

`accede(markets, new_member, out)` clears every day three ways (the market without the
member, the member alone, both joined), audits every result, and writes tables and a page.
"""

from walras.studies.accession.accede import accede

__all__ = ["accede"]
