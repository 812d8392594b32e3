"""What the services need from outside, as small Protocols named for their role."""

from bridge.ports.guests import Challenges, Invitations, Questions, Visits
from bridge.ports.media import Hook, MediaRooms, Participant, Passes, SeatPass, Webhooks
from bridge.ports.meetings import Agents, Followed, Meetings, Presences, Salons
from bridge.ports.people import Identities, Letter, Post
from bridge.ports.queues import Agenda, Inbox, Mails, Once, Outbox
from bridge.ports.seats import Hosts, Offers, Seats
from bridge.ports.visio import Entry, Knock, VisioRooms, WaitingRoom
from bridge.ports.work import Work, Works

__all__ = [
    "Agenda",
    "Agents",
    "Challenges",
    "Entry",
    "Followed",
    "Hook",
    "Hosts",
    "Identities",
    "Inbox",
    "Invitations",
    "Knock",
    "Letter",
    "Mails",
    "MediaRooms",
    "Meetings",
    "Offers",
    "Once",
    "Outbox",
    "Participant",
    "Passes",
    "Post",
    "Presences",
    "Questions",
    "Salons",
    "SeatPass",
    "Seats",
    "VisioRooms",
    "Visits",
    "WaitingRoom",
    "Webhooks",
    "Work",
    "Works",
]
