"""The reminder in a salon, some minutes before a meeting or at its start."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from bridge.domain.agenda import Due
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Notice
from bridge.domain.reminder import too_late
from bridge.domain.salon import Salon
from bridge.ids import OccurrenceId
from bridge.metrics import Metrics
from bridge.ports import UnitOfWork
from bridge.ports.work import HasAnswers
from bridge.services.reminders.people import expected_people
from bridge.services.reminders.wording import Moments, salon_notice
from bridge.services.reminding import arm_salon, lead_of
from bridge.services.tools import Tools

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SalonReminders:
    """Reminds salons, and follows what they choose."""

    tools: Tools
    metrics: Metrics | None = None

    async def send(self, due: Due) -> datetime | None:
        """Agenda handler: remind the salon, once; return the right time of a meeting that moved.

        A meeting without a room has no card to answer, and its organiser knows.
        """
        now = self.tools.now()
        async with self.tools.works() as work:
            both = await work.meetings.both(OccurrenceId(UUID(due.key)))
            lead = None if both is None else await lead_of(work, both[1].id, self.tools.policy)
            if both is None or lead is None:
                return None
            meeting, occurrence = both
            if occurrence.room_in(meeting) is None or occurrence.is_over:
                return None
            at = occurrence.start - lead
            if now < at:
                return at
            notice = await self.notice(work, meeting, occurrence, Moments(at, now))
            if notice is not None:
                await work.outbox.post(notice)
            await work.agenda.finish(due)
        if notice is None:
            log.warning("reminder.dropped", kind="salon", occurrence=due.key)
            self._count("dropped")
        else:
            self._count("late" if Moments(at, now).late else "sent")
        return None

    async def notice(
        self, work: HasAnswers, meeting: Meeting, occurrence: Occurrence, when: Moments
    ) -> Notice | None:
        """Return the reminder; `None` if it is too late for one."""
        if too_late(when.at, occurrence, when.now, self.tools.policy.remind_late):
            return None
        expected = await expected_people(work, meeting, occurrence)
        return salon_notice(meeting, occurrence, expected, when)

    async def choose(self, work: UnitOfWork, salon: Salon) -> None:
        """Keep a salon's choice, and plan the reminders of its meetings anew."""
        now = self.tools.now()
        await work.salons.save(salon)
        for _, occurrence in await work.meetings.of_salon(salon.id, ending_after=now):
            await arm_salon(work, occurrence, self.tools.policy, now)

    def _count(self, outcome: str) -> None:
        if self.metrics is not None:
            self.metrics.reminded("salon", outcome)
