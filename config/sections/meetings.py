"""Meetings, their guests, and what they may cost."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from config.sections.base import Section
from config.types import Domain, Duration, Timeout, ZoneName, between

Prolongation = Annotated[
    Duration, AfterValidator(between(timedelta(minutes=1), timedelta(hours=12)))
]


Snooze = Annotated[Duration, AfterValidator(between(timedelta(minutes=1), timedelta(hours=12)))]


class MeetingSettings(Section):
    """The rules of meetings and invitations."""

    zone: ZoneName = "Europe/Paris"
    """The zone in which times are understood and written."""
    grace_before: Duration = Field(default="10m", validate_default=True)
    """How long before the start guests' links open."""
    grace_after: Duration = Field(default="15m", validate_default=True)
    """How long after the end guests' links close."""
    duration: Timeout = Field(default="1h", validate_default=True)
    """The length of a meeting without a stated end."""
    longest: Timeout = Field(default="12h", validate_default=True)
    """The longest meeting that an agent may ask for."""
    guests_per_meeting: int = Field(default=50, ge=0)
    """0: no guests at all."""
    denied_domains: tuple[Domain, ...] = ()
    """E-mail domains that are never invited."""
    announce_every: Duration = Field(default="10m", validate_default=True)
    """The salon is told at most this often that a guest waits; further names are edited in."""
    forget_after: Duration = Field(default="7d", validate_default=True)
    """Guests' names and addresses are blanked this long after the window."""
    keep: Duration = Field(default="396d", validate_default=True)
    """Meetings, with their cards and what is left of their guests, are deleted this long after they
    ended, and agents this long after their last command. 396d: 13 months."""
    stale_after: Timeout = Field(default="10m", validate_default=True)
    """If a command is older than this when first seen, its author is asked before it acts."""
    keep_trying: Duration = Field(default="2h", validate_default=True)
    """How long a meeting's room is asked for again while Visio can't be reached."""
    warn_before: Duration = Field(default="5m", validate_default=True)
    """How long before guests have to leave the salon is warned; a reaction then extends the
    meeting."""
    warn_again: Duration = Field(default="1m", validate_default=True)
    """How long before, it is warned again."""
    prolong_by: Prolongation = Field(default="30m", validate_default=True)
    """By how much that reaction extends the meeting, a minute or more."""
    remind_before: Duration = Field(default="10m", validate_default=True)
    """How long before a meeting its salon is reminded, unless it chose otherwise; 0s: at its
    start."""
    remind_late: Timeout = Field(default="30m", validate_default=True)
    """A reminder that could not be sent is dropped when it is later than this."""
    snooze: Snooze = Field(default="5m", validate_default=True)
    """How long after a reminder it comes again, if its reader asks for that by a reaction."""
    takeovers: int = Field(default=3, ge=0)
    """How often another device with the same link may take over a guest's place."""
    room_per_date: bool = False
    """true: each date of a series gets a Visio room of its own, a day before it begins. false: one
    room for all dates, in which a guest of an earlier date may ask to come in again; without a key
    of the media server nothing of ours keeps them out."""
    moderator_level: int = Field(default=50, ge=0, le=100)
    """Power level from which an agent may manage others' meetings in the salon."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.duration > self.longest:
            raise PydanticCustomError("order", "too long", {"this": "duration", "other": "longest"})
        if self.warn_again > self.warn_before:
            told = {"this": "warn_again", "other": "warn_before"}
            raise PydanticCustomError("order", "too long", told)
        if self.forget_after > self.keep:
            told = {"this": "forget_after", "other": "keep"}
            raise PydanticCustomError("order", "too long", told)
        if self.longest + self.grace_after > self.keep:
            told = {"this": "longest + grace_after", "other": "keep"}
            raise PydanticCustomError("order", "too long", told)
        return self


class QuotaSettings(Section):
    """The most that one agent, or one salon, may cost others; a command beyond it is refused."""

    rooms: int = Field(default=30, ge=1)
    """Meetings that one agent asks for, per hour; as many may they hand over or take over."""
    salon_rooms: int = Field(default=60, ge=1)
    """Meetings that are asked for in one salon, per hour."""
    addresses: int = Field(default=100, ge=1)
    """Guests whom this agent had not invited before, per hour."""
    mails: int = Field(default=300, ge=1)
    """Invitations mailed for one agent per hour, resent ones too."""
    lines: int = Field(default=200, ge=1)
    """Lines of one agent that are answered, per ten minutes."""
    reminders: int = Field(default=100, ge=0)
    """Reminders of one agent that are to come; 0: agents set none."""
    welcome: int = Field(default=200, ge=0, le=200)
    """Characters of the line that a salon may show on its guests' page; 0: no salon may."""
    topics: int = Field(default=2000, ge=0, le=2000)
    """Characters of a meeting's topics (ordre du jour), which its guests read; 0: it has none."""


class GuestSettings(Section):
    """The proof that guests give besides their link, and whether that is enough."""

    proof: Literal["none", "mail", "pin"] = "none"
    """mail: a code sent to the invitation's address. pin: six digits that the inviter tells the
    guest; also if there is no address. An invitation may ask for either: avec code, avec pin."""
    waiting_room: bool = True
    """false: a guest who gave a code or a PIN comes in without a question to the salon, if
    media.way is livekit. A guest with only a link always waits."""
