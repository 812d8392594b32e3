"""The operator's settings of the door, already checked and typed."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import TypeAlias
from urllib.parse import urlsplit

from bridge.i18n import Language

Network: TypeAlias = IPv4Network | IPv6Network
_SAID = {"https": ":443", "http": ":80"}


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, refilled evenly over `seconds`."""

    burst: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLimits:
    """How much one network (/24 or /56) may ask of the door."""

    requests: Rate
    entries: Rate
    """Forms sent."""
    per_code: Rate
    """Forms sent for one link, from one network: a scanner elsewhere locks nobody out."""
    misses: Rate
    """Forms sent for links that nobody has."""
    streams: int
    """Waiting pages that receive changes at once; further ones ask from time to time."""
    beat: float = 15.0
    """The most seconds until such a page receives its state again: a heartbeat.

    That is less than any proxy waits for data, and than the page itself does.
    """
    signs: float = 10.0
    """Seconds between two records of which waiting guests' pages are open."""
    patience: float = 10.0
    """Seconds a form may take to arrive."""
    networks: int = 50_000
    """Buckets that are remembered; the least recently used are forgotten first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """The organisation behind the door, and its legal pages; an empty address shows no link."""

    organisation: str = ""
    accessibility: str = ""
    legal: str = ""
    privacy: str = ""
    kept_days: int
    """Days after a meeting for which its guests' names are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOptions:
    """All that the door needs to know."""

    public_url: str
    """The origin that guests see, `https://door.example`; plain http on loopback only."""
    visio_origin: str
    limits: DoorLimits
    notices: Notices
    trusted_proxies: tuple[Network, ...]
    """Peers whose X-Forwarded-For is believed."""
    forwarded_hops: int
    """How many of our own proxies a request passes: the client is the n-th from the right."""
    mail_domain: str
    """The right-hand side of the UIDs of events in mails, which guests may have too."""
    language: Language
    """The language for browsers that ask for neither French nor English."""

    @property
    def origin(self) -> str:
        """The public origin as browsers send it in `Origin`."""
        return f"{urlsplit(self.public_url).scheme}://{self.host}".lower()

    @property
    def host(self) -> str:
        """The required `Host`: without the port if that is the scheme's own."""
        parts = urlsplit(self.public_url)
        return parts.netloc.lower().removesuffix(_SAID[parts.scheme])

    @property
    def secure(self) -> bool:
        """Whether guests connect over TLS."""
        return urlsplit(self.public_url).scheme == "https"
