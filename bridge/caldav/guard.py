"""The addresses at which calendars may be: agents give them, so none may lead inside."""

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from aiohttp import AddrInfoType
from yarl import URL

from bridge.caldav.paths import PathRefused, normal
from bridge.errors import CalendarAddressRefused

LONGEST_URL = 2000
"""Characters."""
REDIRECTS = (
    HTTPStatus.MOVED_PERMANENTLY,
    HTTPStatus.TEMPORARY_REDIRECT,
    HTTPStatus.PERMANENT_REDIRECT,
)
"""Those that we follow: the others ask for another method."""
_HTTP_PORT = 80
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""The last part of a host that is an address in some spelling (127.1, 0x7f.1, 2130706433)."""
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
class CalendarNetworks:
    """The places of calendars: any public address, over TLS, unless an operator says else."""

    networks: Sequence[IPv4Network | IPv6Network]
    """Internal networks in which calendars are."""
    hosts: frozenset[str]
    """The only hosts, if there are any here."""
    ports: frozenset[int]
    insecure: frozenset[str]
    """Hosts that may be asked without encryption, on port 80 too."""

    def checked(self, address: str) -> URL:
        """Return a URL in the form in which we send it. Raises CalendarAddressRefused.

        The addresses of its host are checked when a connection is made (`socket`).
        """
        url = _parsed(address)
        host = (url.host or "").rstrip(".").lower()
        if not host or url.user is not None or url.password is not None:
            raise CalendarAddressRefused("no host, or a password in the URL")
        if _NUMBER.fullmatch(host.rpartition(".")[2]) and not _is_address(host):
            raise CalendarAddressRefused("an address in an odd spelling")
        if url.scheme != "https" and not (url.scheme == "http" and host in self.insecure):
            raise CalendarAddressRefused("not https")
        if self.hosts and host not in self.hosts:
            raise CalendarAddressRefused("not one of the hosts allowed")
        if url.port not in self.ports and (url.scheme, url.port) != ("http", _HTTP_PORT):
            raise CalendarAddressRefused("not one of the ports allowed")
        try:
            path = normal(url.raw_path or "/")
        except PathRefused as error:
            raise CalendarAddressRefused("no usable path") from error
        return URL(f"{url.scheme}://{url.raw_authority}{path}", encoded=True)

    def redirected(self, url: URL, location: str) -> URL:
        """Return the target of a redirect. Raises CalendarAddressRefused for another server."""
        try:
            target = url.join(URL(location))
        except ValueError as error:
            raise CalendarAddressRefused("redirected to no URL") from error
        upgraded = url.scheme == "http" and target.scheme == "https"
        if target.host != url.host or (target.origin() != url.origin() and not upgraded):
            raise CalendarAddressRefused("redirected to another server")
        return self.checked(str(target))

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


def _parsed(address: str) -> URL:
    if len(address) > LONGEST_URL or not address.isprintable() or "\\" in address:
        raise CalendarAddressRefused("not a URL")
    try:
        url = URL(address)
        url.port  # noqa: B018 - reading it validates it
    except (ValueError, IndexError) as error:  # IndexError: yarl on brackets before an `@`
        raise CalendarAddressRefused("not a URL") from error
    return url


def _is_address(host: str) -> bool:
    try:
        IPv4Address(host)
    except ValueError:
        return False
    return True


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether everybody could reach an address; addresses inside of others don't hide any."""
    if isinstance(address, IPv6Address):
        if address in _TRANSLATED:
            return _is_public(IPv4Address(int(address) & _LAST_32_BITS))
        inside = address.sixtofour
        if address not in _GLOBAL_UNICAST or address.teredo or (inside and not _is_public(inside)):
            return False
    return address.is_global and not address.is_multicast and address not in _PROTOCOLS
