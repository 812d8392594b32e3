"""Agents' own calendars."""

from pathlib import Path

from pydantic import Field

from config.sections.base import Port, Section
from config.types import Domain, IpNetwork, Timeout


class CalendarSettings(Section):
    """Agents' own calendars (CalDAV), at public servers unless something here says else."""

    enabled: bool = False
    """Whether agents may link their calendars. Their passwords for these are kept, encrypted."""
    hosts: tuple[Domain, ...] = ()
    """The only calendar servers: ["calendriers.example.org"]. Best give those of your organisation;
    empty: every server that agents type."""
    networks: tuple[IpNetwork, ...] = ()
    """Internal networks in which calendar servers are: ["10.1.0.0/16"]. Agents can have Parvis ask
    every address in them on these ports, so write those of the servers alone."""
    ports: tuple[Port, ...] = (443, 8443)
    """The ports at which servers may be asked."""
    insecure: tuple[Domain, ...] = ()
    """Hosts that are asked by http too, at port 80 besides `ports`: agents' passwords can be read
    on the way there."""
    poll: Timeout = Field(default="5m", validate_default=True)
    """How often a calendar in which something changed today is looked at in working hours: five
    times as often for a quarter of an hour after a change, less often otherwise."""
    rate: float = Field(default=50.0, ge=1)
    """The most requests a second to one calendar server, on average, by each worker. Ten thousand
    calendars looked at each five minutes are some 33."""
    ca_file: Path | None = Field(default=None, examples=["/etc/parvis/ca.pem"])
    """Certificate authorities (PEM) beside the system's."""
