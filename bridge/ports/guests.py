"""Guests in the database: their links, their browsers, and the codes mailed to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bridge.domain.answer import Answered
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
    UserId,
    VisitId,
)


class InvitationRepository(Protocol):
    """Guests' passes."""

    async def add(self, invitation: Invitation) -> None:
        """Insert an invitation."""
        ...

    async def get(self, invitation: InvitationId) -> Invitation | None:
        """Return an invitation."""
        ...

    async def by_digest(self, digest: bytes) -> Invitation | None:
        """Return the invitation whose current link has this digest."""
        ...

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Invitation]:
        """Return all invitations that cover an occurrence, withdrawn ones too, oldest first.

        Each as it is on that date (`Invitation.on`).
        """
        ...

    async def invited_by(self, actor: ActorId, since: datetime) -> Mapping[str, datetime]:
        """Map the inviter's guests, by address or else name (folded), to their first invitation."""
        ...

    async def save(self, *invitations: Invitation) -> None:
        """Replace these invitations' rows, except their scope, which never changes."""
        ...

    async def waits(self, invitation: Invitation, now: datetime) -> None:
        """Store since when a guest has waited with it on its date; the first time counts."""
        ...

    async def announce(
        self, invitation: Invitation, *, now: datetime, unless_after: datetime
    ) -> bool:
        """Claim the right to tell the salon now; `False` if it was told after `unless_after`."""
        ...

    async def forget(self, occurrence: OccurrenceId) -> int:
        """Blank names and addresses of an occurrence's guests, delete the visits to it.

        A guest who is invited to a later occurrence too is blanked with that one. Return how many.
        """
        ...


class VisitRepository(Protocol):
    """Browsers that followed a link."""

    async def add(self, visit: Visit) -> None:
        """Insert a visit."""
        ...

    async def get(self, visit: VisitId) -> Visit | None:
        """Return a visit."""
        ...

    async def place(self, visit: VisitId) -> VisitPlace | None:
        """Return a visit's occurrence and invitation, without locking: neither ever changes."""
        ...

    async def followed(self, visit: VisitId, now: datetime) -> None:
        """Store that the door sent this visit on to the meeting."""
        ...

    async def followed_since(self, invitation: InvitationId, moment: datetime) -> Sequence[str]:
        """Return the names, each once, of guests sent on since a moment, in order of arrival."""
        ...

    async def knocks(self, visit: VisitId, identity: str) -> None:
        """Store the identity with which we knock at Visio for it from now on."""
        ...

    async def listed(
        self, visit: VisitId, question: QuestionId, number: int, now: datetime
    ) -> None:
        """Store that a question to the salon lists it from now on."""
        ...

    async def back(self, visit: VisitId, now: datetime) -> None:
        """Store that its page, which was closed, is open again; the question lists it as before."""
        ...

    async def left(self, visit: VisitId, now: datetime) -> bool:
        """Store that its page is closed; `False` if that is known."""
        ...

    async def seen(self, those: Sequence[VisitId], now: datetime) -> Sequence[VisitId]:
        """Store that these visits' pages are open; return the visits that no question lists."""
        ...

    async def refuse(self, visit: VisitId, now: datetime, *, by: ActorId | None = None) -> bool:
        """Store that the salon, or Visio's host, refuses it; `False` if it was refused already."""
        ...

    async def prove(self, visit: VisitId, proof: Proof, *, by: str | None = None) -> None:
        """Store the proof that a visit has given besides its link, and the partner that vouches."""
        ...

    async def clear_refusal(self, visit: VisitId) -> None:
        """Take back a refusal."""
        ...

    async def unlist(self, question: QuestionId) -> None:
        """Clear a question that is over from the visits that nobody answered about."""
        ...

    async def of_question(self, question: QuestionId) -> Sequence[Visit]:
        """Return the visits that a question lists or listed, by number."""
        ...

    async def pending(self, question: QuestionId) -> int:
        """Return how many visits of a question's list are undecided."""
        ...

    async def numbered(self, occurrence: OccurrenceId, number: int) -> int:
        """Return how many visits to an occurrence have that number: none or one."""
        ...

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Visit]:
        """Return all visits to an occurrence."""
        ...

    async def asking(self, occurrence: OccurrenceId) -> Sequence[Visit]:
        """Return the listed visits that the salon has not refused, oldest first.

        Only those whose page is open. Their rows are not locked; some may have a seat by now.
        """
        ...

    async def count(self, invitation: InvitationId) -> int:
        """Return how many visits an invitation has."""
        ...

    async def language(self, invitation: InvitationId) -> str | None:
        """Return the language of the newest visit with an invitation."""
        ...

    async def keep(self, invitation: InvitationId, *, newest: int) -> None:
        """Delete all but the newest visits of an invitation; the others' browsers become strangers.

        A visit that was admitted stays: others with the same link must not eject its guest.
        """
        ...

    async def invalidate(self, invitation: InvitationId) -> None:
        """Invalidate all visits of an invitation except those currently seated."""
        ...


class QuestionRepository(Protocol):
    """Questions that ask salons whom of the guests waiting with one link to admit."""

    async def add(self, question: Question) -> None:
        """Insert a question."""
        ...

    async def get(self, question: QuestionId) -> Question | None:
        """Return a question."""
        ...

    async def place(self, question: QuestionId) -> VisitPlace | None:
        """Return a question's occurrence and invitation, without locking: neither ever changes."""
        ...

    async def by_notice(self, event: EventId) -> QuestionId | None:
        """Return the question that a message in the salon asks, without locking it."""
        ...

    async def open(self, invitation: InvitationId) -> Sequence[Question]:
        """Return the questions about an invitation that are not closed, oldest first."""
        ...

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[QuestionId]:
        """Return the open questions about an occurrence's guests, without locking them."""
        ...

    async def last(self, occurrence: OccurrenceId) -> int:
        """Return the highest number that a device of an occurrence was given; 0: none."""
        ...

    async def silent(self, before: datetime) -> Sequence[QuestionId]:
        """Return the open questions with a device whose page has sent nothing since `before`."""
        ...

    async def save(self, question: Question) -> None:
        """Replace a question's row; its notice is written when that message is sent."""
        ...


class ChallengeRepository(Protocol):
    """Codes that were mailed to guests."""

    async def add(self, challenge: Challenge) -> None:
        """Insert a challenge."""
        ...

    async def get(self, challenge: ChallengeId) -> Challenge | None:
        """Return a challenge."""
        ...

    async def last(self, visit: VisitId) -> Challenge | None:
        """Return the newest challenge of a visit, the only one that counts."""
        ...

    async def since(self, invitation: InvitationId, moment: datetime) -> Sequence[Challenge]:
        """Return an invitation's challenges that were asked for after a moment, oldest first."""
        ...

    async def save(self, challenge: Challenge) -> None:
        """Replace a challenge's row."""
        ...


class AnswerRepository(Protocol):
    """Answers to invitations."""

    async def put(self, answered: Answered) -> None:
        """Store an answer in place of the same person's earlier one."""
        ...

    async def of(self, occurrence: OccurrenceId, who: UserId | InvitationId) -> Answered | None:
        """Return somebody's answer about an occurrence."""
        ...

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Answered]:
        """Return all answers about an occurrence, in the order in which they were given."""
        ...

    async def forget(self, occurrence: OccurrenceId) -> None:
        """Delete all answers about an occurrence."""
        ...
