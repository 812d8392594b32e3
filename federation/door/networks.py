"""The network a request comes from: the limits count by it, and of an address we keep no more."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import web

from federation.door.settings import Network

FORWARDED = "X-Forwarded-For"
UNKNOWN = "unknown"
_PREFIX = {4: 24, 6: 56}
_PORTED = re.compile(r"(?:\[(?P<six>[^\[\]]*)\]|(?P<four>[0-9.]+))(?::[0-9]{1,5})?")
"""The forms in which proxies write addresses that need brackets, or have a port."""


class Doubt(StrEnum):
    """A reason why we can't tell a client's address: then all behind that proxy count as one."""

    UNDECLARED = "undeclared"
    """A proxy forwards for a client, and is not among those in the settings."""
    SILENT = "silent"
    """A proxy of ours names fewer addresses than it should."""
    UNREADABLE = "unreadable"
    """A proxy of ours names something that is no address."""


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """The client's network of a request, and any doubt about it."""

    network: str
    doubt: Doubt | None = None


class Networks:
    """Finds the client behind our own proxies."""

    def __init__(self, trusted: Sequence[Network], hops: int) -> None:
        self._trusted = tuple(trusted)
        self._hops = hops
        self._is_ours = lru_cache(maxsize=1024)(self._belongs)

    def of(self, request: web.Request) -> RequestOrigin:
        """Return the client's /24 or /56; one shared key when the peer has no address.

        `X-Forwarded-For` is counted from the right, and only from a trusted peer: entries that a
        client wrote itself stand further left. An entry that can't be read is a client of its own
        kind, apart from the proxy and from readable clients.
        """
        peer = request.remote or ""
        network = _network(peer) or UNKNOWN
        named = ",".join(request.headers.getall(FORWARDED, ()))
        if not (self._trusted and self._is_ours(peer)):
            return RequestOrigin(network, Doubt.UNDECLARED if named else None)
        forwarded = named.split(",")
        client = forwarded[-self._hops].strip() if len(forwarded) >= self._hops else ""
        if not client:
            return RequestOrigin(network, Doubt.SILENT)
        found = _network(client)
        return RequestOrigin(UNKNOWN, Doubt.UNREADABLE) if found is None else RequestOrigin(found)

    def _belongs(self, peer: str) -> bool:
        address = _address(peer)
        return address is not None and any(address in network for network in self._trusted)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address in `203.0.113.1:50000`, `[2001:db8::1]:443`, or one by itself."""
    text = text.strip('"')
    ported = _PORTED.fullmatch(text)
    bare = text if ported is None else ported["six"] or ported["four"] or ""
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(maxsize=8192)
def _network(text: str) -> str | None:
    address = _address(text)
    if address is None:
        return None
    return str(ip_network((address, _PREFIX[address.version]), strict=False))
