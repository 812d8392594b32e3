"""The addresses to which we may connect when others name the server: none of ours inside."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from aiohttp import AddrInfoType

_PROTOCOLS = ip_network("192.0.0.0/24")
"""Not public either (RFC 6890), though Python 3.11 calls most of it so."""
_GLOBAL_UNICAST = ip_network("2000::/3")
_TRANSLATED = ip_network("64:ff9b::/96")
"""An IPv4 address in its last 32 bits (RFC 6052)."""
_LAST_32_BITS = 0xFFFF_FFFF


class InternalAddress(OSError):
    """A name led to an address of an internal network; no socket was opened."""

    def __init__(self) -> None:
        """Say the same for all addresses, so that several make one error."""
        super().__init__("internal address")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachableNetworks:
    """Any public address, and those of some internal networks that an operator names."""

    networks: Sequence[IPv4Network | IPv6Network]
    """Internal networks in which such servers are."""

    def socket(self, info: AddrInfoType) -> socket.socket:
        """Make the socket of a connection (a `socket_factory`). Raises InternalAddress."""
        family, kind, protocol, _, to = info
        if not self.reaches(str(to[0])):
            raise InternalAddress
        return socket.socket(family=family, type=kind, proto=protocol)

    def reaches(self, address: str) -> bool:
        """Tell whether we may connect to an IP address: a public one, or one of `networks`."""
        found = ip_address(address.partition("%")[0])
        if isinstance(found, IPv6Address):
            found = found.ipv4_mapped or found
        if any(found.version == one.version and found in one for one in self.networks):
            return True
        return _is_public(found)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether everybody could reach an address; addresses inside of others don't hide any."""
    if isinstance(address, IPv6Address):
        if address in _TRANSLATED:
            return _is_public(IPv4Address(int(address) & _LAST_32_BITS))
        inside = address.sixtofour
        if address not in _GLOBAL_UNICAST or address.teredo or (inside and not _is_public(inside)):
            return False
    return address.is_global and not address.is_multicast and address not in _PROTOCOLS
