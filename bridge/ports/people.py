"""Who agents are, and letters to people outside."""

from dataclasses import dataclass, field
from typing import Protocol

from bridge.domain.agent import Identity
from bridge.ids import UserId


class Identities(Protocol):
    """Finds the e-mail of an agent; a typed address is never trusted as the sender's."""

    async def resolve(self, user: UserId) -> Identity | None:
        """Return the agent's identity, or `None` when nothing vouches for one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message ready to leave: it holds a link, so it is never kept nor logged."""

    to: str = field(repr=False)
    subject: str = field(repr=False)
    plain: str = field(repr=False)
    html: str = field(repr=False)
    message_id: str
    reply_to: str | None = field(default=None, repr=False)


class Post(Protocol):
    """Sends mail."""

    async def send(self, letter: Letter) -> None:
        """Hand a letter to the mail server.

        Raises MailRefused (for good) or MailUnreachable (later). The same `message_id` may be
        sent twice after a crash; mail clients show it once.
        """
        ...
