"""The web pages, and the administration address."""

from pydantic import Field

from config.addresses import HostName, PageUrl, WebOrigin
from config.sections.base import ListenPort, Section
from config.types import IpNetwork, Mailbox, OneLine


class DoorLimitSettings(Section):
    """The most that one network (IPv4 /24, IPv6 /56) may ask of the door."""

    requests: int = Field(default=600, ge=1)
    """Pages per minute."""
    forms: int = Field(default=60, ge=1)
    """Forms sent with links that exist, per minute."""
    per_link: int = Field(default=20, ge=1)
    """Forms sent with the same link, per ten minutes."""
    misses: int = Field(default=20, ge=1)
    """Forms sent with links that nobody has, per ten minutes; good links open all the same."""
    streams: int = Field(default=300, ge=1)
    """Waiting pages that receive changes at once; further ones ask from time to time."""


class DoorSettings(Section):
    """The web application that guests meet first."""

    public_url: WebOrigin = Field(examples=["https://invites.example.org"])
    """The address in guests' links, without a path. http is for this machine only."""
    host: HostName = "127.0.0.1"
    """The address on which the door listens; the reverse proxy forwards there."""
    port: ListenPort = 8080
    """0: any free port."""
    trusted_proxies: tuple[IpNetwork, ...] = ()
    """Networks of the reverse proxies whose X-Forwarded-For is believed."""
    forwarded_hops: int = Field(default=1, ge=1)
    """How many proxies of yours a request passes: the guest is the n-th address from the right."""
    organisation: OneLine = Field(default="", max_length=100)
    """The organisation that runs this door, as guests read it: Ministère de l'Exemple."""
    contact: Mailbox | None = Field(default=None, examples=["dpo@example.org"])
    """The address to which guests may write about their data."""
    legal_url: PageUrl | None = Field(default=None, examples=["https://example.org/legal"])
    """Legal notice."""
    privacy_url: PageUrl | None = Field(default=None, examples=["https://example.org/privacy"])
    """Personal data notice."""
    accessibility_url: PageUrl | None = Field(
        default=None, examples=["https://example.org/accessibility"]
    )
    """Accessibility statement."""
    limits: DoorLimitSettings = DoorLimitSettings()


class AdminSettings(Section):
    """Health and metrics; for your probes only, never through the reverse proxy."""

    host: HostName = "127.0.0.1"
    """The address on which it listens."""
    port: ListenPort = 9090
    """0: any free port."""
