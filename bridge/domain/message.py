"""A message to a salon or a person, as data: worded and encrypted when it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TypeAlias

from bridge.ids import (
    ActorId,
    EventId,
    InvitationId,
    OccurrenceId,
    OfferId,
    QuestionId,
    SalonId,
    UserId,
)

Fact: TypeAlias = "str | int | float | bool | list[Fact] | dict[str, Fact] | None"
"""A value that JSON can hold; moments travel as ISO 8601 strings in UTC."""
Facts: TypeAlias = Mapping[str, Fact]


class Priority(IntEnum):
    """The order in which messages are sent, in a salon and between salons: smallest first."""

    ANSWER = 0
    """A person asked for it and waits."""
    NOTICE = 1
    """Nobody asked for it: a notice waits for all answers."""
    EDIT = 2
    """It updates a message that can be read already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message to send. `template` names its sentence; `facts` hold no code and no secret."""

    idempotency_key: str
    """The idempotency key, derived from its cause: the same cause never makes a second message."""
    template: str
    account: UserId | None = None
    """The bot's account that says it; `None`: the installation's first."""
    salon: SalonId | None = None
    user: UserId | None = None
    """Instead of a salon: a direct message to this person."""
    author: UserId | None = None
    """The author of the command that it answers, or whose meeting it is about: they get it by
    direct message if the salon refuses it."""
    alone: bool = False
    """For its author alone: sent to `salon` only if nobody else reads there, else elsewhere."""
    facts: Facts = field(default_factory=dict)
    priority: Priority = Priority.NOTICE
    mentions: tuple[UserId, ...] = ()
    """The people whom it mentions, with a notification; without any it is a silent notice."""
    reply_to: EventId | None = None
    thread: EventId | None = None
    card_of: OccurrenceId | None = None
    """It is the card of this occurrence, or an edit of it if `coalesce_key` is set."""
    about_question: QuestionId | None = None
    """It asks the salon this question, or tells its outcome if `coalesce_key` is set."""
    about_offer: OfferId | None = None
    """It offers to extend a meeting, or tells the offer's outcome if `coalesce_key` is set."""
    coalesce_key: str | None = None
    """The coalesce key: of several unsent messages with the same key only the last is sent.

    It is an edit: of the card, of a question or of an offer, else of the message whose
    `idempotency_key` is this key.
    """

    @property
    def confidant(self) -> UserId | None:
        """The only person who may read it; if none, the whole salon may."""
        return self.author if self.alone else self.user

    @property
    def lane(self) -> str:
        """The salon or the person that it goes to."""
        return self.salon or self.user or ""


def moment(at: datetime, zone: str) -> Fact:
    """Return a fact that is worded as a date and time in the reader's language."""
    return {"$at": at.isoformat(), "zone": zone}


def course(start: datetime, end: datetime, zone: str) -> Fact:
    """Return a fact that is worded as a meeting's date, its times and their zone."""
    return {"$when": [start.isoformat(), end.isoformat()], "zone": zone}


def stretch(start: datetime, end: datetime, zone: str) -> Fact:
    """Return a fact that is worded as a period, briefly."""
    return {"$between": [start.isoformat(), end.isoformat()], "zone": zone}


def person(actor: ActorId) -> Fact:
    """Return a fact that is worded as the person's name, as a mention if allowed."""
    return {"$person": actor}


def guest(name: str, salon: SalonId | None, told: Fact) -> Fact:
    """Return `told` of a guest, marked if a member of `salon` has their name."""
    if salon is None:
        return told
    return {"$guest": name, "salon": salon, "told": told}


def visitor(name: str, invitation: InvitationId) -> Fact:
    """Return a fact that is worded as a name, with the address if another guest has it too."""
    return {"$visitor": name, "invitation": str(invitation)}


def address(url: str) -> Fact:
    """Return a fact that is worded as a link; no other fact becomes one."""
    return {"$link": url}


def span(length: timedelta) -> Fact:
    """Return a fact that is worded as a duration."""
    return {"$span": length.total_seconds()}


def seconds(length: timedelta) -> Fact:
    """Return a fact that is worded as a measured time, to the tenth of a second."""
    return {"$seconds": length.total_seconds()}


def phrase(key: str, facts: Facts | None = None) -> Fact:
    """Return a fact that is another sentence of the catalogue."""
    return {"$phrase": key, "facts": dict(facts or {})}
