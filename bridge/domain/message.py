"""What is to be said in a salon or to a person, as data: worded and encrypted when it leaves."""

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
"""What JSON can hold; moments travel as ISO 8601 strings in UTC."""
Facts: TypeAlias = Mapping[str, Fact]


class Priority(IntEnum):
    """In what order messages leave, in a salon and between salons: smallest first."""

    ANSWER = 0
    """Somebody asked for it and waits."""
    NOTICE = 1
    """Nobody asked: it tells of something, and waits for all answers."""
    EDIT = 2
    """It brings up to date what can be read already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to come. `template` names its words; `facts` hold no code and no secret."""

    dedupe: str
    """Derived from its cause: the same cause never makes a second message."""
    template: str
    salon: SalonId | None = None
    user: UserId | None = None
    """Instead of a salon: a direct message to this person."""
    author: UserId | None = None
    """Whose command it answers, or whose meeting it tells of: told alone where the salon does not
    take it."""
    alone: bool = False
    """For its author alone: said in `salon` only where nobody else reads, else elsewhere."""
    facts: Facts = field(default_factory=dict)
    worth: Priority = Priority.NOTICE
    rings: tuple[UserId, ...] = ()
    """Whose attention it must get; without anybody it is a silent notice."""
    reply_to: EventId | None = None
    thread: EventId | None = None
    card_of: OccurrenceId | None = None
    """It is the card of this occurrence, or an edit of it where `collapse` is set."""
    about_question: QuestionId | None = None
    """It asks the salon this question, or tells what became of it where `collapse` is set."""
    about_offer: OfferId | None = None
    """It offers to put off an end, or tells what became of the offer where `collapse` is set."""
    collapse: str | None = None
    """Of the unsent messages with the same key only the last one leaves.

    It is an edit: of the card, of a question or of an offer, else of the message
    whose `dedupe` is this key.
    """

    @property
    def confidant(self) -> UserId | None:
        """The only person who may read it; without one the whole salon may."""
        return self.author if self.alone else self.user

    @property
    def lane(self) -> str:
        """Where it goes: the salon or the person."""
        return self.salon or self.user or ""


def moment(at: datetime, zone: str) -> Fact:
    """Return a fact that is worded as a date and time in the reader's language."""
    return {"$at": at.isoformat(), "zone": zone}


def course(start: datetime, end: datetime, zone: str) -> Fact:
    """Return a fact that is worded as a meeting's date, its times and their zone."""
    return {"$when": [start.isoformat(), end.isoformat()], "zone": zone}


def stretch(start: datetime, end: datetime, zone: str) -> Fact:
    """Return a fact that is worded as from when to when, briefly."""
    return {"$between": [start.isoformat(), end.isoformat()], "zone": zone}


def person(actor: ActorId) -> Fact:
    """Return a fact that is worded as the person's name, as a mention where it may be one."""
    return {"$person": actor}


def guest(name: str, salon: SalonId | None, told: Fact) -> Fact:
    """Return `told` of a guest, which is marked where a member of `salon` has their name."""
    if salon is None:
        return told
    return {"$guest": name, "salon": salon, "told": told}


def visitor(name: str, invitation: InvitationId) -> Fact:
    """Return a fact that is worded as a name, with the address where another guest has it too."""
    return {"$visitor": name, "invitation": str(invitation)}


def address(url: str) -> Fact:
    """Return a fact that is worded as a link; no other fact is one."""
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
