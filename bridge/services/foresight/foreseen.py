"""An event that will happen by itself, unless somebody changes a row that it depends on."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Message
from bridge.services.invitations.drafts import InvitationFacts


class ToCome(StrEnum):
    """The sort of it, as `parvis simulate --json` names it."""

    ROOM = "room"
    """Visio is asked for the meeting's room."""
    CARD = "card"
    """A card is posted, or shows another state."""
    MESSAGE = "message"
    REMINDER = "reminder"
    PROBLEMS = "problems"
    """The message to an organiser if something is wrong."""
    MAIL = "mail"
    OPENS = "window-opens"
    BEGINS = "meeting-begins"
    ENDS = "meeting-ends"
    CLOSES = "window-closes"
    LEAVES = "guest-leaves"
    """A guest's stay ends."""
    FORGETS = "guests-forgotten"
    """Guests' names and addresses are erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """Something to come."""

    at: datetime
    what: ToCome
    meeting: Meeting | None = None
    occurrence: Occurrence | None = None
    message: Message | None = None
    """The message that is posted."""
    mail: InvitationFacts | None = None
    """The mail that is sent."""
