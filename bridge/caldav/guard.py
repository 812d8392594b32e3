"""The addresses at which calendars may be: agents give them, so none may lead inside."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address

from yarl import URL

from bridge.caldav.paths import PathRefused, normal
from bridge.errors import CalendarAddressRefused
from bridge.reachable import ReachableNetworks

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarNetworks(ReachableNetworks):
    """The places of calendars: any public address, over TLS, unless an operator says else."""

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
