"""One HTML file that shows a result: prices, exchanges, curves, orders, who owes whom.

`report(book, results, out_html)` writes it. The file holds everything it needs, also the
plotting library, and asks nothing of the network; it opens from a disk or a mail.
"""

from walras.studies.report.page import report

__all__ = ["report"]
