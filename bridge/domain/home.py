"""Our own instance, as partners know it."""

from dataclasses import dataclass
from datetime import timedelta

from bridge.domain.partner import Issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeInstance:
    """The name, the addresses and the limits of our side of the federation."""

    issuer: Issuer
    visio: str
    """The origin of Visio for people: a meeting's address is a room there."""
    door: str
    """The origin of the door, where links of ours lead."""
    organisation: str
    contact: str
    privacy: str
    """The address of the privacy notice, or nothing."""
    grants_per_hour: int
    """The most grants that all partners together get in an hour."""
    approval: timedelta
    """How long a request waits for the organiser."""

    @property
    def audience(self) -> str:
        """The audience of the access tokens that we give."""
        return f"{self.issuer}/guest"

    @property
    def resource_pattern(self) -> str:
        """The addresses of our meetings, as our statement tells them."""
        return f"{self.visio}/{{room}}"

    def room_of(self, resource: str) -> str | None:
        """Return the room's slug in a meeting's address; `None` if it is none of our addresses."""
        origin, slash, slug = resource.rpartition("/")
        plain = slug.replace("-", "").isascii() and slug.replace("-", "").isalnum()
        return slug.lower() if slash and plain and origin == self.visio else None
