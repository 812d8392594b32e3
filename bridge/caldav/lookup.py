"""The servers that a domain names for calendars in the DNS (RFC 6764)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import dns.asyncresolver
import dns.exception
import dns.resolver

_SERVICE = "_caldavs._tcp"
_PATH = "path="


@dataclass(frozen=True, slots=True)
class CalendarService:
    """A server that a domain names: `path` is empty if it says none."""

    host: str
    port: int
    path: str = ""


class ServiceLookup(Protocol):
    """Looks up the calendar servers of a domain."""

    async def services(self, domain: str) -> Sequence[CalendarService]:
        """Return them, the preferred one first; none if the DNS says none, or does not answer."""
        ...


@dataclass(frozen=True, slots=True)
class DnsLookup:
    """Asks the system's name servers. Only encrypted services are looked for."""

    seconds: float = 4.0
    """For each of the two questions."""

    async def services(self, domain: str) -> Sequence[CalendarService]:
        """Return the servers of a domain."""
        try:
            resolver = dns.asyncresolver.Resolver()
            name = f"{_SERVICE}.{domain}."
            found = await resolver.resolve(name, "SRV", lifetime=self.seconds)
            records = sorted(found, key=lambda one: (one.priority, -one.weight))
            hosts = [(str(one.target).rstrip("."), int(one.port)) for one in records]
            path = await self._path(resolver, name) if any(host for host, _ in hosts) else ""
        except (dns.exception.DNSException, OSError):
            return ()
        return [CalendarService(host, port, path) for host, port in hosts if host]

    async def _path(self, resolver: dns.asyncresolver.Resolver, name: str) -> str:
        """Return the path that the domain says besides; empty if it says none."""
        try:
            found = await resolver.resolve(name, "TXT", lifetime=self.seconds)
        except dns.exception.DNSException:
            return ""
        texts = (part.decode("ascii", "replace") for one in found for part in one.strings)
        return next((one.removeprefix(_PATH) for one in texts if one.startswith(_PATH)), "")
