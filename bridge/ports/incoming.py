"""The box in which mails to us arrive."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bridge.domain.incoming import IncomingMail


@dataclass(frozen=True, slots=True)
class ArrivedMail:
    """A mail in the box that was not handled yet."""

    validity: int
    """The box's own: with another one, numbers name other mails (UIDVALIDITY)."""
    number: int
    """Its number in the box (UID)."""
    content: bytes | None = field(repr=False)
    """`None`: it is too large to be read."""


class Letterbox(Protocol):
    """The box. Only one process reads it at a time."""

    async def arrived(self, most: int) -> Sequence[ArrivedMail]:
        """Return the oldest mails that are not marked as handled. Raises InboxUnreachable."""
        ...

    async def handled(self, mail: ArrivedMail, *, aside: bool) -> None:
        """Mark a mail as handled; `aside`: for a person to look at. Raises InboxUnreachable."""
        ...

    async def leave(self) -> None:
        """Close what is open until the next look."""
        ...


class IncomingReader(Protocol):
    """Reads mails."""

    async def read(self, content: bytes) -> IncomingMail:
        """Return a mail. Raises IncomingUnreadable."""
        ...
