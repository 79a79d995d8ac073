"""Where a webhook may go: an address of the public internet, resolved once and then held to.

A member's address could name a machine inside the operator's network, or a name that means
another machine at each look. So a name is resolved once, every answer is checked, and the
connection goes to that answer by number, with the name for TLS and the Host header.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from walras.errors import BadInput, Mistake

MOST_URL = 500
PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")
"""The rest of IPv6 is local, or wraps an IPv4 address in one of several ways, such as ::127.0.0.1."""
FIX = "Give an address that anybody on the internet can reach, by https."


@dataclass(frozen=True)
class Target:
    """Where to connect, and what to say there."""

    scheme: str
    host: str
    port: int
    number: str
    path: str


def parts_of(url: str, *, anywhere: bool) -> SplitResult:
    """Return the parts of a webhook's address, as far as they can be judged without looking up its name.

    Raises:
        BadInput: It is no such address (rules `webhook_url`, `webhook_https`, `webhook_public`).
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused(f"this is no address: {error}", "webhook_url") from None
    if len(url) > MOST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise _refused("the address is long, or holds what an address cannot", "webhook_url")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise _refused("the address needs http or https and a host, and no user", "webhook_url")
    if not anywhere and parts.scheme != "https":
        raise _refused("notices are sent by https only", "webhook_https")
    if not anywhere and port not in (None, 443):
        raise _refused("notices are sent to port 443 only", "webhook_https")
    try:
        number = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return parts
    if not anywhere and not is_public(str(number)):
        raise _refused(f"{number} is no public address", "webhook_public")
    return parts


def resolved(url: str, *, anywhere: bool) -> Target:
    """Return where to connect for an address.

    Raises:
        BadInput: As `parts_of`; or its name is not known, or means a machine that is not public.
    """
    parts = parts_of(url, anywhere=anywhere)
    assert parts.hostname is not None
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _refused(f"the name of the host is not known: {error}", "webhook_known") from None
    numbers = [str(address[4][0]) for address in found]
    hidden = [n for n in numbers if not is_public(n)]
    if hidden and not anywhere:
        raise _refused(f"the host is {hidden[0]}, which is no public address", "webhook_public")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port, numbers[0], path)


def is_public(number: str) -> bool:
    """Return whether an IP address is one of the public internet, also where it wraps an older one.

    >>> [is_public(n) for n in ("9.9.9.9", "10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1")]
    [True, False, False, False, False, False]
    """
    address = ipaddress.ip_address(number.split("%", maxsplit=1)[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast and (address.version == 4 or address in PUBLIC_IPV6)


def _refused(what: str, rule: str) -> BadInput:
    return BadInput([Mistake(what, "url", rule, FIX)])
