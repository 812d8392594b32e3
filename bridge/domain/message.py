"""A message to a salon or a person, as data: worded and encrypted when it is sent.

Each kind of message is a class, and `Message` is their union. A kind has the fields that it needs
and the addresses that it may have, so that a message without sense can't be built: a secret has no
salon, a reaction has no words, only an edit replaces its unsent predecessor.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import ClassVar, TypeAlias

from bridge.ids import (
    ActorId,
    CalendarLinkId,
    EventId,
    FeedId,
    HostId,
    InvitationId,
    OccurrenceId,
    OfferId,
    QuestionId,
    ReceivedGrantId,
    SalonId,
    UserId,
)

Parameter: TypeAlias = "str | int | float | bool | list[Parameter] | dict[str, Parameter] | None"
"""A value that fills a sentence in, as JSON; moments travel as ISO 8601 strings in UTC."""
Parameters: TypeAlias = Mapping[str, Parameter]


class Priority(IntEnum):
    """The order in which messages are sent, in a salon and between salons: smallest first."""

    ANSWER = 0
    """A person asked for it and waits."""
    NOTICE = 1
    """Nobody asked for it: a notice waits for all answers."""
    EDIT = 2
    """It updates a message that can be read already."""


# --- where it goes ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSalon:
    """To a salon, where everybody reads it."""

    salon: SalonId
    account: UserId | None = None
    """The bot's account that says it; `None`: the installation's first."""
    author: UserId | None = None
    """The author of the command that it answers, or whose meeting it is about: they get it by
    direct message if the salon refuses it."""
    confidant: ClassVar[None] = None

    @property
    def lane(self) -> str:
        """The salon: within it, a message waits for the one before it."""
        return self.salon


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPerson:
    """To one person, by direct message."""

    user: UserId
    account: UserId | None = None
    """The bot's account that says it; `None`: the installation's first."""
    salon: ClassVar[None] = None

    @property
    def lane(self) -> str:
        """The person: between us, a message waits for the one before it."""
        return self.user

    @property
    def confidant(self) -> UserId:
        """The only person who may read it."""
        return self.user


@dataclass(frozen=True, slots=True, kw_only=True)
class ToAuthor:
    """To a line's author alone: in the line's salon if nobody else reads there, else elsewhere."""

    author: UserId
    salon: SalonId
    account: UserId | None = None
    """The bot's account that says it; `None`: the installation's first."""

    @property
    def lane(self) -> str:
        """The salon: within it, a message waits for the one before it."""
        return self.salon

    @property
    def confidant(self) -> UserId:
        """The only person who may read it."""
        return self.author


Place: TypeAlias = ToSalon | ToPerson
Addressee: TypeAlias = ToSalon | ToPerson | ToAuthor


# --- what it is about ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class QuestionRef:
    """The message that asks a salon a question, and shows its outcome."""

    question: QuestionId

    @property
    def coalesce_key(self) -> str:
        """The coalesce key of its edits."""
        return f"asks:{self.question}"


@dataclass(frozen=True, slots=True)
class OfferRef:
    """The message that offers to extend a meeting, and shows the offer's outcome."""

    offer: OfferId

    @property
    def coalesce_key(self) -> str:
        """The coalesce key of its edits."""
        return f"offer:{self.offer}"


@dataclass(frozen=True, slots=True)
class MessageRef:
    """Another message of ours, by its idempotency key."""

    idempotency_key: str

    @property
    def coalesce_key(self) -> str:
        """The coalesce key of its edits."""
        return self.idempotency_key


@dataclass(frozen=True, slots=True)
class LineRef:
    """A line that a person wrote."""

    event: EventId


# --- what it is ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Posted:
    """The common part of all messages."""

    idempotency_key: str
    """The idempotency key, derived from its cause: the same cause never makes a second message."""
    to: Addressee
    priority: Priority = Priority.NOTICE

    @property
    def lane(self) -> str:
        """The salon or the person that it goes to."""
        return self.to.lane

    @property
    def confidant(self) -> UserId | None:
        """The only person who may read it; if none, the whole salon may."""
        return self.to.confidant

    @property
    def mentions(self) -> tuple[UserId, ...]:
        """The people whom it mentions, with a notification."""
        return ()

    @property
    def coalesce_key(self) -> str | None:
        """The coalesce key of an edit: of several unsent ones with it only the last is sent."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(_Posted):
    """A sentence, often an answer.

    `template` is its key; `parameters` hold no code and no secret.
    """

    template: str
    parameters: Parameters = field(default_factory=dict)
    mentions: tuple[UserId, ...] = ()
    """The people whom it mentions, with a notification; without any it is a silent notice."""
    reply_to: EventId | None = None
    thread: EventId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt(_Posted):
    """A sentence that asks a salon a question or makes it an offer, which people answer."""

    to: Place
    about: QuestionRef | OfferRef
    template: str
    parameters: Parameters = field(default_factory=dict)
    mentions: tuple[UserId, ...] = ()
    """The people whom it mentions, with a notification; without any it is a silent notice."""
    thread: EventId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card(_Posted):
    """The card of an occurrence, worded from the database."""

    template: ClassVar[str] = "card"
    to: Place
    occurrence: OccurrenceId
    thread: EventId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardEdit(_Posted):
    """An edit of the card to its present state."""

    template: ClassVar[str] = "card"
    to: Place
    occurrence: OccurrenceId
    priority: Priority = Priority.EDIT

    @property
    def coalesce_key(self) -> str:
        """The coalesce key of the card's edits."""
        return f"card:{self.occurrence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(_Posted):
    """A sentence that replaces that of an earlier message."""

    to: Place
    of: QuestionRef | OfferRef | MessageRef
    template: str
    parameters: Parameters = field(default_factory=dict)

    @property
    def coalesce_key(self) -> str:
        """The coalesce key of its message's edits."""
        return self.of.coalesce_key


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReaction(_Posted):
    """A reaction of ours: to a message of ours, so that people need only touch it, or a line."""

    to: ToSalon
    on: QuestionRef | OfferRef | MessageRef | LineRef
    key: str
    """The character."""

    @property
    def template(self) -> str:
        """Its name in logs and rows."""
        match self.on:
            case LineRef():
                return "line.heard"
            case MessageRef():
                return "message.answer"
            case _:
                return "guest.answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Secret(_Posted):
    """A code of ours, derived when it is sent: only its reader gets it, with a notification."""

    to: ToPerson
    priority: Priority = Priority.ANSWER

    @property
    def mentions(self) -> tuple[UserId, ...]:
        """Its reader."""
        return (self.to.user,)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestLink(_Secret):
    """The link of an invitation, for its inviter, who hands it on."""

    template: ClassVar[str] = "invite.link"
    invitation: InvitationId
    number: int
    """The link's number: a newer link makes the message obsolete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestPin(_Secret):
    """The PIN of an invitation, for its inviter, who hands it on."""

    template: ClassVar[str] = "invite.pin"
    invitation: InvitationId
    number: int
    """The link's number: a newer link makes the message obsolete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPageLink(_Secret):
    """An agent's link to the host's page."""

    template: ClassVar[str] = "host.link"
    host: HostId


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPageLink(_Secret):
    """An agent's link to the page on which they link their calendars."""

    template: ClassVar[str] = "calendar.link"
    link: CalendarLinkId


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedAddress(_Secret):
    """The address of a feed."""

    template: ClassVar[str] = "feed.link"
    feed: FeedId


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinLink(_Secret):
    """A person's own link to a partner's meeting."""

    template: ClassVar[str] = "join.link"
    received: ReceivedGrantId
    grant: str
    """The partner's id of it: a newer grant makes the message obsolete."""


Sentence: TypeAlias = Notice | Prompt | Edit
"""A message that is a sentence of the catalogues."""
Secret: TypeAlias = GuestLink | GuestPin | HostPageLink | CalendarPageLink | FeedAddress | JoinLink
Message: TypeAlias = Sentence | Card | CardEdit | OwnReaction | Secret


# --- parameters ---------------------------------------------------------------------------------


def moment(at: datetime, zone: str) -> Parameter:
    """Return a parameter that is worded as a date and time in the reader's language."""
    return {"$at": at.isoformat(), "zone": zone}


def course(start: datetime, end: datetime, zone: str) -> Parameter:
    """Return a parameter that is worded as a meeting's date, its times and their zone."""
    return {"$when": [start.isoformat(), end.isoformat()], "zone": zone}


def hours(start: datetime, end: datetime, zone: str) -> Parameter:
    """Return a parameter that is worded as the times alone, without day and zone."""
    return {"$hours": [start.isoformat(), end.isoformat()], "zone": zone}


def day(at: datetime, zone: str) -> Parameter:
    """Return a parameter that is worded as a day, in full."""
    return {"$day": at.isoformat(), "zone": zone}


def clocks(zone: str) -> Parameter:
    """Return a parameter that is worded as a zone's name."""
    return {"$zone": zone}


def in_salon(told: Parameter, salon: SalonId) -> Parameter:
    """Return a parameter that is worded as `told` with the salon's name, if it has one."""
    return {"told": told, "salon": salon}


def stretch(start: datetime, end: datetime, zone: str) -> Parameter:
    """Return a parameter that is worded as a period, briefly."""
    return {"$between": [start.isoformat(), end.isoformat()], "zone": zone}


def person(actor: ActorId) -> Parameter:
    """Return a parameter that is worded as the person's name, as a mention if allowed."""
    return {"$person": actor}


def people(users: Iterable[UserId]) -> Parameter:
    """Return a parameter that is worded as these people's names, in one line."""
    return {"$people": [person(user) for user in users]}


def guest(name: str, salon: SalonId | None, told: Parameter) -> Parameter:
    """Return `told` of a guest, marked if a member of `salon` has their name."""
    if salon is None:
        return told
    return {"$guest": name, "salon": salon, "told": told}


def visitor(name: str, invitation: InvitationId) -> Parameter:
    """Return a parameter that is worded as a name, with the address if another guest has it too."""
    return {"$visitor": name, "invitation": str(invitation)}


def one_line(*those: Parameter) -> Parameter:
    """Return a parameter that is worded as names one after the other."""
    return {"$people": list(those)}


def topics_of_date(date: OccurrenceId) -> Parameter:
    """Return a parameter that is worded as the topics of a date's meeting, as they are then."""
    return {"$topics": str(date)}


def address(url: str) -> Parameter:
    """Return a parameter that is worded as a link; no other parameter becomes one."""
    return {"$link": url}


def span(length: timedelta) -> Parameter:
    """Return a parameter that is worded as a duration."""
    return {"$span": length.total_seconds()}


def seconds(length: timedelta) -> Parameter:
    """Return a parameter that is worded as a measured time, to the tenth of a second."""
    return {"$seconds": length.total_seconds()}


def number(many: int) -> Parameter:
    """Return a parameter that is worded as a large number: "3 200"."""
    return {"$number": many}


def phrase(key: str, parameters: Parameters | None = None) -> Parameter:
    """Return a parameter that is another sentence of the catalogue.

    Rows of earlier programs have this form too: hence its key `facts`.
    """
    return {"$phrase": key, "facts": dict(parameters or {})}
