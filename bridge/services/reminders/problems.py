"""One message to an organiser, shortly before their meeting, if something is wrong with it."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from bridge.domain.agenda import Due, Kind
from bridge.domain.invitation import Invitation
from bridge.domain.mail import Mail
from bridge.domain.meeting import Meeting, MeetingState, Occurrence
from bridge.domain.message import Notice, Parameter, ToPerson, course, guest, moment, phrase
from bridge.domain.reminder import PROBLEMS_BEFORE
from bridge.ids import InvitationId, OccurrenceId
from bridge.metrics import Metrics
from bridge.ports import UnitOfWork
from bridge.ports.work import HasMails
from bridge.services.naming import titled
from bridge.services.reminders.own import zone_of
from bridge.services.reminders.wording import begins, of_salon
from bridge.services.tools import Tools

log = structlog.get_logger()

_LATELY = timedelta(days=1)
"""How long a salon that refused our messages counts as one where we can't write."""


@dataclass(frozen=True, slots=True)
class Problems:
    """Looks for what the database knows to be wrong, and tells the organiser alone."""

    tools: Tools
    metrics: Metrics | None = None

    async def look(self, due: Due) -> datetime | None:
        """Agenda handler: tell the organiser once, if anything is wrong.

        Returns the right time for a meeting that moved. After the start it is too late: the
        organiser is there, and sees.
        """
        now = self.tools.now()
        async with self.tools.works() as work:
            both = await work.meetings.both(OccurrenceId(UUID(due.key)))
            if both is None or both[1].is_over:
                return None
            at = both[1].start - PROBLEMS_BEFORE
            if now < at:
                return at
            if now >= both[1].start:
                self._count("dropped")
                return None
            notice = await self.notice(work, *both, at=at, now=now)
            if notice is not None:
                await work.outbox.post(notice)
                log.info("meeting.troubled", occurrence=due.key)
            await work.agenda.finish(due)
        if notice is not None:
            self._count("sent")
        return None

    async def notice(
        self,
        work: UnitOfWork,
        meeting: Meeting,
        occurrence: Occurrence,
        *,
        at: datetime,
        now: datetime,
    ) -> Notice | None:
        """Return the message about all problems at once; `None` if nothing is wrong."""
        zone = await zone_of(work, meeting.organiser, occurrence)
        rows = [row async for row in self._found(work, meeting, occurrence, zone, now)]
        if not rows:
            return None
        return Notice(
            idempotency_key=f"{Kind.INSPECT}:{occurrence.id}:{at.isoformat()}",
            to=ToPerson(user=meeting.organiser, account=meeting.account),
            template="reminder.problems",
            parameters={
                "title": titled(meeting, occurrence),
                "begins": begins(occurrence, now),
                "when": course(occurrence.start, occurrence.end, zone),
                "rows": rows,
                **of_salon(meeting),
            },
            mentions=(meeting.organiser,),
        )

    async def _found(
        self, work: UnitOfWork, meeting: Meeting, occurrence: Occurrence, zone: str, now: datetime
    ) -> AsyncIterator[Parameter]:
        if occurrence.room_in(meeting) is None:
            asked = occurrence.apart or meeting.state is MeetingState.ASKED
            yield phrase("reminder.problem.no-room-yet" if asked else "reminder.problem.no-room")
        known = await work.invitations.of_occurrence(occurrence.id)
        alive = [one for one in known if one.revoked_at is None and not one.forgotten]
        for row in self._ends(alive, meeting, occurrence, zone):
            yield row
        failed = await _failed(work, alive)
        for one in alive:
            if one.id in failed:
                yield phrase("reminder.problem.mail", {**_named(one, meeting), "who": one.email})
        if alive and await self._unheard(work, meeting, now):
            yield phrase("reminder.problem.unheard")

    def _ends(
        self, alive: Iterable[Invitation], meeting: Meeting, occurrence: Occurrence, zone: str
    ) -> Iterable[Parameter]:
        """Return the links that close before the meeting's end."""
        for one in alive:
            closes = one.window(occurrence, self.tools.policy.graces).closes
            if closes >= occurrence.end:
                continue
            lacks = -(-(occurrence.end - closes) // timedelta(minutes=1))
            yield phrase(
                "reminder.problem.until",
                {
                    **_named(one, meeting),
                    "at": moment(closes, zone),
                    "who": one.email or one.name,
                    "minutes": lacks,
                },
            )

    async def _unheard(self, work: UnitOfWork, meeting: Meeting, now: datetime) -> bool:
        """Tell whether nobody reads who waits: the salon admits, and lately refused a message."""
        if not self.tools.policy.mode.asks_salon or meeting.salon is None:
            return False
        last = await work.once.last(f"unshown:{meeting.salon}")
        return last is not None and last > now - _LATELY

    def _count(self, outcome: str) -> None:
        if self.metrics is not None:
            self.metrics.reminded("problems", outcome)


def _named(one: Invitation, meeting: Meeting) -> Mapping[str, Parameter]:
    shown = f"{one.name} ({one.email})" if one.name and one.email else one.shown
    return {"guest": guest(one.name, meeting.salon, shown)}


async def _failed(work: HasMails, alive: Iterable[Invitation]) -> set[InvitationId]:
    """Return the guests to whom the last mail with their present link was given up."""
    numbers = {one.id: one.number for one in alive if one.email}
    last: dict[InvitationId, Mail] = {}
    mails = await work.mails.to(sorted(numbers)) if numbers else ()
    for mail in sorted(mails, key=lambda one: (one.asked_at, one.failed is None)):
        if mail.number == numbers[mail.invitation]:
            last[mail.invitation] = mail
    return {guest for guest, mail in last.items() if mail.failed is not None}
