"""Guests in the database: their links, their browsers, and the codes mailed to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bridge.domain.invitation import Invitation, Visit, VisitPlace
from bridge.domain.proof import Challenge, Proof
from bridge.domain.question import Question
from bridge.ids import (
    ActorId,
    ChallengeId,
    EventId,
    InvitationId,
    OccurrenceId,
    QuestionId,
    VisitId,
)


class InvitationRepository(Protocol):
    """Guests' passes."""

    async def add(self, invitation: Invitation) -> None:
        """Keep a new invitation."""
        ...

    async def get(self, invitation: InvitationId) -> Invitation | None:
        """Return an invitation."""
        ...

    async def occurrence_of(self, invitation: InvitationId) -> OccurrenceId | None:
        """Return what an invitation is to, without holding anything."""
        ...

    async def by_digest(self, digest: bytes) -> Invitation | None:
        """Return the invitation whose present link has this digest."""
        ...

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Invitation]:
        """Return all invitations to an occurrence, revoked ones too, oldest first."""
        ...

    async def invited_by(self, actor: ActorId, since: datetime) -> Mapping[str, datetime]:
        """Return whom somebody invited, by address, else by name (folded), and when first."""
        ...

    async def save(self, invitation: Invitation) -> None:
        """Replace an invitation's row."""
        ...

    async def waits(self, invitation: InvitationId, now: datetime) -> None:
        """Note since when somebody has waited with it; the first time counts."""
        ...

    async def announce(
        self, invitation: InvitationId, *, now: datetime, unless_after: datetime
    ) -> bool:
        """Note that the salon is told now; `False` when it was told after `unless_after`."""
        ...

    async def forget(self, occurrence: OccurrenceId) -> int:
        """Blank an occurrence's guests' names and addresses, drop their visits; return how many."""
        ...


class VisitRepository(Protocol):
    """Browsers that followed a link."""

    async def add(self, visit: Visit) -> None:
        """Keep a new visit."""
        ...

    async def get(self, visit: VisitId) -> Visit | None:
        """Return a visit."""
        ...

    async def place(self, visit: VisitId) -> VisitPlace | None:
        """Return what a visit hangs on, without holding anything: none of it ever changes."""
        ...

    async def followed(self, visit: VisitId, now: datetime) -> None:
        """Note that this visit was sent on to the meeting."""
        ...

    async def followed_since(self, invitation: InvitationId, moment: datetime) -> Sequence[str]:
        """Return the names, each once, of those sent on since a moment, in order of arrival."""
        ...

    async def knocks(self, visit: VisitId, identity: str) -> None:
        """Note with which identity we knock at Visio for it from now on."""
        ...

    async def listed(
        self, visit: VisitId, question: QuestionId, number: int, now: datetime
    ) -> None:
        """Note that a question to the salon lists it from now on."""
        ...

    async def back(self, visit: VisitId, now: datetime) -> None:
        """Note that a page which was closed is open again, and the question lists it as before."""
        ...

    async def left(self, visit: VisitId, now: datetime) -> bool:
        """Note that its page is closed; `False` when that is known."""
        ...

    async def seen(self, those: Sequence[VisitId], now: datetime) -> Sequence[VisitId]:
        """Note that these visits' pages are open; return those that no question lists."""
        ...

    async def refuse(self, visit: VisitId, now: datetime, *, by: ActorId | None = None) -> bool:
        """Note that the salon refuses it, or Visio's host; `False` when it has already."""
        ...

    async def prove(self, visit: VisitId, proof: Proof) -> None:
        """Note what a visit has shown besides its link."""
        ...

    async def pardon(self, visit: VisitId) -> None:
        """Take back a refusal."""
        ...

    async def unlist(self, question: QuestionId) -> None:
        """Take back a question that is over, of those that nobody answered about."""
        ...

    async def of_question(self, question: QuestionId) -> Sequence[Visit]:
        """Return the visits that a question lists or listed, by their numbers."""
        ...

    async def pending(self, question: QuestionId) -> int:
        """Return of how many visits in a question's list nothing was decided."""
        ...

    async def numbered(self, occurrence: OccurrenceId, number: int) -> int:
        """Return how many visits to an occurrence have that number: none or one."""
        ...

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Visit]:
        """Return all visits to an occurrence."""
        ...

    async def asking(self, occurrence: OccurrenceId) -> Sequence[Visit]:
        """Return the visits about which the salon was asked and has not refused, oldest first.

        Only those whose page is open. Without holding their rows; some may have a seat by now.
        """
        ...

    async def count(self, invitation: InvitationId) -> int:
        """Return how many visits an invitation has."""
        ...

    async def language(self, invitation: InvitationId) -> str | None:
        """Return the language of the newest visit with an invitation."""
        ...

    async def keep(self, invitation: InvitationId, *, newest: int) -> None:
        """Drop all but so many visits of an invitation; the others' browsers are strangers.

        Whoever was let in is not dropped: others with the same link must not put them out.
        """
        ...

    async def estrange(self, invitation: InvitationId) -> None:
        """Know none of an invitation's browsers any more, but whoever has a seat."""
        ...


class QuestionRepository(Protocol):
    """Questions to salons about who waits with a link."""

    async def add(self, question: Question) -> None:
        """Keep a new question."""
        ...

    async def get(self, question: QuestionId) -> Question | None:
        """Return a question."""
        ...

    async def place(self, question: QuestionId) -> VisitPlace | None:
        """Return what a question hangs on, without holding anything: it never changes."""
        ...

    async def by_notice(self, event: EventId) -> QuestionId | None:
        """Return the question that a message in the salon asks, without holding it."""
        ...

    async def open(self, invitation: InvitationId) -> Sequence[Question]:
        """Return the questions about an invitation that are not closed, oldest first."""
        ...

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[QuestionId]:
        """Return the open questions about an occurrence's guests, without holding them."""
        ...

    async def last(self, occurrence: OccurrenceId) -> int:
        """Return the highest number that a device of an occurrence was ever given; 0: none."""
        ...

    async def silent(self, before: datetime) -> Sequence[QuestionId]:
        """Return the open questions with a device that gave no sign of life since `before`."""
        ...

    async def save(self, question: Question) -> None:
        """Replace a question's row; its notice is noted when it leaves."""
        ...


class ChallengeRepository(Protocol):
    """Codes that were mailed to guests."""

    async def add(self, challenge: Challenge) -> None:
        """Keep a new one."""
        ...

    async def get(self, challenge: ChallengeId) -> Challenge | None:
        """Return one."""
        ...

    async def last(self, visit: VisitId) -> Challenge | None:
        """Return the last one of a visit, the only one that counts."""
        ...

    async def since(self, invitation: InvitationId, moment: datetime) -> Sequence[Challenge]:
        """Return those asked for after a moment with an invitation, oldest first."""
        ...

    async def save(self, challenge: Challenge) -> None:
        """Replace one's row."""
        ...
