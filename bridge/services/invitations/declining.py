"""Mails that a time which a guest proposed is not taken (RFC 5546, DECLINECOUNTER)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import structlog

from bridge.domain.agenda import Due, pace
from bridge.domain.counter import Proposal, proposal_due
from bridge.domain.event import GuestEvent
from bridge.domain.invitation import LIVING, Invitation
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.scope import WholeSeries
from bridge.errors import MailRefused, MailUnconfirmed, MailUnreachable
from bridge.i18n import Language
from bridge.ports import Letter, UnitOfWork
from bridge.ports.work import HasOnce
from bridge.services.invitations.events import date_event, exception
from bridge.services.invitations.mail import Letters
from bridge.services.people import spoken
from bridge.services.telling import inviter_of

log = structlog.get_logger()

_GIVE_UP = timedelta(hours=24)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineFacts:
    """The facts of such a mail."""

    to: str = field(repr=False)
    guest: str
    title: str
    inviter: str
    start: datetime
    end: datetime
    zone: str
    wished: tuple[datetime, datetime]
    """The time that the guest proposed."""
    event: GuestEvent
    """Of SEQUENCE as the guest's own mail had it."""
    link: str = field(repr=False)
    organizer: str = field(repr=False)
    organizer_name: str
    address: str = field(default="", repr=False)
    """The inviter's, for the guest to answer to; empty if guests may not read it."""
    language: Language
    message_id: str
    made_at: datetime


ComposeDecline: TypeAlias = Callable[[DeclineFacts], Letter]
"""Words the mail in the guest's language (`bridge.mail.decline`)."""


class _AnsweredError(Exception):
    """Another process has sent it, or is sending it."""


async def refuse(work: HasOnce, wish: Proposal, now: datetime) -> None:
    """Note that a person refused a proposal; plan `Kind.DECLINE` in the same transaction."""
    await work.once.claim(_refused(wish), now, unless_after=now)


@dataclass(frozen=True, slots=True)
class Declines:
    """Answers guests whose proposals are not taken, each proposal once."""

    letters: Letters
    compose: ComposeDecline

    async def answer(self, due: Due) -> datetime | None:
        """Agenda handler: answer a proposal, or return when to look at it again.

        Like a mailed code it counts as sent from right before it leaves: if the mail server's
        answer is lost, it is not sent again.
        """
        wish = proposal_due(due.key)
        if wish is None:
            return None
        now = self.letters.tools.now()
        async with self.letters.tools.works.reading() as work:
            found = await self._waits(work, wish, now)
            if isinstance(found, datetime) or found is None:
                return found
            facts = await self._facts(work, wish, *found)
        addressed = await self._addressed(facts, *found)
        return None if addressed is None else await self._send(wish, addressed, due)

    async def _waits(
        self, work: UnitOfWork, wish: Proposal, now: datetime
    ) -> tuple[Invitation, Meeting, Occurrence] | datetime | None:
        """Return about what to answer now; the moment of the next look; `None` if nothing is owed.

        Nothing is owed for a time that the meeting has, and to a guest who is told that there is no
        meeting for them.
        """
        invitation = await work.invitations.get(wish.invitation)
        both = await work.meetings.both(wish.occurrence)
        if invitation is None or both is None or not invitation.email or wish.sequence is None:
            return None
        meeting, occurrence = both
        graces = self.letters.tools.policy.graces
        taken = (occurrence.start, occurrence.end - occurrence.start) == (wish.start, wish.length)
        living = invitation.state(occurrence, graces, now) in LIVING
        if taken or occurrence.void or not living or await _sent(work, wish):
            return None
        refused = await work.once.last(_refused(wish)) is not None
        if occurrence.sequence == wish.version and now < occurrence.start and not refused:
            return occurrence.start
        return invitation, meeting, occurrence

    async def _facts(
        self,
        work: UnitOfWork,
        wish: Proposal,
        invitation: Invitation,
        meeting: Meeting,
        occurrence: Occurrence,
    ) -> DeclineFacts:
        drafting = self.letters.drafting
        event = await self._event(work, invitation, occurrence)
        inviter = await work.agents.get(inviter_of(invitation, meeting))
        organiser = await work.agents.get(meeting.organiser)
        assert wish.sequence is not None, "none is owed without one"
        return DeclineFacts(
            to=invitation.email,
            guest=invitation.name,
            title=occurrence.titled(meeting),
            inviter="" if inviter is None else spoken(inviter.name),
            start=occurrence.start,
            end=occurrence.due_end,
            zone=occurrence.zone,
            wished=(wish.start, wish.start + wish.length),
            event=replace(event, sequence=wish.sequence),
            link=drafting.link(invitation),
            organizer="",
            organizer_name="" if organiser is None else spoken(organiser.name),
            language=await drafting.language_of(work, meeting, invitation),
            message_id=f"<{_named(wish)}@{drafting.domain}>",
            made_at=self.letters.tools.now(),
        )

    async def _event(
        self, work: UnitOfWork, invitation: Invitation, occurrence: Occurrence
    ) -> GuestEvent:
        """Return the date as the guest's calendar has it: alone, or of a series."""
        domain = self.letters.drafting.domain
        if not isinstance(invitation.scope, WholeSeries):
            return date_event(invitation, occurrence, domain)
        mails = await work.mails.to([invitation.id])
        told = [one for one in mails if one.left_at and one.series is not None]
        last = max(told, key=lambda one: (one.left_at, one.id), default=None)
        if last is None or last.series is None:
            return date_event(invitation, occurrence, domain)
        return exception(last.series, occurrence)

    async def _addressed(
        self, facts: DeclineFacts, invitation: Invitation, meeting: Meeting, _: Occurrence
    ) -> DeclineFacts | None:
        """Return it with the ORGANIZER that the guest's calendar wrote to; `None` without one."""
        letters = self.letters
        address = await letters.address_of(inviter_of(invitation, meeting))
        own = await letters.address_of(meeting.organiser)
        organizer = letters.answers_to or own or letters.organizer or ""
        return replace(facts, address=address, organizer=organizer) if organizer else None

    async def _send(self, wish: Proposal, facts: DeclineFacts, due: Due) -> datetime | None:
        now = self.letters.tools.now()
        letter = self.compose(facts)
        try:
            await self.letters.post.send(letter, lambda: self._sending(wish))
        except _AnsweredError:
            return None
        except MailRefused:
            log.warning("decline.refused", invitation=str(wish.invitation))
            return None
        except MailUnconfirmed:
            log.warning("decline.unconfirmed", invitation=str(wish.invitation))
            return None
        except MailUnreachable:
            waited = now - due.at
            await self._not_sent(wish)
            return None if waited > _GIVE_UP else now + pace(waited)
        log.info("decline.sent", invitation=str(wish.invitation))
        return None

    async def _sending(self, wish: Proposal) -> None:
        """Record that the mail is being sent now. Raises _AnsweredError if it was before."""
        now = self.letters.tools.now()
        async with self.letters.tools.works() as work:
            if not await work.once.claim(_named(wish), now, unless_after=_NEVER):
                raise _AnsweredError

    async def _not_sent(self, wish: Proposal) -> None:
        """Record that the mail server has certainly not accepted it."""
        now = self.letters.tools.now()
        async with self.letters.tools.works() as work:
            await work.once.claim(_named(wish), _NEVER, unless_after=now)


async def _sent(work: HasOnce, wish: Proposal) -> bool:
    at = await work.once.last(_named(wish))
    return at is not None and at > _NEVER


def _named(wish: Proposal) -> str:
    """Return the name of the answer: the Message-ID has it too."""
    return f"decline.{wish.key.replace(':', '.')}"


def _refused(wish: Proposal) -> str:
    return f"refused:{wish.key}"
