"""Money of a company: balances, collateral, statements, invoices, payments; the company itself and its notices."""
