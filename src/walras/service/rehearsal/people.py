"""Who takes part in a rehearsal: the users that a newcomer may enter as, without password.

Read by the console's page of entrance. In a live store the list is empty, so nobody gets in by it: a screen that
lets somebody in asks here, not in a list of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, case, select

from walras.service.roles import Role
from walras.service.store.instance import is_rehearsal
from walras.service.store.schema import companies, persons, users

ORDER = (Role.OPERATOR, Role.MEMBER, Role.SYSTEM_OPERATOR, Role.REGULATOR)


@dataclass(frozen=True)
class Person:
    """One user of a rehearsal.

    Attributes:
        user: Id, such as `U-0007`.
        name: Of the person; empty once it was erased.
        role: What the user is in the market.
        company, company_name: Code and name of the user's company.
    """

    user: str
    name: str
    role: Role
    company: str
    company_name: str


def people(connection: Connection) -> list[Person]:
    """Return the users of a rehearsal, by role, then by company; none in a live store.

    Who was stopped, or is of a company that is not active, is left out.
    """
    if not is_rehearsal(connection):
        return []
    place = case({role.value: n for n, role in enumerate(ORDER)}, value=users.c.role, else_=len(ORDER))
    found = connection.execute(
        select(users.c.id, persons.c.name, users.c.role, users.c.company, companies.c.name.label("company_name"))
        .join(companies, companies.c.code == users.c.company)
        .join(persons, persons.c.user == users.c.id, isouter=True)
        .where(users.c.is_active, companies.c.state == "active")
        .order_by(place, users.c.company, users.c.id)
    )
    return [Person(r.id, r.name or "", Role(r.role), r.company, r.company_name) for r in found]
