"""The services' needs from outside, as small Protocols named for their role."""

from bridge.ports.guests import (
    ChallengeRepository,
    InvitationRepository,
    QuestionRepository,
    VisitRepository,
)
from bridge.ports.media import Hook, MediaRooms, Participant, Passes, SeatPass, Webhooks
from bridge.ports.meetings import (
    AgentRepository,
    CardPlace,
    Followed,
    MeetingRepository,
    PresenceRepository,
    SalonRepository,
)
from bridge.ports.people import Identities, Letter, Post
from bridge.ports.queues import Agenda, Inbox, MailRepository, Once, Outbox
from bridge.ports.reminders import ReminderRepository
from bridge.ports.seats import HostLinkRepository, OfferRepository, SeatRepository
from bridge.ports.visio import Knock, LobbyEntry, VisioRooms, WaitingRoom
from bridge.ports.work import UnitOfWork, UnitsOfWork

__all__ = [
    "Agenda",
    "AgentRepository",
    "CardPlace",
    "ChallengeRepository",
    "Followed",
    "Hook",
    "HostLinkRepository",
    "Identities",
    "Inbox",
    "InvitationRepository",
    "Knock",
    "Letter",
    "LobbyEntry",
    "MailRepository",
    "MediaRooms",
    "MeetingRepository",
    "OfferRepository",
    "Once",
    "Outbox",
    "Participant",
    "Passes",
    "Post",
    "PresenceRepository",
    "QuestionRepository",
    "ReminderRepository",
    "SalonRepository",
    "SeatPass",
    "SeatRepository",
    "UnitOfWork",
    "UnitsOfWork",
    "VisioRooms",
    "VisitRepository",
    "WaitingRoom",
    "Webhooks",
]
