"""Which network a request comes from: what the limits count by, and all we keep of an address."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import web

from federation.door.settings import Network

_PREFIX = {4: 24, 6: 56}


class Networks:
    """Finds the client behind our own proxies."""

    def __init__(self, trusted: Sequence[Network], hops: int) -> None:
        self._trusted = tuple(trusted)
        self._hops = hops
        self._is_ours = lru_cache(maxsize=1024)(self._belongs)

    def of(self, request: web.Request) -> str:
        """Return the client's /24 or /56; one shared key when the peer has no address.

        `X-Forwarded-For` counts from the right, and only from a peer of the trusted list: what a
        client wrote itself stands further left.
        """
        peer = request.remote or ""
        if self._trusted and self._is_ours(peer):
            forwarded = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
            named = forwarded[-self._hops] if len(forwarded) >= self._hops else ""
            return _network(named.strip()) or _network(peer) or "unknown"
        return _network(peer) or "unknown"

    def _belongs(self, peer: str) -> bool:
        address = _address(peer)
        return address is not None and any(address in network for network in self._trusted)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    bare = text.partition("%")[0].strip("[]")
    try:
        address = ip_address(bare)
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
