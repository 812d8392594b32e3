"""The services' needs from outside, as small Protocols named for their role."""

from bridge.ports.agent_calendars import CalendarLinkRepository, CalendarRepository, KnownObject
from bridge.ports.calendars import Expansion, PublicHolidays
from bridge.ports.feeds import FeedRepository
from bridge.ports.guests import (
    AnswerRepository,
    ChallengeRepository,
    InvitationRepository,
    QuestionRepository,
    VisitRepository,
)
from bridge.ports.media import Hook, MediaRooms, Participant, Passes, SeatPass, Webhooks
from bridge.ports.meetings import (
    AgentRepository,
    CardPlace,
    ChangeRepository,
    ExpectedRepository,
    Followed,
    MeetingRepository,
    PresenceRepository,
    SalonRepository,
    SeriesRepository,
)
from bridge.ports.partners import PartnerRepository
from bridge.ports.people import CalendarFile, Identities, Letter, Post
from bridge.ports.queues import Agenda, Inbox, MailRepository, Once, Outbox
from bridge.ports.reminders import ReminderRepository
from bridge.ports.seats import HostLinkRepository, OfferRepository, SeatRepository
from bridge.ports.visio import Knock, LobbyEntry, VisioRooms, WaitingRoom
from bridge.ports.work import UnitOfWork, UnitsOfWork

__all__ = [
    "Agenda",
    "AgentRepository",
    "AnswerRepository",
    "CalendarFile",
    "CalendarLinkRepository",
    "CalendarRepository",
    "CardPlace",
    "ChallengeRepository",
    "ChangeRepository",
    "Expansion",
    "ExpectedRepository",
    "FeedRepository",
    "Followed",
    "Hook",
    "HostLinkRepository",
    "Identities",
    "Inbox",
    "InvitationRepository",
    "Knock",
    "KnownObject",
    "Letter",
    "LobbyEntry",
    "MailRepository",
    "MediaRooms",
    "MeetingRepository",
    "OfferRepository",
    "Once",
    "Outbox",
    "Participant",
    "PartnerRepository",
    "Passes",
    "Post",
    "PresenceRepository",
    "PublicHolidays",
    "QuestionRepository",
    "ReminderRepository",
    "SalonRepository",
    "SeatPass",
    "SeatRepository",
    "SeriesRepository",
    "UnitOfWork",
    "UnitsOfWork",
    "VisioRooms",
    "VisitRepository",
    "WaitingRoom",
    "Webhooks",
]
