"""Reminders that agents ask for: set, listed, dropped, sent by direct message, and sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from bridge.domain.agenda import Due, Kind
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Notice
from bridge.domain.reminder import Reminder, reminder_of, too_late
from bridge.errors import LimitReached
from bridge.ids import EventId, ReminderId, UserId, uuid7
from bridge.metrics import Metrics
from bridge.ports import UnitOfWork
from bridge.ports.work import HasAgents, HasOutbox, PlansReminders
from bridge.services.reminders.people import unanswered
from bridge.services.reminders.wording import Moments, Recipient, own_notice
from bridge.services.tools import Tools

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OwnReminders:
    """Reminders of one agent; those methods that take a `UnitOfWork` run in its transaction."""

    tools: Tools
    metrics: Metrics | None = None

    async def set(
        self,
        work: PlansReminders,
        occurrence: Occurrence,
        user: UserId,
        *,
        account: UserId | None = None,
        before: timedelta | None = None,
        at: datetime | None = None,
    ) -> Reminder | None:
        """Set a reminder so long `before` the start, which follows a move, or at a moment.

        `None` if its moment is past, or the meeting is over by then; setting the same once more
        changes nothing. Raises LimitReached.
        """
        now = self.tools.now()
        due = at if before is None else occurrence.start - before
        assert due is not None
        if due <= now or due >= occurrence.end:
            return None
        for one in await work.reminders.of_occurrence(occurrence.id):
            same = (one.user, one.before, one.at) == (user, before, due)
            if same and one.done_at is None:
                return one
        limit = self.tools.policy.limits.reminders
        if await work.reminders.count(user) >= limit:
            raise LimitReached(reason="reminders", limit=limit)
        reminder = Reminder(
            id=ReminderId(uuid7(now)),
            occurrence=occurrence.id,
            user=user,
            account=account,
            before=before,
            at=due,
            start=occurrence.start,
            created_at=now,
        )
        await work.reminders.add(reminder)
        await work.agenda.plan([Due(Kind.REMIND, str(reminder.id), due)])
        return reminder

    async def drop(self, work: PlansReminders, occurrence: Occurrence, user: UserId) -> int:
        """Drop an agent's reminders of an occurrence; return how many were to come."""
        known = await work.reminders.of_occurrence(occurrence.id)
        keys = [str(one.id) for one in known if one.user == user and one.done_at is None]
        await work.agenda.drop(Kind.REMIND, keys)
        return await work.reminders.drop(occurrence.id, user)

    async def listed(
        self, work: UnitOfWork, user: UserId
    ) -> Sequence[tuple[Reminder, Meeting, Occurrence]]:
        """Return an agent's reminders to come, with their meetings, in order."""
        found = []
        for one in await work.reminders.waiting(user):
            both = await work.meetings.both(one.occurrence)
            if both is not None and not both[1].is_over:
                found.append((one, *both))
        return found

    async def replied(
        self, work: UnitOfWork, event: EventId, user: UserId
    ) -> tuple[Reminder, Meeting, Occurrence] | None:
        """Return the agent's reminder whose message is this event, with its meeting, locked."""
        identity = await _reminder_id(work, event)
        found = None if identity is None else await work.reminders.get(identity)
        if found is None or found.user != user:
            return None
        both = await work.meetings.both(found.occurrence)
        again = await work.reminders.get(found.id)
        return None if both is None or again is None else (again, *both)

    async def concerns(self, work: UnitOfWork, event: EventId) -> bool:
        """Tell whether an event is the message of a reminder."""
        return await _reminder_id(work, event) is not None

    async def snooze(
        self, work: PlansReminders, reminder: Reminder, occurrence: Occurrence, by: timedelta
    ) -> datetime | None:
        """Have a reminder come again; return when, `None` if its meeting is over by then."""
        at = self.tools.now() + by
        if occurrence.is_over or at >= occurrence.end:
            return None
        await work.reminders.save(reminder.snoozed(at))
        await work.agenda.plan([Due(Kind.REMIND, str(reminder.id), at)])
        return at

    async def send(self, due: Due) -> datetime | None:
        """Agenda handler: send one reminder, once; return the right time of one that moved.

        The message, the mark that it is sent and the end of the row commit together.
        """
        identity, now = ReminderId(UUID(due.key)), self.tools.now()
        async with self.tools.works() as work:
            known = await work.reminders.get(identity)
            both = None if known is None else await work.meetings.both(known.occurrence)
            # The occurrence's lock, just taken, keeps its reminders as they are.
            reminder = await work.reminders.get(identity)
            if both is None or reminder is None or reminder.done_at is not None:
                return None
            if now < reminder.at:
                return reminder.at
            notice = await self.notice(work, reminder, *both, now=now)
            if notice is not None:
                await work.outbox.post(notice)
            await work.reminders.save(reminder.done(now))
            await work.agenda.finish(due)
        if notice is None:
            log.warning("reminder.dropped", kind="own", reminder=str(reminder.id))
            self._count("dropped")
        else:
            self._count("late" if Moments(reminder.at, now).late else "sent")
        return None

    async def notice(
        self,
        work: UnitOfWork,
        reminder: Reminder,
        meeting: Meeting,
        occurrence: Occurrence,
        *,
        now: datetime,
    ) -> Notice | None:
        """Return the reminder as its agent reads it; `None` if it is too late for one."""
        if too_late(reminder.at, occurrence, now, self.tools.policy.remind_late):
            return None
        organises = reminder.user == meeting.organiser
        silent = await unanswered(work, occurrence) if organises else ()
        zone = await zone_of(work, reminder.user, occurrence)
        reader = Recipient(zone=zone, silent=tuple(silent), snooze=self.tools.policy.snooze)
        return own_notice(reminder, meeting, occurrence, reader, Moments(reminder.at, now))

    def _count(self, outcome: str) -> None:
        if self.metrics is not None:
            self.metrics.reminded("own", outcome)


async def zone_of(work: HasAgents, user: UserId, occurrence: Occurrence) -> str:
    """Return the zone in which an agent reads a meeting's times in a direct message."""
    return await work.agents.zone(user) or occurrence.zone


async def _reminder_id(work: HasOutbox, event: EventId) -> ReminderId | None:
    cause = await work.outbox.key_of(event)
    found = None if cause is None else reminder_of(cause)
    return None if found is None else ReminderId(UUID(found))
