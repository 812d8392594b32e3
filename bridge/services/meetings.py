"""Meetings: asked for in a salon, made in Visio by the agenda, shown by a card."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog

from bridge.clock import Clock
from bridge.domain.agenda import Due, Kind, pace
from bridge.domain.meeting import AccessLevel, Meeting, MeetingState, Occurrence, OccurrenceState
from bridge.domain.message import Message, Worth
from bridge.domain.origin import Origin
from bridge.domain.policy import Policy
from bridge.domain.window import window_of
from bridge.errors import NoMeeting, NotAllowed, VisioError, VisioUnconfirmed, VisioUnreachable
from bridge.ids import MeetingId, OccurrenceId, uuid7
from bridge.metrics import Metrics
from bridge.ports import Identities, VisioRooms, Work, Works

log = structlog.get_logger()

_LATEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an agent asks for; without a start the meeting begins now."""

    title: str = ""
    start: datetime | None = None
    end: datetime | None = None
    zone: str = "Europe/Paris"
    level: AccessLevel | None = None


@dataclass(frozen=True, slots=True)
class Meetings:
    """Use cases on meetings. What takes a `Work` holds with the command's other effects."""

    works: Works
    visio: VisioRooms
    identities: Identities
    clock: Clock
    policy: Policy
    metrics: Metrics | None = None

    async def ask(self, work: Work, origin: Origin, wanted: Wanted) -> None:
        """Keep a request; the agenda makes the room at once. Once per command."""
        now = self.clock.now()
        start = wanted.start or now
        meeting = Meeting(
            id=MeetingId(uuid7(now)),
            salon=origin.salon,
            organiser=origin.by,
            title=wanted.title,
            source=origin.event,
            level=wanted.level or self.policy.level,
            state=MeetingState.ASKED,
            created_at=now,
            thread=origin.thread,
        )
        occurrence = Occurrence(
            id=OccurrenceId(uuid7(now)),
            meeting=meeting.id,
            start=start,
            end=wanted.end or start + self.policy.duration,
            zone=wanted.zone,
        )
        if await work.meetings.add(meeting, occurrence):
            await work.agenda.plan([Due(Kind.CREATE, str(meeting.id), now)])

    async def create(self, due: Due) -> datetime | None:
        """Agenda handler: make the Visio room of a meeting that was asked for.

        A process killed between Visio's answer and the next commit asks again: the first room is
        an orphan whose address nobody ever saw (docs/decisions/0006-visio-creation.md).
        """
        async with self.works.reading() as work:
            meeting = await work.meetings.get(MeetingId(UUID(due.key)))
        if meeting is None or meeting.state is not MeetingState.ASKED:
            return None
        identity = await self.identities.resolve(meeting.organiser)
        if identity is None:
            await self._settle(meeting, MeetingState.REFUSED, "error.identity-unresolved")
            return None
        try:
            room = await self.visio.create(identity.email, meeting.level)
        except VisioError as error:
            return await self._not_made(meeting, error)
        await self._ready(replace(meeting, state=MeetingState.READY, room=room))
        return None

    async def _not_made(self, meeting: Meeting, error: VisioError) -> datetime | None:
        log.warning("visio.failed", code=error.code, meeting=str(meeting.id))
        if self.metrics is not None:
            self.metrics.visio_error(error.code)
        if isinstance(error, VisioUnreachable):
            return await self._keep_trying(meeting, error)
        unsure = isinstance(error, VisioUnconfirmed)
        state = MeetingState.UNCONFIRMED if unsure else MeetingState.REFUSED
        await self._settle(meeting, state, f"error.{error.code}")
        return None

    async def _keep_trying(self, meeting: Meeting, error: VisioError) -> datetime | None:
        now = self.clock.now()
        waited = now - meeting.created_at
        if waited > self.policy.keep_trying:
            await self._settle(meeting, MeetingState.REFUSED, "meeting.given-up")
            return None
        async with self.works() as work:
            await work.outbox.post(self._told(meeting, f"error.{error.code}"))
        return now + pace(waited, _LATEST)

    async def _settle(self, meeting: Meeting, state: MeetingState, template: str) -> None:
        async with self.works() as work:
            present = await work.meetings.get(meeting.id)
            if present is None or present.state is not MeetingState.ASKED:
                return
            await work.meetings.save(replace(present, state=state))
            await work.outbox.post(self._told(meeting, template))

    def _told(self, meeting: Meeting, template: str) -> Message:
        return Message(
            dedupe=f"told:{meeting.id}:{template}:{meeting.state_changes}",
            template=template,
            salon=meeting.salon,
            facts={"title": meeting.title},
            reply_to=meeting.source,
            thread=meeting.thread,
        )

    async def _ready(self, meeting: Meeting) -> None:
        async with self.works() as work:
            present = await work.meetings.get(meeting.id)
            occurrence = await work.meetings.occurrence_of(meeting.id)
            if present is None or occurrence is None or present.state is not MeetingState.ASKED:
                log.info("visio.orphaned", meeting=str(meeting.id))
                return
            await work.meetings.save(meeting)
            await work.outbox.post(card_message(meeting, occurrence))
            await self.arm(work, occurrence)

    async def arm(self, work: Work, occurrence: Occurrence) -> None:
        """Plan what the clock does to an occurrence; planning again moves it."""
        key = str(occurrence.id)
        window = window_of(occurrence, self.policy.graces)
        await work.agenda.plan(
            [
                Due(Kind.OPEN, key, window.opens),
                Due(Kind.CLOSE, key, window.closes),
                Due(Kind.FORGET, key, window.closes + self.policy.forget_after),
            ]
        )

    async def turn(self, due: Due) -> datetime | None:
        """Agenda handler: a window opens or closes, so the card says so.

        The key is the occurrence's id, followed by `/` and the invitation's for its own limit.
        """
        async with self.works() as work:
            await refresh_card(work, OccurrenceId(UUID(due.key.partition("/")[0])))
        return None

    async def forget(self, due: Due) -> datetime | None:
        """Agenda handler: blank the guests' names and addresses when their time is over."""
        async with self.works() as work:
            blanked = await work.invitations.forget(OccurrenceId(UUID(due.key)))
        log.info("guests.forgotten", occurrence=due.key, count=blanked)
        return None

    async def retry(self, work: Work, meeting: Meeting) -> None:
        """Ask Visio again for a meeting that has no room yet, because a person said so."""
        again = replace(meeting, state=MeetingState.ASKED, state_changes=meeting.state_changes + 1)
        await work.meetings.save(again)
        await work.agenda.plan([Due(Kind.CREATE, str(meeting.id), self.clock.now())])

    async def end(self, work: Work, occurrence: Occurrence) -> Occurrence:
        """End an occurrence: from now on no link lets anybody through."""
        ended = occurrence.ended(self.clock.now())
        await work.meetings.save_occurrence(ended)
        await work.agenda.drop(Kind.OPEN, [str(occurrence.id)])
        await self.arm(work, ended)
        await refresh_card(work, occurrence.id)
        return ended

    async def extend(self, work: Work, occurrence: Occurrence, by: timedelta) -> Occurrence:
        """Move the end of an occurrence; every guest's link follows."""
        later = occurrence.extended(by, now=self.clock.now())
        await work.meetings.save_occurrence(later)
        await self.arm(work, later)
        await refresh_card(work, occurrence.id)
        return later

    async def current(self, work: Work, origin: Origin) -> tuple[Meeting, Occurrence]:
        """Return the meeting a command is about.

        The card it replies to or whose thread it is in; else the one in progress; else the next
        one; in a direct message among the author's own. Raises NoMeeting.
        """
        for event in (origin.about, origin.thread):
            found = None if event is None else await work.meetings.by_card(event)
            if found is not None and _may_mean(origin, found[0]):
                return found
        choices = await self.listed(work, origin)
        now = self.clock.now()
        begun = [pair for pair in choices if pair[1].start <= now]
        if begun:
            return begun[-1]
        if not choices:
            raise NoMeeting
        return choices[0]

    async def listed(self, work: Work, origin: Origin) -> list[tuple[Meeting, Occurrence]]:
        """Return the meetings to come or in progress: the salon's, or the author's own."""
        after = self.clock.now() - self.policy.graces.after
        if origin.direct:
            return list(await work.meetings.of_organiser(origin.by, ending_after=after))
        return list(await work.meetings.of_salon(origin.salon, ending_after=after))

    def check_steward(self, origin: Origin, meeting: Meeting) -> None:
        """Raise NotAllowed unless the author organises the meeting or moderates the salon."""
        steward = origin.by == meeting.organiser
        moderates = origin.salon == meeting.salon and origin.level >= self.policy.moderator_level
        if not steward and not moderates:
            raise NotAllowed(reason="organiser", organiser=meeting.organiser)


def card_message(meeting: Meeting, occurrence: Occurrence) -> Message:
    """Return the message that becomes the occurrence's card in the meeting's salon."""
    return Message(
        dedupe=f"card:{occurrence.id}:{meeting.salon}",
        template="card",
        salon=meeting.salon,
        card_of=occurrence.id,
        thread=meeting.thread,
    )


def _may_mean(origin: Origin, meeting: Meeting) -> bool:
    """Tell whether a command may be about a meeting whose card it replies to."""
    if origin.direct:
        return origin.by == meeting.organiser
    return origin.salon == meeting.salon


async def refresh_card(work: Work, occurrence: OccurrenceId) -> None:
    """Queue an edit of the card; of several unsent ones only the last leaves."""
    found = await work.meetings.occurrence(occurrence)
    if found is None:
        return
    meeting = await work.meetings.get(found.meeting)
    if meeting is None or meeting.state is not MeetingState.READY:
        return
    await work.outbox.post(
        Message(
            dedupe=f"edit:{uuid4()}",
            template="card",
            salon=meeting.salon,
            card_of=occurrence,
            collapse=f"card:{occurrence}",
            worth=Worth.EDIT,
        )
    )


def is_over(occurrence: Occurrence, now: datetime) -> bool:
    """Tell whether nothing can be asked of an occurrence any more."""
    return occurrence.state is not OccurrenceState.PLANNED or occurrence.end < now
