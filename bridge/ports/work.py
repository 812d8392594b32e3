"""Transactions: each is all that one change does to the database."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bridge.ports.guests import (
    ChallengeRepository,
    InvitationRepository,
    QuestionRepository,
    VisitRepository,
)
from bridge.ports.meetings import (
    AgentRepository,
    MeetingRepository,
    PresenceRepository,
    SalonRepository,
)
from bridge.ports.queues import Agenda, Inbox, MailRepository, Once, Outbox
from bridge.ports.seats import HostLinkRepository, OfferRepository, SeatRepository


class UnitOfWork(Protocol):
    """One transaction: either all that is done through it takes effect, or nothing."""

    @property
    def meetings(self) -> MeetingRepository: ...  # noqa: D102
    @property
    def invitations(self) -> InvitationRepository: ...  # noqa: D102
    @property
    def visits(self) -> VisitRepository: ...  # noqa: D102
    @property
    def questions(self) -> QuestionRepository: ...  # noqa: D102
    @property
    def seats(self) -> SeatRepository: ...  # noqa: D102
    @property
    def presences(self) -> PresenceRepository: ...  # noqa: D102
    @property
    def offers(self) -> OfferRepository: ...  # noqa: D102
    @property
    def challenges(self) -> ChallengeRepository: ...  # noqa: D102
    @property
    def hosts(self) -> HostLinkRepository: ...  # noqa: D102
    @property
    def agenda(self) -> Agenda: ...  # noqa: D102
    @property
    def outbox(self) -> Outbox: ...  # noqa: D102
    @property
    def mails(self) -> MailRepository: ...  # noqa: D102
    @property
    def salons(self) -> SalonRepository: ...  # noqa: D102
    @property
    def agents(self) -> AgentRepository: ...  # noqa: D102
    @property
    def once(self) -> Once: ...  # noqa: D102
    @property
    def inbox(self) -> Inbox: ...  # noqa: D102


class UnitsOfWork(Protocol):
    """Opens transactions: `async with works() as work`. Leaving without an error commits."""

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Begin a transaction that may write."""
        ...

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Begin a transaction that only reads, and waits for no writer."""
        ...
