"""Use cases on meetings: ask for one, find it, extend and end it; a card shows each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import structlog

from bridge.domain.agenda import Due, Kind
from bridge.domain.ahead import CARD_BEFORE
from bridge.domain.authority import CLOSING, Act, may
from bridge.domain.cause import Cause, Reply
from bridge.domain.course import course_of, following
from bridge.domain.meeting import (
    AccessLevel,
    Meeting,
    MeetingState,
    Occurrence,
    OccurrenceState,
)
from bridge.domain.quota import HOUR
from bridge.domain.series import Recurrence
from bridge.domain.window import window_of
from bridge.errors import (
    IdentityUnresolved,
    MeetingAmbiguous,
    NoMeeting,
    NotAllowed,
)
from bridge.ids import EventId, MeetingId, OccurrenceId, SalonId, UserId, uuid7
from bridge.ports import UnitOfWork
from bridge.ports.work import ConcernsAgents, FindsMeetings, HasMeetings, HasOutbox
from bridge.services.auditing import note_erasure, note_expiries
from bridge.services.cards import refresh_card
from bridge.services.naming import same_title, shown
from bridge.services.news import SETTLES, settles_in, tell_guests
from bridge.services.permissions import allows, demand, role_in
from bridge.services.quotas import Quotas, check_echo
from bridge.services.timebox import arm
from bridge.services.tools import Tools

log = structlog.get_logger()

_Both: TypeAlias = tuple[Meeting, Occurrence]

CONSIDERED = 100
"""The most meetings that a command looks at, the first by start: those in progress come first."""
_SHOWN = 5
"""The most meetings that we offer to choose from."""
_ANSWER = "answer:"
"""The beginning of the idempotency key of an answer, before the line's event (`Cause.answer`)."""
_KEPT = timedelta(days=30)
"""How long after its time a request that Visio refused can be retried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingRequest:
    """An agent's request; without a start the meeting begins now."""

    title: str = ""
    start: datetime | None = None
    end: datetime | None = None
    zone: str = "Europe/Paris"
    level: AccessLevel | None = None
    recurrence: Recurrence | None = None
    """It comes again: `Planning` (bridge/services/series) then makes its dates."""


@dataclass(frozen=True, slots=True)
class Meetings:
    """Use cases on meetings; those that take a `UnitOfWork` run in the command's transaction."""

    tools: Tools

    async def ask(
        self, work: UnitOfWork, cause: Cause, wanted: MeetingRequest
    ) -> tuple[Meeting, Occurrence] | None:
        """Store a request, once per command; the agenda makes the room at once.

        Return the meeting and its occurrence; `None` if the same command has asked already.

        Without a salon its organiser has the card. Raises LimitReached, MeetingEchoed, and
        IdentityUnresolved for an actor in whose name Visio can make no room.
        """
        organiser, reply = cause.actor.user, cause.reply
        if organiser is None:
            raise IdentityUnresolved
        now = self.tools.now()
        start = wanted.start or now
        meeting = Meeting(
            id=MeetingId(uuid7(now)),
            salon=cause.salon,
            account=cause.account,
            organiser=organiser,
            title=wanted.title,
            source=cause.key,
            level=wanted.level or self.tools.policy.level,
            state=MeetingState.ASKED,
            created_at=now,
            thread=None if reply is None else reply.thread,
        )
        occurrence = Occurrence(
            id=OccurrenceId(uuid7(now)),
            meeting=meeting.id,
            start=start,
            end=wanted.end or start + self.tools.policy.duration,
            zone=wanted.zone,
        )
        if wanted.recurrence is not None:
            occurrence = replace(occurrence, original=occurrence.wall_start)
        await self._check(work, meeting, wanted)
        if not await work.meetings.add(meeting, occurrence):
            return None
        await work.agenda.plan([Due(Kind.CREATE, str(meeting.id), now)])
        await arm(work, occurrence, self.tools.policy, now)
        return meeting, occurrence

    async def _check(self, work: HasMeetings, meeting: Meeting, wanted: MeetingRequest) -> None:
        now = meeting.created_at
        await check_echo(work, meeting, wanted.start, now)
        quotas = Quotas(self.tools.policy.limits, now)
        await quotas.meeting(work, meeting.organiser, meeting.salon, wanted.zone)

    async def turn(self, due: Due) -> datetime | None:
        """Agenda handler: refresh the card when a window, or the meeting, begins or ends."""
        async with self.tools.works() as work:
            occurrence = await work.meetings.occurrence(OccurrenceId(UUID(due.key)))
            if occurrence is None:
                return None
            await refresh_card(work, occurrence.id)
            known = await work.invitations.of_occurrence(occurrence.id)
            if due.kind is Kind.CLOSE:
                await note_expiries(
                    work, known, occurrence, self.tools.policy.graces, self.tools.now()
                )
        course = course_of(occurrence, known, self.tools.policy.graces)
        moments = course.opening if due.kind is Kind.OPEN else course.closing
        return following(moments, self.tools.now())

    async def forget(self, due: Due) -> datetime | None:
        """Agenda handler: erase the guests' names and addresses when their time is over."""
        async with self.tools.works() as work:
            occurrence = await work.meetings.occurrence(OccurrenceId(UUID(due.key)))
            if occurrence is None:
                return None
            known = await work.invitations.of_occurrence(occurrence.id)
            last = course_of(occurrence, known, self.tools.policy.graces).last
            if self.tools.now() < last + self.tools.policy.forget_after:
                return last + self.tools.policy.forget_after
            await work.presences.forget(occurrence.id)
            await work.hosts.forget(occurrence.id)
            await work.answers.forget(occurrence.id)
            blanked = await work.invitations.forget(occurrence.id)
            if blanked:
                await note_erasure(work, occurrence.id, blanked)
            if occurrence.colleagues:
                nobody = replace(occurrence, colleagues=())
                await work.meetings.save_occurrence(nobody)
                await work.expected.note(nobody)
                await work.feeds.expects(occurrence.id, ())
            if blanked or occurrence.colleagues:
                await refresh_card(work, occurrence.id)
        log.info("guests.forgotten", occurrence=due.key, count=blanked)
        return None

    async def retry(self, work: UnitOfWork, meeting: Meeting) -> None:
        """Ask Visio again for a meeting that has no room, because a person asked for it.

        At the present access level: an earlier one may be the reason for the failure. Raises
        LimitReached.
        """
        now = self.tools.now()
        if meeting.created_at <= now - HOUR:  # a younger request is counted already
            quotas = Quotas(self.tools.policy.limits, now)
            await quotas.meeting(work, meeting.organiser, meeting.salon, self.tools.policy.zone)
        salon = None if meeting.salon is None else await work.salons.get(meeting.salon)
        await work.meetings.save(
            replace(
                meeting,
                level=(salon.level if salon else None) or self.tools.policy.level,
                state=MeetingState.ASKED,
                created_at=now,
                state_changes=meeting.state_changes + 1,
                unanswered=0,
            )
        )
        await work.agenda.plan([Due(Kind.CREATE, str(meeting.id), now)])

    async def ask_room(self, work: UnitOfWork, occurrence: Occurrence) -> bool:
        """Ask Visio again for the room of a date apart; `False` if its time has not come yet."""
        now = self.tools.now()
        if now < occurrence.start - CARD_BEFORE:
            return False
        await work.agenda.plan([Due(Kind.ROOM, str(occurrence.id), now)])
        return True

    async def end(
        self, work: UnitOfWork, occurrence: Occurrence, *, back: bool = False
    ) -> Occurrence:
        """End an occurrence: from now on no link lets anybody in.

        It is cancelled if it has not begun, or is taken `back`. We stop asking Visio for a room
        that it has not made yet. An occurrence that is ended or cancelled already stays as it is.
        """
        if occurrence.state is not OccurrenceState.PLANNED:
            return occurrence
        now = self.tools.now()
        cancels = back or now < occurrence.start
        ended = occurrence.cancelled(now) if cancels else occurrence.ended(now)
        await work.meetings.save_occurrence(ended)
        await arm(work, ended, self.tools.policy, now)
        meeting = await work.meetings.get(occurrence.meeting)
        if (
            meeting is not None
            and meeting.room is None
            and not await work.meetings.planned_of(meeting.id, ending_after=now)
        ):
            await work.meetings.save(replace(meeting, state=MeetingState.ENDED))
            await work.agenda.drop(Kind.CREATE, [str(meeting.id)])
        if ended.void:
            # What is taken back was a mistake, and of an end those inside know: a minute for both.
            near = cancels and not back
            settles = settles_in(now, occurrence.start) if near else SETTLES
            await tell_guests(work, ended, now, settles=settles)
        await refresh_card(work, occurrence.id)
        return ended

    async def extend(self, work: UnitOfWork, occurrence: Occurrence, by: timedelta) -> Occurrence:
        """Move the end of an occurrence, even of one that is over or ended; guests' links follow.

        One that was ended or cancelled first gets its own times back. A link with an end of its
        own keeps it, unless it used to end after the meeting and would now end before it.
        """
        now = self.tools.now()
        later = occurrence.extended(by, now=now)
        await work.meetings.save_occurrence(later)
        before = window_of(occurrence.reopened, self.tools.policy.graces).closes
        after = window_of(later, self.tools.policy.graces).closes
        for one in await work.invitations.of_occurrence(occurrence.id):
            if one.until is not None and before <= one.until < after:
                await work.invitations.save(replace(one, until=None))
        meeting = await work.meetings.get(occurrence.meeting)
        if meeting is not None and meeting.state is MeetingState.ENDED:
            await self.retry(work, meeting)
        await arm(work, later, self.tools.policy, now)
        await tell_guests(work, later, now)
        await refresh_card(work, occurrence.id)
        return later

    async def current(
        self,
        work: FindsMeetings,
        cause: Cause,
        act: Act,
        *,
        title: str = "",
        on: date | None = None,
        series: bool = False,
    ) -> tuple[Meeting, Occurrence]:
        """Return the meeting that a command is about, and on which its author may do `act`.

        The one with the `title`; otherwise the one whose card or question it replies to, or whose
        thread it is in; otherwise the one in progress, the one just over, or the one to come, in
        that order; in a direct message, only among the author's own. Raises NoMeeting,
        MeetingAmbiguous if several could be meant, and NotAllowed: a reply about a meeting without
        a right to it never means another meeting. `on`: its date of that day, in its own zone; if
        there is none, NoMeeting has those that there are. `series`: only those that come again are
        meant, if there are any.
        """
        found = None
        if cause.reply is not None and not title:
            found = await self._replied(work, cause, cause.reply, act)
            if found is not None and on is not None:
                found = await self._dated(work, found[0], on)
        if found is None:
            found = await self._likeliest(work, cause, title, on, series=series)
        demand(act, cause, found[0], self.tools.policy)
        return found

    async def _dated(self, work: HasMeetings, meeting: Meeting, on: date) -> _Both:
        """Return a meeting's date of that day. Raises NoMeeting."""
        dates = await work.meetings.planned_of(meeting.id, ending_after=self._lately)
        return _of_day([(meeting, one) for one in dates], on)[0]

    async def _replied(
        self, work: FindsMeetings, cause: Cause, reply: Reply, act: Act
    ) -> tuple[Meeting, Occurrence] | None:
        """Return the meeting of the message that a command replies to, or of its thread."""
        for event in (reply.about, reply.thread):
            found = None if event is None else await _shown_by(work, event)
            if found is not None:
                if not _within(found[0], cause):
                    raise NotAllowed(reason="elsewhere")
                return found
            if event is not None and event == reply.about and act in CLOSING:
                await _check_ours(work, reply.salon, event)
        return None

    async def _likeliest(
        self,
        work: HasMeetings,
        cause: Cause,
        title: str = "",
        on: date | None = None,
        *,
        series: bool = False,
    ) -> tuple[Meeting, Occurrence]:
        now = self.tools.now()
        choices = await self._together(work, cause) or await self._first(work, cause)
        if series:
            choices = [pair for pair in choices if pair[1].original is not None] or choices
        if title:
            choices = _titled(choices, title, now)
        choices = _of_day(choices, on) if on is not None else _one_date_each(choices, now)
        begun = [pair for pair in choices if pair[1].start <= now]
        running = [pair for pair in begun if pair[1].end > now]
        for pairs in (running[::-1], begun[::-1], choices):
            if len(pairs) > 1:
                rows = [shown(*pair) for pair in pairs[:_SHOWN]]
                if cause.direct:
                    raise MeetingAmbiguous(reason="direct", rows=rows)
                raise MeetingAmbiguous(rows=rows)
            if pairs:
                return pairs[0]
        raise NoMeeting

    async def kept(
        self, work: FindsMeetings, cause: Cause, *, title: str = "", on: date | None = None
    ) -> tuple[Meeting, Occurrence]:
        """Return the current meeting, or the last one over for which Visio never made a room.

        Its request is kept so that a person can retry it. Raises NoMeeting, MeetingAmbiguous,
        NotAllowed.
        """
        try:
            return await self.current(work, cause, Act.LINK, title=title, on=on)
        except NoMeeting:
            pair = await self._unmade(work, cause)
            if pair is None or title or on is not None:
                raise
            demand(Act.LINK, cause, pair[0], self.tools.policy)
            return pair

    async def titles(self, work: HasMeetings, cause: Cause) -> tuple[str, ...]:
        """Return the titles of the meetings among which a command looks for one, each once."""
        known = [pair[1].titled(pair[0]) for pair in await self._first(work, cause)]
        return tuple(dict.fromkeys(filter(None, known)))

    async def listed(
        self, work: HasMeetings, cause: Cause, act: Act = Act.LINK
    ) -> list[tuple[Meeting, Occurrence]]:
        """Return the meetings to come or in progress, of the salon or of the author.

        Of the first `CONSIDERED`, only those on which the author may do `act`.
        """
        return [
            pair
            for pair in await self._first(work, cause)
            if may(act, role_in(cause.actor.person(pair[0].salon), pair[0], self.tools.policy))
        ]

    async def concerning(
        self, work: ConcernsAgents, cause: Cause
    ) -> list[tuple[Meeting, Occurrence]]:
        """Return the meetings to come or in progress that concern the author, of all salons.

        Those that they organise, those to which they come or may come, and those whose card names
        them, unless they answered no, by start: none of a salon that they left, but for their own,
        which they may still cancel.
        """
        own, user = await self.listed(work, cause), cause.actor.user
        if user is None:
            return own
        theirs = await awaited(work, user, ending_after=self._lately)
        seen = [pair for pair in theirs if allows(Act.LINK, cause, pair[0], self.tools.policy)]
        both = {pair[1].id: pair for pair in (*own, *seen)}
        return sorted(both.values(), key=lambda pair: (pair[1].start, pair[1].id))

    @property
    def _lately(self) -> datetime:
        """The moment after which a meeting ends that guests may still be in."""
        return self.tools.now() - self.tools.policy.graces.after

    async def _first(self, work: HasMeetings, cause: Cause) -> Sequence[_Both]:
        """Return the first meetings of the salon, in a direct message of the author."""
        salon, user = cause.salon, cause.actor.user
        after, most = self._lately, CONSIDERED
        if salon is not None and not cause.direct:
            return await work.meetings.of_salon(salon, ending_after=after, most=most)
        if user is None:
            return []
        return await work.meetings.of_organiser(user, ending_after=after, most=most)

    async def _together(self, work: HasMeetings, cause: Cause) -> Sequence[_Both]:
        """Return those that were asked for in the thread of the command."""
        if cause.reply is None or cause.reply.thread is None:
            return []
        found = await work.meetings.of_thread(cause.reply.thread, ending_after=self._lately)
        return [pair for pair in found if _meant(pair[0], cause)]

    async def _unmade(self, work: HasMeetings, cause: Cause) -> _Both | None:
        """Return the last one of those without a room, though its time may be over."""
        salon, user = cause.salon, cause.actor.user
        after = self.tools.now() - _KEPT
        if salon is not None and not cause.direct:
            return await work.meetings.unmade_in(salon, ending_after=after)
        return None if user is None else await work.meetings.unmade_by(user, ending_after=after)


async def awaited(work: ConcernsAgents, user: UserId, *, ending_after: datetime) -> Sequence[_Both]:
    """Return the meetings at which an agent is awaited: they come, or the card names them."""
    coming = await work.meetings.answered_by(user, ending_after=ending_after, most=CONSIDERED)
    named = await work.expected.of(user, ending_after=ending_after, most=CONSIDERED)
    return [*coming, *(await work.meetings.several(named)).values()]


def _titled(pairs: Sequence[_Both], title: str, now: datetime) -> list[_Both]:
    """Return the meetings with a title. Raises NoMeeting with those that there are."""
    found = [pair for pair in pairs if same_title(pair[1].titled(pair[0]), title)]
    if not pairs:
        raise NoMeeting
    if not found:
        rows = [shown(*pair) for pair in _one_date_each(pairs, now)[:_SHOWN]]
        raise NoMeeting(reason="title", title=title, rows=rows)
    return found


def _of_day(pairs: Sequence[_Both], on: date) -> list[_Both]:
    """Return the meetings of one day, each in its own zone. Raises NoMeeting with other dates."""
    found = [pair for pair in pairs if pair[1].wall_start.date() == on]
    if found:
        return found
    if not pairs:
        raise NoMeeting
    raise NoMeeting(reason="day", rows=[shown(*pair) for pair in pairs[:_SHOWN]])


def _one_date_each(pairs: Sequence[_Both], now: datetime) -> list[_Both]:
    """Return, of each meeting, the date that began last and is listed, else the next one."""
    chosen: dict[MeetingId, _Both] = {}
    for pair in sorted(pairs, key=lambda pair: pair[1].start):
        if pair[1].start <= now or pair[0].id not in chosen:
            chosen[pair[0].id] = pair
    return sorted(chosen.values(), key=lambda pair: (pair[1].start, pair[1].id))


async def _check_ours(work: HasOutbox, salon: SalonId, event: EventId) -> None:
    """Raise NotAllowed unless the event is a message that we sent to this salon lately."""
    if not await work.outbox.left(event, salon):
        raise NotAllowed(reason="no-card")


async def _shown_by(work: FindsMeetings, event: EventId) -> tuple[Meeting, Occurrence] | None:
    """Return the meeting of a card, of a question about a guest or of the offer of a later end.

    The command that asked for it counts as its card, and so do the answers to that command.
    """
    found = await work.meetings.by_card(event)
    if found is not None:
        return found
    key = await work.outbox.key_of(event) or ""
    if key.startswith(_ANSWER):
        asked = key.removeprefix(_ANSWER).rpartition(":")[0]
        found = await work.meetings.by_card(EventId(asked))
        if found is not None:
            return found
    question = await work.questions.by_notice(event)
    place = None if question is None else await work.questions.place(question)
    offer = None if place is not None else await work.offers.by_notice(event)
    where = place or offer
    return None if where is None else await work.meetings.both(where.occurrence)


def _within(meeting: Meeting, cause: Cause) -> bool:
    """Tell whether a command may be about this meeting: people elsewhere may know an event's id."""
    return meeting.salon == cause.salon or (cause.direct and meeting.organiser == cause.by)


def _meant(meeting: Meeting, cause: Cause) -> bool:
    """Tell whether a meeting is of the salon, in a direct message of the author."""
    if cause.salon is not None and not cause.direct:
        return meeting.salon == cause.salon
    return meeting.organiser == cause.actor.user


def is_over(occurrence: Occurrence, now: datetime) -> bool:
    """Tell whether an occurrence accepts no more requests."""
    return occurrence.state is not OccurrenceState.PLANNED or occurrence.end < now
