"""Agents' identities, and mails to people outside."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from bridge.domain.agent import Holder, Identity
from bridge.ids import UserId


class Identities(Protocol):
    """Finds the e-mail of an agent; a typed address is never trusted as the sender's."""

    async def holder(self, email: str) -> Holder | None:
        """Return the agent to whom an address belongs; `None` if it is no agent's."""
        ...

    async def owners(self, email: str) -> frozenset[UserId]:
        """Return all agents to whom an address belongs, by any of the ways to find it."""
        ...

    async def resolve(self, user: UserId) -> Identity | None:
        """Return the agent's identity, or `None` if nothing vouches for one."""
        ...


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """A calendar file of a letter, with which mail readers offer to answer."""

    method: str
    """Its METHOD, which the letter's part names too."""
    name: str
    """The name of the attached file."""
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail ready to be sent: it holds a link, so it is never stored nor logged."""

    to: str = field(repr=False)
    subject: str = field(repr=False)
    plain: str = field(repr=False)
    html: str = field(repr=False)
    message_id: str
    reply_to: str | None = field(default=None, repr=False)
    sender_name: str = field(default="", repr=False)
    """The name beside our address; empty for the operator's."""
    sender: str = field(default="", repr=False)
    """The address of From: one of the operator's; empty for `mail.sender`."""
    calendars: tuple[CalendarFile, ...] = ()
    """The first is a form of the text too, from which mail readers offer to answer; all are
    attached."""


class Post(Protocol):
    """Sends mail."""

    async def send(self, letter: Letter, sending: Callable[[], Awaitable[None]]) -> None:
        """Hand a letter to the mail server; await `sending` right before the letter itself is sent.

        Raises MailRefused (for good), MailUnreachable (not accepted: retry later) or
        MailUnconfirmed (perhaps accepted). A process that is killed after `sending` does not know
        either. Mail clients show two letters with the same `message_id` as one.
        """
        ...
