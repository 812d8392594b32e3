"""Taking back a change of what is planned: a move, a renaming, an end or a cancellation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bridge.domain.authority import Act
from bridge.domain.cause import Cause
from bridge.domain.change import RESTORABLE, Change, ChangeKind, Former
from bridge.domain.meeting import Meeting, MeetingState, OccurrenceState
from bridge.errors import NothingToRestore
from bridge.ids import ChangeId, uuid7
from bridge.ports import UnitOfWork
from bridge.services.cards import arm_cards
from bridge.services.meetings.undoing import About
from bridge.services.permissions import allows, demand
from bridge.services.series.changes import Changes, DateChanged, SeriesChanged

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Restorations:
    """Keeps what a change replaced, and puts it back."""

    changes: Changes

    @property
    def _now(self) -> datetime:
        return self.changes.meetings.tools.now()

    async def record(
        self, work: UnitOfWork, cause: Cause, kind: ChangeKind, changed: SeriesChanged
    ) -> None:
        """Keep what a change replaced, in its transaction."""
        change = Change(
            id=ChangeId(uuid7(self._now)),
            meeting=changed.meeting.id,
            kind=kind,
            by=cause.by,
            at=self._now,
            source=cause.event,
            title=changed.before.title,
            before=tuple(Former.of(one.before, one.after) for one in changed.dates),
            added=tuple(one.id for one in changed.added),
            series=changed.series_before,
        )
        await work.changes.add(change)

    async def restore(self, work: UnitOfWork, cause: Cause) -> tuple[Change, About]:
        """Take back the change that is meant, if it may be; return it, and the meeting as it is.

        That of the meeting whose card or thread the command replies to, else the author's last one
        here. Raises NothingToRestore, NotAllowed.
        """
        change = await self._meant(work, cause)
        meeting = None if change is None else await work.meetings.get(change.meeting)
        if change is None or meeting is None or not self._here(meeting, cause):
            raise NothingToRestore
        demand(Act.CHANGE, cause, meeting, self.changes.meetings.tools.policy)
        return change, await self._restored(work, change)

    async def reacted(self, work: UnitOfWork, cause: Cause) -> tuple[Change, About] | None:
        """Take back the last change of the card that was touched; `None` if nothing is to be.

        For its author and for the organiser alone: other people's reactions mean something else.
        """
        change = await self.of_card(work, cause)
        meeting = None if change is None else await work.meetings.get(change.meeting)
        if change is None or meeting is None or not self._here(meeting, cause):
            return None
        if cause.by not in (change.by, meeting.organiser) or change.kind is ChangeKind.TAKE_BACK:
            return None  # a reaction that is given again takes nothing back
        if not allows(Act.CHANGE, cause, meeting, self.changes.meetings.tools.policy):
            return None
        return change, await self._restored(work, change)

    async def of_card(self, work: UnitOfWork, cause: Cause) -> Change | None:
        """Return the change that a reaction to a card could take back now, whoever reacted."""
        found = None if cause.about is None else await work.meetings.by_card(cause.about)
        return None if found is None else await self._standing(work, found[0])

    def _here(self, meeting: Meeting, cause: Cause) -> bool:
        if meeting.salon == cause.salon and not cause.direct:
            return True
        return cause.direct and cause.by == meeting.organiser

    async def _meant(self, work: UnitOfWork, cause: Cause) -> Change | None:
        reply = cause.reply
        for event in () if reply is None else (reply.about, reply.thread):
            found = None if event is None else await work.meetings.by_card(event)
            if found is not None:
                return await self._standing(work, found[0])
        latest = await work.changes.last_by(cause.by, since=self._now - RESTORABLE)
        answered = reply is not None and reply.about is not None
        for change in latest:
            if answered and await work.outbox.event_of(change.answer) != cause.about:
                continue
            meeting = await work.meetings.get(change.meeting)
            if meeting is not None and self._here(meeting, cause):
                standing = await self._standing(work, meeting)
                if standing is not None:
                    return standing
        return None

    async def _standing(self, work: UnitOfWork, meeting: Meeting) -> Change | None:
        """Return the change of a meeting that can be taken back now."""
        known = await work.meetings.occurrences_of(meeting.id)
        found = await work.changes.last_of(meeting.id, since=self._now - RESTORABLE)
        return next((one for one in found if one.restorable(known, self._now)), None)

    async def _restored(self, work: UnitOfWork, change: Change) -> About:
        now = self._now
        meeting = await work.meetings.get(change.meeting)
        assert meeting is not None
        if meeting.title != change.title:
            meeting = replace(meeting, title=change.title)
            await work.meetings.save(meeting)
        dates = await self.changes.saved(work, await self._dates(work, change), now)
        if not dates:
            raise NothingToRestore
        await self._carried(work, meeting, change, dates)
        await work.changes.restored(change, now)
        if meeting.state is MeetingState.ENDED:
            await self.changes.meetings.retry(work, meeting)
        log.info("meeting.restored", meeting=str(meeting.id), change=change.kind)
        return meeting, dates[0].after

    async def _dates(self, work: UnitOfWork, change: Change) -> list[DateChanged]:
        """Return the dates as they become; those that a move added are cancelled."""
        dates = []
        for former in change.before:
            known = await work.meetings.occurrence(former.occurrence)
            if known is not None:
                dates.append(DateChanged(known, former.again(known)))
        for date in change.added if change.kind is ChangeKind.MOVE else ():
            known = await work.meetings.occurrence(date)
            if known is not None and known.state is OccurrenceState.PLANNED:
                dates.append(DateChanged(known, known.cancelled(self._now)))
        return dates

    async def _carried(
        self, work: UnitOfWork, meeting: Meeting, change: Change, dates: Sequence[DateChanged]
    ) -> None:
        if change.series is None:
            return
        ahead = await self.changes.carrying.ahead(change.series, self._now)
        await self.changes.carrying.keep(work, meeting, ahead, self._now)
        await arm_cards(work, meeting.id, self._now, [one.after for one in dates])
