"""The store: SQLite beside the service, or PostgreSQL; one schema, one set of repositories.

`schema` and the other modules whose names end in it are the tables as readable data, `engine` opens
them and holds what differs between the two stores, `migrations` brings an older store up to date.
Each other module is the repository of one subject and holds all of its SQL.
"""

from walras.service.store import capacity_schema, settlement_schema, sign_in_schema

__all__ = ["capacity_schema", "settlement_schema", "sign_in_schema"]
