"""The cause of a change: its actor, its idempotency key, and where answers belong."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bridge.domain.authority import Membership, Requester
from bridge.domain.message import Notice, Parameters, Priority, ToAuthor, ToPerson, ToSalon
from bridge.ids import ActorId, EventId, PartyId, SalonId, UserId


class Party(StrEnum):
    """The kind of party that causes something."""

    AGENT = "agent"
    PARTNER = "partner"
    """An organisation with which meetings are federated."""
    CALENDAR = "calendar"
    """An agent's calendar, which acts for its owner."""
    OPERATOR = "operator"
    """The operator, by the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The party that causes a change, with its present rights."""

    party: Party = Party.AGENT
    name: ActorId
    """An agent's Matrix id, also for their calendar; for others a name of ours, `operator`."""
    outside: bool = False
    """Whether the agent's homeserver is none of the agents' (`matrix.agents`)."""
    memberships: Mapping[SalonId, Membership] = field(default_factory=dict)
    """The agent's memberships of the salons in question, as the homeserver says now."""

    @property
    def user(self) -> UserId | None:
        """The Matrix account that reads answers; `None` for a party without one."""
        return user_of(self.name)

    def person(self, salon: SalonId | None) -> Requester:
        """Return the actor as a member of a salon now; without a salon, a member of none."""
        known = None if salon is None else self.memberships.get(salon)
        return Requester(user=self.name, outside=self.outside, membership=known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The place in Matrix of a cause, where its answers belong."""

    salon: SalonId
    line: EventId
    """The line as its author sees it, however often it was corrected: answers reply to it."""
    event: EventId
    """The event itself: each correction has answers of its own."""
    account: UserId | None = None
    """The bot's account that read it, and answers; `None`: the installation's first."""
    thread: EventId | None = None
    about: EventId | None = None
    """The event that it replies to or reacts to: a card, perhaps."""
    direct: bool = False
    """Typed in a direct message where its author and Parvis are alone."""

    def to(self, author: UserId) -> ToSalon | ToAuthor:
        """Return the address of answers: the salon, or the author alone in a direct message."""
        if self.direct:
            return ToAuthor(author=author, salon=self.salon, account=self.account)
        return ToSalon(salon=self.salon, author=author, account=self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The cause that every use case is run for."""

    key: str
    """The idempotency key: the same key never makes anything twice."""
    actor: Actor
    at: datetime | None = None
    """When it was sent, as its sender's server says (aware); `None` if nothing says so."""
    reply: Reply | None = None
    """The place for answers; without it they reach the actor by direct message, or nobody."""
    into: SalonId | None = None
    """The salon that it concerns, if no line was typed there."""

    @property
    def by(self) -> ActorId:
        """The name of the actor."""
        return self.actor.name

    @property
    def direct(self) -> bool:
        """Whether only the actor reads the answers."""
        return self.reply is None or self.reply.direct

    @property
    def salon(self) -> SalonId | None:
        """The salon in which it was sent, or that it concerns."""
        return self.into if self.reply is None else self.reply.salon

    @property
    def account(self) -> UserId | None:
        """The bot's account that answers; `None`: the installation's first."""
        return None if self.reply is None else self.reply.account

    @property
    def about(self) -> EventId | None:
        """The event that it replies to or reacts to."""
        return None if self.reply is None else self.reply.about

    @property
    def event(self) -> str:
        """The event itself, which a correction does not share; without one the key."""
        return self.key if self.reply is None else self.reply.event

    @property
    def private(self) -> ToPerson | None:
        """The address that only the actor reads; `None` for a party without an account."""
        user = self.actor.user
        return None if user is None else ToPerson(user=user, account=self.account)

    def answer(
        self, template: str, parameters: Parameters | None = None, *, n: int = 0
    ) -> Notice | None:
        """Return an answer, the `n`-th if there are several; `None` if nobody reads it.

        In a direct message it may tell of the author's meetings in other salons: it is for the
        author alone, whoever was invited there since.
        """
        private, reply = self.private, self.reply
        if private is None:
            return None
        answer = Notice(
            idempotency_key=f"answer:{self.event}:{n}",
            to=private,
            template=template,
            parameters=parameters or {},
            priority=Priority.ANSWER,
            mentions=(private.user,),
        )
        if reply is None:
            return answer
        to = reply.to(private.user)
        return replace(answer, to=to, mentions=(), reply_to=reply.line, thread=reply.thread)


def user_of(name: ActorId) -> UserId | None:
    """Return the Matrix account behind an actor's name; `None` if it has none."""
    return UserId(name) if name.startswith("@") else None


OPERATOR = Actor(party=Party.OPERATOR, name=PartyId("operator"))
"""The operator."""
