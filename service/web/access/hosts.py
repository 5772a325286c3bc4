"""Under which names the service answers.

A page elsewhere can point its own name at 127.0.0.1 and so become, for the browser, the
same site as a service that listens there (DNS rebinding). It cannot choose the Host
header, which tells that name: so a service that listens on this machine alone answers
only to names of this machine, and to that of ``PUBLIC_URL``.

Ports are not compared: a tunnel or a container changes them, and a name is enough.
"""

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Request

from deciban.service.running.settings import Settings
from deciban.service.web.access.errors import HostError

__all__ = ["host_check", "is_loopback"]

# As RFC 9112 has it, and no more: with a user, a path or a backslash before or behind
# it, programs differ in what the name is.
_HOST = re.compile(
    r"(\[(?P<address>[0-9a-fA-F:.]+)\]|(?P<name>[a-zA-Z0-9._-]+))(:[0-9]{0,5})?"
)
_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine only.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def host_check(settings: Settings) -> Callable[[Request], None]:
    """Make what refuses requests for other hosts than those of the settings."""
    public = urlsplit(settings.public_url).hostname
    names = _NAMES | ({public} if public else set())
    on_loopback = is_loopback(settings.host)

    def is_ours(host: str) -> bool:
        name = _name(host)
        if not on_loopback and public is None:
            return name is not None
        # An address is no name that could be pointed elsewhere; probes use it.
        return name in names or (not on_loopback and _address(name) is not None)

    def check_host(asked: Request) -> None:
        if not is_ours(asked.environ.get("HTTP_HOST") or asked.host):
            raise HostError

    return check_host


def _name(host: str) -> str | None:
    named = _HOST.fullmatch(host)
    return (named["address"] or named["name"]).lower() if named else None


def _address(
    host: str | None,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host or "")
    except ValueError:
        return None
