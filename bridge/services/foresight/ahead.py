"""Looks ahead: the agenda's rows, each with all the moments at which its handler will run again.

What people do meanwhile can't be foreseen, nor how servers answer: rooms that are asked for count
as made, and guests with a seat as inside.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from bridge.domain.agenda import Due, Kind
from bridge.domain.ahead import CARD_BEFORE, cards_due
from bridge.domain.course import course_of
from bridge.domain.meeting import Meeting, MeetingState, Occurrence, VisioRoom
from bridge.domain.message import CardEdit, Message
from bridge.domain.window import window_of
from bridge.ids import MeetingId, OccurrenceId, ReminderId, SeatId, VisioRoomId
from bridge.ports import UnitOfWork
from bridge.services.cards import card_message
from bridge.services.foresight.foreseen import Foreseen, ToCome
from bridge.services.invitations.drafts import Drafting
from bridge.services.meetings.visio_rooms import answering_date
from bridge.services.reminders.own import OwnReminders
from bridge.services.reminders.problems import Problems
from bridge.services.reminders.salon import SalonReminders
from bridge.services.reminders.wording import Moments
from bridge.services.reminding import lead_of
from bridge.services.seats.end_warnings import Endings
from bridge.services.telling import to_meeting
from bridge.services.tools import Tools

_Both: TypeAlias = tuple[Meeting, Occurrence]
_UNMADE = VisioRoomId(UUID(int=0))
_OF_OCCURRENCE = frozenset(
    {
        Kind.OPEN,
        Kind.CLOSE,
        Kind.FORGET,
        Kind.RECALL,
        Kind.INSPECT,
        Kind.WARN,
        Kind.CARD,
        Kind.NEXT,
        Kind.ROOM,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """Reads the events to come; its tools' database is only read."""

    tools: Tools
    drafting: Drafting
    endings: Endings
    """Warns of ends, if guests meet on our page."""

    async def look(self, start: datetime, end: datetime) -> Sequence[Foreseen]:
        """Return the events from `start` on and before `end`, in order; none is past."""
        now = self.tools.now()
        async with self.tools.works.reading() as work:
            dues = await work.agenda.coming(end)
            made = frozenset(due.key for due in dues if due.kind in (Kind.CREATE, Kind.ROOM))
            looked = _Look(self, work, now, made)
            found = [one for due in dues for one in await looked.of(due)]
            found += [
                Foreseen(at=now, what=ToCome.MESSAGE, message=one)
                for one in await work.outbox.waiting()
            ]
        within = [one for one in found if start <= one.at < end]
        return sorted(within, key=lambda one: one.at)


@dataclass(frozen=True, slots=True)
class _Look:
    """One look, in one transaction."""

    foresight: Foresight
    work: UnitOfWork
    now: datetime
    made: Collection[str]
    """The meetings, and the dates apart, whose room Visio is asked for."""

    @property
    def tools(self) -> Tools:
        return self.foresight.tools

    async def of(self, due: Due) -> Iterable[Foreseen]:
        """Return the events of a row."""
        at = max(due.at, self.now)
        if due.kind in _OF_OCCURRENCE:
            both = await self._both(OccurrenceId(UUID(due.key)))
            return () if both is None else await self._of_occurrence(due, both, at)
        read = {
            Kind.CREATE: self._room,
            Kind.HAND: self._next_room,
            Kind.REMIND: self._own,
            Kind.EJECT: self._leaves,
            Kind.MAIL: self._mail,
        }.get(due.kind)
        return () if read is None else await read(due, at)

    async def _of_occurrence(self, due: Due, both: _Both, at: datetime) -> Iterable[Foreseen]:
        match due.kind:
            case Kind.OPEN | Kind.CLOSE:
                return await self._turns(due, both, at)
            case Kind.INSPECT:
                return await self._problems(due, both, at)
            case Kind.WARN:
                found = await self.foresight.endings.foreseen(self.work, both[1].id, self.now)
                return [_about(when, ToCome.MESSAGE, both, warning) for when, warning in found]
            case Kind.CARD:
                return [self._card(at, both)]
            case _:
                read = {
                    Kind.FORGET: self._forgotten,
                    Kind.NEXT: self._next_card,
                    Kind.RECALL: self._salon,
                    Kind.ROOM: self._date_room,
                }[due.kind]
                return await read(both, at)

    async def _turns(self, due: Due, both: _Both, at: datetime) -> Iterable[Foreseen]:
        """Return the changes of a window, and the card's edits with them."""
        occurrence, graces = both[1], self.tools.policy.graces
        known = await self.work.invitations.of_occurrence(occurrence.id)
        course = course_of(occurrence, known, graces)
        moments = course.opening if due.kind is Kind.OPEN else course.closing
        window = window_of(occurrence, graces)
        names = {
            window.opens: ToCome.OPENS,
            occurrence.start: ToCome.BEGINS,
            occurrence.end: ToCome.ENDS,
        }
        found = []
        for when in (at, *(moment for moment in moments if moment > at)):
            found.append(_about(when, names.get(when, ToCome.CLOSES), both))
            if self._has_card(both[0]):
                found.append(self._card(when, both))
        return found

    async def _forgotten(self, both: _Both, at: datetime) -> Iterable[Foreseen]:
        """Return that guests are forgotten; a card that named somebody is edited."""
        known = await self.work.invitations.of_occurrence(both[1].id)
        named = both[1].colleagues or not all(one.forgotten for one in known)
        cards = [self._card(at, both)] if named and self._has_card(both[0]) else []
        return [_about(at, ToCome.FORGETS, both), *cards]

    async def _salon(self, both: _Both, at: datetime) -> Iterable[Foreseen]:
        meeting, occurrence = both
        lead = await lead_of(self.work, occurrence.id, self.tools.policy)
        if lead is None or occurrence.room_in(meeting) is None or occurrence.is_over:
            return ()
        when = Moments(occurrence.start - lead, at)
        notice = await SalonReminders(self.tools).notice(self.work, meeting, occurrence, when)
        return () if notice is None else [_about(at, ToCome.REMINDER, both, notice)]

    async def _problems(self, due: Due, both: _Both, at: datetime) -> Iterable[Foreseen]:
        if at >= both[1].start or both[1].is_over:
            return ()
        notice = await Problems(self.tools).notice(self.work, *both, at=due.at, now=at)
        return () if notice is None else [_about(at, ToCome.PROBLEMS, both, notice)]

    async def _own(self, due: Due, at: datetime) -> Iterable[Foreseen]:
        reminder = await self.work.reminders.get(ReminderId(UUID(due.key)))
        both = None if reminder is None else await self._both(reminder.occurrence)
        if reminder is None or both is None or reminder.done_at is not None:
            return ()
        zone = await self.work.agents.zone(reminder.user)
        own = OwnReminders(self.tools)
        notice = await own.notice(self.work, reminder, *both, now=at, zone=zone)
        return () if notice is None else [_about(at, ToCome.REMINDER, both, notice)]

    async def _leaves(self, due: Due, at: datetime) -> Iterable[Foreseen]:
        seat = await self.work.seats.peek(SeatId(UUID(due.key)))
        both = None if seat is None else await self._both(seat.occurrence)
        return () if both is None else [_about(at, ToCome.LEAVES, both)]

    async def _mail(self, due: Due, at: datetime) -> Iterable[Foreseen]:
        draft = await self.foresight.drafting.draft(self.work, due, at)
        if draft is None or draft.facts is None:
            return ()
        return [Foreseen(at=at, what=ToCome.MAIL, mail=draft.facts)]

    async def _room(self, due: Due, at: datetime) -> Iterable[Foreseen]:
        meeting = await self.work.meetings.get(MeetingId(UUID(due.key)))
        if meeting is None:
            return ()
        found = [Foreseen(at=at, what=ToCome.ROOM, meeting=meeting)]
        first = await answering_date(self.work, meeting.id, at)
        if first is not None:
            found.append(_about(at, ToCome.CARD, (meeting, first), card_message(meeting, first)))
        return found

    async def _next_room(self, due: Due, at: datetime) -> Iterable[Foreseen]:
        """Return that Visio is asked for a room in the next organiser's name."""
        meeting = await self.work.meetings.get(MeetingId(UUID(due.key)))
        if meeting is None or meeting.handover is None:
            return ()
        return [Foreseen(at=at, what=ToCome.ROOM, meeting=meeting)]

    async def _date_room(self, both: _Both, at: datetime) -> Iterable[Foreseen]:
        """Return that Visio is asked for the room of a date apart; its card is another row."""
        meeting, occurrence = both
        own = occurrence.own_room
        wants = own is None or own.id == _UNMADE
        if own is not None and own.owner is not None:  # a former organiser's, until it opens
            wants = at < window_of(occurrence, self.tools.policy.graces).opens
        if occurrence.is_over or not wants or not self._has_card(meeting):
            return ()
        return [_about(max(at, occurrence.start - CARD_BEFORE), ToCome.ROOM, both)]

    async def _next_card(self, both: _Both, at: datetime) -> Iterable[Foreseen]:
        """Return the card of a date, once it is the next one."""
        meeting, occurrence = both
        if occurrence.card is not None or not self._has_card(meeting):
            return ()
        known = await self.work.meetings.planned_of(meeting.id, ending_after=self.now)
        due = cards_due(known).get(occurrence.id)
        if due is None or (str(meeting.id) in self.made and known[0].id == occurrence.id):
            return ()
        card = card_message(meeting, occurrence)
        return [_about(max(at, due), ToCome.CARD, both, card)]

    async def _both(self, identity: OccurrenceId) -> _Both | None:
        """Return a meeting and its occurrence, with a room if Visio is asked for one."""
        both = await self.work.meetings.both(identity)
        if both is None:
            return None
        meeting, occurrence = both
        room = VisioRoom(id=_UNMADE, slug="", url="", level=meeting.level)
        if occurrence.own_room is None and str(occurrence.id) in self.made:
            occurrence = replace(occurrence, own_room=room)
        if meeting.room is None and str(meeting.id) in self.made:
            meeting = replace(meeting, room=room, state=MeetingState.READY)
        return meeting, occurrence

    def _has_card(self, meeting: Meeting) -> bool:
        return meeting.state is MeetingState.READY

    def _card(self, at: datetime, both: _Both) -> Foreseen:
        edit = CardEdit(
            idempotency_key=f"edit:{at.isoformat()}",
            to=to_meeting(both[0]),
            occurrence=both[1].id,
        )
        return _about(at, ToCome.CARD, both, edit)


def _about(at: datetime, what: ToCome, both: _Both, message: Message | None = None) -> Foreseen:
    return Foreseen(at=at, what=what, meeting=both[0], occurrence=both[1], message=message)
