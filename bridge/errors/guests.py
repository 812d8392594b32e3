"""Refusals about guests and their links."""

from bridge.errors.base import Refused


class GuestUnknown(Refused):
    """Look at `!visio invités`: no guest there has that name or address."""


class GuestAmbiguous(Refused):
    """Give the whole address: several guests match."""


class TakeoversSpent(Refused):
    """Withdraw the link and invite again: devices have taken over `limit` times already."""

    def __init__(self, *, name: str, limit: int, guest: str) -> None:
        """Keep the asker's name, and the guest whose link it is."""
        super().__init__(name=name, limit=limit, guest=guest)
        self.limit = limit
        self.guest = guest


class InvitationRefused(Refused):
    """Correct the address or the window: `parameters["reason"]`."""
