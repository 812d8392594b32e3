"""Changes of a planned meeting, and taking them back: move, rename, restore.

A move carries everything with it: the card, the guests' windows, those who are inside, their mail.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bridge.domain.authority import Act
from bridge.domain.cause import Cause
from bridge.domain.change import RESTORABLE, Change, ChangeKind, Former
from bridge.domain.meeting import Meeting, MeetingState, Occurrence
from bridge.errors import MeetingOver, NothingToRestore
from bridge.ids import ChangeId, uuid7
from bridge.ports import UnitOfWork
from bridge.services.cards import refresh_card
from bridge.services.meetings.lifecycle import Meetings, is_over
from bridge.services.meetings.undoing import About
from bridge.services.naming import titled
from bridge.services.news import SETTLES, tell_guests
from bridge.services.permissions import allows, demand
from bridge.services.timebox import arm
from bridge.services.tools import Tools

log = structlog.get_logger()

URGENT = timedelta(minutes=15)
"""Guests hear at once of a move from, or to, a start that is nearer."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Use cases that run in the command's transaction; the caller has checked the right."""

    tools: Tools
    meetings: Meetings

    async def move(
        self, work: UnitOfWork, cause: Cause, about: About, *, start: datetime, end: datetime
    ) -> Occurrence:
        """Move an occurrence to other times (aware). Raises MeetingOver."""
        self._check_not_over(about)
        await self.record(work, cause, about, ChangeKind.MOVE)
        return await self._moved(work, about[1], start, end)

    async def rename(self, work: UnitOfWork, cause: Cause, about: About, title: str) -> About:
        """Give a meeting, and this occurrence, another title. Raises MeetingOver."""
        self._check_not_over(about)
        await self.record(work, cause, about, ChangeKind.RENAME)
        meeting, occurrence = replace(about[0], title=title), replace(about[1], title=None)
        await work.meetings.save(meeting)
        await work.meetings.save_occurrence(occurrence)
        await self._tell(work, occurrence, SETTLES)
        return meeting, occurrence

    async def record(self, work: UnitOfWork, cause: Cause, about: About, kind: ChangeKind) -> None:
        """Keep what a change is about to replace, so that it can be taken back."""
        meeting, occurrence = about
        now = self.tools.now()
        change = Change(
            id=ChangeId(uuid7(now)),
            meeting=meeting.id,
            kind=kind,
            by=cause.by,
            at=now,
            source=cause.event,
            title=meeting.title,
            before=(Former.of(occurrence),),
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
        demand(Act.CHANGE, cause, meeting, self.tools.policy)
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
        if not allows(Act.CHANGE, cause, meeting, self.tools.policy):
            return None
        return change, await self._restored(work, change)

    async def of_card(self, work: UnitOfWork, cause: Cause) -> Change | None:
        """Return the change that a reaction to a card could take back now, whoever reacted."""
        found = None if cause.about is None else await work.meetings.by_card(cause.about)
        return None if found is None else await self._standing(work, found[0])

    def _check_not_over(self, about: About) -> None:
        if is_over(about[1], self.tools.now()):
            raise MeetingOver(title=titled(*about))

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
        latest = await work.changes.last_by(cause.by, since=self._lately)
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

    @property
    def _lately(self) -> datetime:
        return self.tools.now() - RESTORABLE

    async def _standing(self, work: UnitOfWork, meeting: Meeting) -> Change | None:
        """Return the change of a meeting that can be taken back now."""
        known = await work.meetings.occurrences_of(meeting.id)
        found = await work.changes.last_of(meeting.id, since=self._lately)
        return next((one for one in found if one.restorable(known, self.tools.now())), None)

    async def _restored(self, work: UnitOfWork, change: Change) -> About:
        now = self.tools.now()
        meeting = await work.meetings.get(change.meeting)
        assert meeting is not None
        if meeting.title != change.title:
            meeting = replace(meeting, title=change.title)
            await work.meetings.save(meeting)
        occurrence: Occurrence | None = None
        for former in change.before:
            known = await work.meetings.occurrence(former.occurrence)
            if known is not None:
                planned = replace(known.reopened, title=former.title)
                occurrence = await self._moved(work, planned, former.start, former.end)
        if occurrence is None:
            raise NothingToRestore
        await work.changes.restored(change, now)
        if meeting.state is MeetingState.ENDED:
            await self.meetings.retry(work, meeting)
        log.info("meeting.restored", meeting=str(meeting.id), change=change.kind)
        return meeting, occurrence

    async def _moved(
        self, work: UnitOfWork, occurrence: Occurrence, start: datetime, end: datetime
    ) -> Occurrence:
        """Give an occurrence its times; a link's own end keeps its distance from the meeting's."""
        later = occurrence.moved(start, end)
        await work.meetings.save_occurrence(later)
        for one in await work.invitations.of_occurrence(occurrence.id):
            if one.until is not None:
                shifted = one.until + (end - occurrence.end)
                await work.invitations.save(replace(one, until=shifted))
        now = self.tools.now()
        near = min(occurrence.start, start) - now < URGENT and occurrence.start != start
        await self._tell(work, later, timedelta() if near else SETTLES)
        return later

    async def _tell(self, work: UnitOfWork, occurrence: Occurrence, settles: timedelta) -> None:
        now = self.tools.now()
        await arm(work, occurrence, self.tools.policy, now)
        await tell_guests(work, occurrence, now, settles=settles)
        await refresh_card(work, occurrence.id)
