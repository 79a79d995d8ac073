"""Papers of a settlement: statements, invoices, credit notes, interest notes, and what is still open of them.

::

    statement lines ─▶ invoice ─▶ numbering ─▶ Document ─▶ sheet ─▶ page (HTML), file (PDF), table (CSV)
       lines             vat                      │
                       due_days                open_items ◀─ payments        interest ─▶ interest note

Pure: tables and facts in, documents out. Money is whole minor units, rates are exact fractions.
Amounts of statement lines are positive where the party receives; a document's own amounts are
positive in the direction that its kind states.
"""
