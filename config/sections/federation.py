"""Meetings with partner organisations, whose own instances vouch for their people."""

from pathlib import Path

from pydantic import Field

from config.addresses import HostName, WebOrigin
from config.sections.base import ListenPort, Port, Section
from config.types import IpNetwork, Timeout


class FederationSettings(Section):
    """Meetings with partner organisations, whose own instances vouch for their people."""

    issuer: WebOrigin | None = Field(default=None, examples=["https://invites.example.org"])
    """Our name to partners, and the address of role federation for them. It may be that of the
    door, whose proxy then forwards /fed/ and /.well-known/ there. Without it there are no
    partners."""
    host: HostName = "127.0.0.1"
    """The address on which role federation listens; the reverse proxy forwards there."""
    port: ListenPort = 8081
    """0: any free port."""
    grants_per_hour: int = Field(default=1000, ge=1)
    """The most grants that all partners together get in an hour."""
    approval: Timeout = Field(default="15m", validate_default=True)
    """How long a partner's request waits for the organiser."""
    networks: tuple[IpNetwork, ...] = ()
    """Internal networks in which partners' servers are: ["10.1.0.0/16"]."""
    ports: tuple[Port, ...] = (443, 8443)
    """The ports at which partners' servers may be asked."""
    ca_file: Path | None = Field(default=None, examples=["/etc/parvis/ca.pem"])
    """Certificate authorities (PEM) beside the system's."""
