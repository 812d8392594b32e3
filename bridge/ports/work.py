"""Transactions: each is all that one change does to the database."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bridge.ports.agent_calendars import CalendarLinkRepository, CalendarRepository
from bridge.ports.audit import AuditRepository
from bridge.ports.feeds import FeedRepository
from bridge.ports.grants import GrantRepository
from bridge.ports.guests import (
    AnswerRepository,
    ChallengeRepository,
    InvitationRepository,
    QuestionRepository,
    VisitRepository,
)
from bridge.ports.mailed import MailedRepository
from bridge.ports.meetings import (
    AgentRepository,
    ChangeRepository,
    ExpectedRepository,
    MeetingRepository,
    PresenceRepository,
    SalonRepository,
    SeriesRepository,
)
from bridge.ports.partners import PartnerRepository
from bridge.ports.queues import Agenda, Inbox, MailRepository, Once, Outbox
from bridge.ports.received_grants import ReceivedGrantRepository
from bridge.ports.reminders import ReminderRepository
from bridge.ports.seats import HostLinkRepository, OfferRepository, SeatRepository


class HasMeetings(Protocol):
    """A transaction with `meetings`."""

    @property
    def meetings(self) -> MeetingRepository: ...  # noqa: D102


class HasSeries(Protocol):
    """A transaction with `series`."""

    @property
    def series(self) -> SeriesRepository: ...  # noqa: D102


class HasExpected(Protocol):
    """A transaction with `expected`."""

    @property
    def expected(self) -> ExpectedRepository: ...  # noqa: D102


class HasInvitations(Protocol):
    """A transaction with `invitations`."""

    @property
    def invitations(self) -> InvitationRepository: ...  # noqa: D102


class HasVisits(Protocol):
    """A transaction with `visits`."""

    @property
    def visits(self) -> VisitRepository: ...  # noqa: D102


class HasQuestions(Protocol):
    """A transaction with `questions`."""

    @property
    def questions(self) -> QuestionRepository: ...  # noqa: D102


class HasAnswers(Protocol):
    """A transaction with `answers`."""

    @property
    def answers(self) -> AnswerRepository: ...  # noqa: D102


class HasSeats(Protocol):
    """A transaction with `seats`."""

    @property
    def seats(self) -> SeatRepository: ...  # noqa: D102


class HasPresences(Protocol):
    """A transaction with `presences`."""

    @property
    def presences(self) -> PresenceRepository: ...  # noqa: D102


class HasOffers(Protocol):
    """A transaction with `offers`."""

    @property
    def offers(self) -> OfferRepository: ...  # noqa: D102


class HasChanges(Protocol):
    """A transaction with `changes`."""

    @property
    def changes(self) -> ChangeRepository: ...  # noqa: D102


class HasReminders(Protocol):
    """A transaction with `reminders`."""

    @property
    def reminders(self) -> ReminderRepository: ...  # noqa: D102


class HasCalendars(Protocol):
    """A transaction with `calendars`, agents' own."""

    @property
    def calendars(self) -> CalendarRepository: ...  # noqa: D102


class HasCalendarLinks(Protocol):
    """A transaction with `calendar_links`."""

    @property
    def calendar_links(self) -> CalendarLinkRepository: ...  # noqa: D102


class HasMailed(Protocol):
    """A transaction with `mailed`, events to which agents invite us by mail."""

    @property
    def mailed(self) -> MailedRepository: ...  # noqa: D102


class HasFeeds(Protocol):
    """A transaction with `feeds`."""

    @property
    def feeds(self) -> FeedRepository: ...  # noqa: D102


class HasChallenges(Protocol):
    """A transaction with `challenges`."""

    @property
    def challenges(self) -> ChallengeRepository: ...  # noqa: D102


class HasHosts(Protocol):
    """A transaction with `hosts`."""

    @property
    def hosts(self) -> HostLinkRepository: ...  # noqa: D102


class HasAgenda(Protocol):
    """A transaction with `agenda`."""

    @property
    def agenda(self) -> Agenda: ...  # noqa: D102


class HasOutbox(Protocol):
    """A transaction with `outbox`."""

    @property
    def outbox(self) -> Outbox: ...  # noqa: D102


class HasMails(Protocol):
    """A transaction with `mails`."""

    @property
    def mails(self) -> MailRepository: ...  # noqa: D102


class HasPartners(Protocol):
    """A transaction with `partners`."""

    @property
    def partners(self) -> PartnerRepository: ...  # noqa: D102


class HasReceivedGrants(Protocol):
    """A transaction with `received_grants`."""

    @property
    def received_grants(self) -> ReceivedGrantRepository: ...  # noqa: D102


class HasGrants(Protocol):
    """A transaction with `grants`."""

    @property
    def grants(self) -> GrantRepository: ...  # noqa: D102


class HasSalons(Protocol):
    """A transaction with `salons`."""

    @property
    def salons(self) -> SalonRepository: ...  # noqa: D102


class HasAgents(Protocol):
    """A transaction with `agents`."""

    @property
    def agents(self) -> AgentRepository: ...  # noqa: D102


class HasOnce(Protocol):
    """A transaction with `once`."""

    @property
    def once(self) -> Once: ...  # noqa: D102


class HasInbox(Protocol):
    """A transaction with `inbox`."""

    @property
    def inbox(self) -> Inbox: ...  # noqa: D102


class HasAudit(Protocol):
    """A transaction with `audit`."""

    @property
    def audit(self) -> AuditRepository: ...  # noqa: D102


# Roles: the repositories that several helpers use together.


class TellsOfMeetings(HasMeetings, HasOutbox, HasAgenda, Protocol):
    """Refreshes cards and copies, and tells salons and organisers of their meetings."""


class NamesColleagues(TellsOfMeetings, HasExpected, HasCalendars, HasFeeds, Protocol):
    """Names colleagues on cards, and knows where each is expected, and who has a calendar."""


class ConcernsAgents(HasMeetings, HasExpected, Protocol):
    """Finds the meetings that concern an agent."""


class ShowsDates(HasMeetings, HasAgenda, Protocol):
    """Plans the cards of a meeting's dates."""


class MailsGuests(HasMeetings, HasInvitations, HasMails, HasSeries, Protocol):
    """Knows which mails guests got, or will get."""


class TellsGuests(HasInvitations, HasMails, HasGrants, HasAgenda, Protocol):
    """Plans mails that tell guests of a change."""


class EndsSeats(HasSeats, HasAgenda, HasAudit, Protocol):
    """Ends seats, and plans the ejection of their guests."""


class GivesSeats(HasInvitations, HasSeats, HasAgenda, HasOutbox, HasAudit, Protocol):
    """Gives seats; a device may take the seat of another one over."""


class PlansReminders(HasReminders, HasAgenda, Protocol):
    """Plans the reminders of an occurrence."""


class KeepsTimeBox(
    HasInvitations, HasQuestions, HasSeats, HasReminders, HasAgenda, HasAudit, Protocol
):
    """Plans the moments of an occurrence, and ends its seats."""


class ReadsVisits(HasMeetings, HasInvitations, HasVisits, HasSeats, Protocol):
    """Reads visits with all that they depend on."""


class ReadsQuestions(HasMeetings, HasInvitations, HasVisits, HasSeats, HasQuestions, Protocol):
    """Reads questions with the visits that they list."""


class HearsAnswers(HasAnswers, TellsOfMeetings, Protocol):
    """Keeps answers, and shows them on cards."""


class ListsVisits(HasVisits, HasQuestions, Protocol):
    """Has a question list visits, or list them no more."""


class FindsMeetings(TellsOfMeetings, HasQuestions, HasOffers, Protocol):
    """Finds the meeting that a message in a salon is about."""


class OffersMoreTime(HasOffers, HasOutbox, HasOnce, Protocol):
    """Warns of the end of guests' time, and offers to extend it."""


class UnitOfWork(
    HasMeetings,
    HasSeries,
    HasExpected,
    HasInvitations,
    HasVisits,
    HasQuestions,
    HasAnswers,
    HasSeats,
    HasPresences,
    HasOffers,
    HasChanges,
    HasReminders,
    HasCalendars,
    HasCalendarLinks,
    HasMailed,
    HasFeeds,
    HasChallenges,
    HasHosts,
    HasAgenda,
    HasOutbox,
    HasMails,
    HasPartners,
    HasReceivedGrants,
    HasGrants,
    HasSalons,
    HasAgents,
    HasOnce,
    HasInbox,
    HasAudit,
    Protocol,
):
    """One transaction: either all that is done through it takes effect, or nothing."""


class UnitsOfWork(Protocol):
    """Opens transactions: `async with works() as work`. Leaving without an error commits."""

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Begin a transaction that may write."""
        ...

    def reading(self, *, long: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        """Begin a transaction that only reads, and waits for no writer.

        `long`: it may read hundreds of rows, so its statements may not hold up the loop.
        """
        ...
