"""An agent who is expected at a meeting: they sign in to Visio, so they need no guest's link."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge.ids import UserId

MOST = 200
"""Colleagues per meeting; its card names the first of them."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """An agent, by their Matrix id if it is known, else by the address that was typed."""

    user: UserId | None = None
    name: str = ""
    email: str = field(default="", repr=False)

    @property
    def known_by(self) -> str:
        """The id or address that identifies them."""
        return self.user or self.email.casefold()

    def is_called(self, words: str) -> bool:
        """Tell whether `words` is their address, id or name."""
        wanted = words.casefold().strip()
        known = (self.email, self.name, self.user or "")
        return bool(wanted) and wanted in {one.casefold() for one in known}


def joined(known: Sequence[Colleague], more: Sequence[Colleague]) -> tuple[Colleague, ...]:
    """Return those expected, and some more, each once, in order."""
    return tuple({one.known_by: one for one in (*known, *more)}.values())
