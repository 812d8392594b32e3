"""Reminders that agents ask for: set, listed, dropped, sent by direct message, and sent again."""

from collections.abc import Mapping, Sequence
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

TOGETHER = 50
"""Reminders that one transaction sends."""


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
        dropped = await work.reminders.drop(occurrence.id, user)  # before the agenda, as everywhere
        await work.agenda.drop(Kind.REMIND, keys)
        return dropped

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
        """Agenda handler: send a reminder, once; return the right time of one that moved.

        Many are due at full hours, so one transaction sends others that are due with it: their
        messages, the marks that they are sent and the ends of their rows commit together. After a
        failure each is sent alone, so that none holds up the others.
        """
        identity, now = ReminderId(UUID(due.key)), self.tools.now()
        async with self.tools.works.reading() as work:
            known = await work.reminders.get(identity)
        if known is None or known.done_at is not None:
            return None
        async with self.tools.works() as work:
            known = await work.reminders.hold(identity)
            if known is None or known.done_at is not None:
                return None
            if now < known.at:
                return known.at
            taken = await work.reminders.take(identity, now, 0 if due.attempts else TOGETHER)
            notices = await self._notices(work, taken, now)
            await work.outbox.post_all([one for one in notices.values() if one is not None])
            rows = [Due(Kind.REMIND, str(one.id), one.at) for one in taken]
            await work.agenda.finish_all([due, *rows])
        for one in taken:
            self._count(one, notices.get(one.id), now)
        return None

    async def _notices(
        self, work: UnitOfWork, taken: Sequence[Reminder], now: datetime
    ) -> Mapping[ReminderId, Notice | None]:
        both = await work.meetings.several({one.occurrence for one in taken})
        zones = await work.agents.zones({one.user for one in taken})
        return {
            one.id: await self.notice(
                work, one, *both[one.occurrence], now=now, zone=zones.get(one.user)
            )
            for one in taken
        }

    async def notice(
        self,
        work: UnitOfWork,
        reminder: Reminder,
        meeting: Meeting,
        occurrence: Occurrence,
        *,
        now: datetime,
        zone: str | None,
    ) -> Notice | None:
        """Return the reminder as its agent reads it; `None` if it is too late for one.

        `zone`: the one that the agent chose.
        """
        if too_late(reminder.at, occurrence, now, self.tools.policy.remind_late):
            return None
        organises = reminder.user == meeting.organiser
        silent = await unanswered(work, meeting, occurrence) if organises else ()
        reader = Recipient(
            zone=zone or occurrence.zone,
            silent=tuple(one for one in silent if one != reminder.user),
            snooze=self.tools.policy.snooze,
        )
        return own_notice(reminder, meeting, occurrence, reader, Moments(reminder.at, now))

    def _count(self, reminder: Reminder, notice: Notice | None, now: datetime) -> None:
        late = Moments(reminder.at, now).late
        if notice is None:
            log.warning("reminder.dropped", kind="own", reminder=str(reminder.id))
        if self.metrics is not None:
            outcome = "dropped" if notice is None else "late" if late else "sent"
            self.metrics.reminded("own", outcome)


async def zone_of(work: HasAgents, user: UserId, occurrence: Occurrence) -> str:
    """Return the zone in which an agent reads a meeting's times in a direct message."""
    return await work.agents.zone(user) or occurrence.zone


async def _reminder_id(work: HasOutbox, event: EventId) -> ReminderId | None:
    cause = await work.outbox.key_of(event)
    found = None if cause is None else reminder_of(cause)
    return None if found is None else ReminderId(UUID(found))
