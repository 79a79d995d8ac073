"""What one process holds against guessing: how often an address, or a user, may ask for what costs much."""

from __future__ import annotations

import ipaddress
import threading
from dataclasses import dataclass, field

from walras.service.api.limits import Buckets, check_rate
from walras.service.sign_in.hashing import HASHER, Hasher

APPLICATIONS_AN_HOUR = 10
"""Applications of one address: each leaves a company that stays, and who has a company to bring applies once."""


class Attempts:
    """Token buckets that threads share; they hold a bounded number of names."""

    def __init__(self, rate: float, burst: int) -> None:
        self._buckets, self._lock = Buckets(rate, burst), threading.Lock()

    def take(self, name: str, where: str) -> None:
        """Count one attempt; raises `Refused` (429, rule `rate`) where there were too many."""
        with self._lock:
            check_rate(self._buckets, name, where)


@dataclass
class Guard:
    """The limits of one process.

    Attributes:
        hasher: Makes and compares hashes of passwords.
        addresses: Sign-ins of one address: a whole company may stand behind it.
        users: Acts of one user that need a hash: enrolment, change of password.
        applications: Companies that apply from one address.
    """

    hasher: Hasher
    addresses: Attempts = field(default_factory=lambda: Attempts(rate=0.5, burst=60))
    users: Attempts = field(default_factory=lambda: Attempts(rate=0.05, burst=10))
    applications: Attempts = field(default_factory=lambda: Attempts(APPLICATIONS_AN_HOUR / 3600, APPLICATIONS_AN_HOUR))


GUARD = Guard(HASHER)
"""The one of this process."""


def network_of(address: str) -> str:
    """Return what counts as one address: in version 6 everybody has a network of many.

    >>> network_of("192.0.2.7"), network_of("2001:db8:1:2:3::4"), network_of("unknown")
    ('192.0.2.7', '2001:db8:1:2::/64', 'unknown')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:80]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))
