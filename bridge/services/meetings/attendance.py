"""Attendance: recorded from polls of the media server, shown on the card, summed up at the end.

The polled list decides, whatever webhooks say; `bridge/services/enforcement/polling.py` polls.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import structlog

from bridge.domain.agenda import Due, Kind
from bridge.domain.meeting import Meeting, Occurrence, OccurrenceState
from bridge.domain.message import Edit, Message, MessageRef, Notice, Parameter, phrase, span
from bridge.domain.names import LONGEST_NAME, clean_words
from bridge.domain.presence import NEVER_SEEN_EMPTY, Presence, Sight, first_seen
from bridge.domain.seat import Seat
from bridge.domain.window import Phase, window_of
from bridge.ids import InvitationId, OccurrenceId
from bridge.ports import Followed, Participant, UnitOfWork
from bridge.ports.work import HasMeetings
from bridge.services.cards import refresh_card
from bridge.services.naming import titled
from bridge.services.telling import to_meeting
from bridge.services.tools import Tools

log = structlog.get_logger()

Both: TypeAlias = tuple[Meeting, Occurrence]

_SHORTEST = timedelta(minutes=1)
_EARLY = timedelta(seconds=1)
"""Guests may be out that long before the window's end: their page leaves by itself."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """Stores who is in meetings."""

    tools: Tools

    async def followed(self, now: datetime) -> Mapping[str, Followed]:
        """Return by their rooms the meetings whose window is open, or which go on after it."""
        graces = self.tools.policy.graces
        async with self.tools.works.reading() as work:
            found = await work.presences.followed(
                starting_before=now + graces.before, ending_after=now - graces.after
            )
        return {one.room: one for one in found}

    async def note(
        self, followed: Followed, there: Sequence[Participant], at: datetime
    ) -> Presence | None:
        """Record who was in a room at a moment; writes, and waits for locks, only for a change.

        Returns the presence now, `None` before anybody came.
        """
        async with self.tools.works.reading() as work:
            held = await work.seats.held(followed.occurrence)
            before = await work.presences.get(followed.occurrence)
        sight = _sight(followed, there, held)
        if _after(before, followed, sight, at) == before:
            return before
        async with self.tools.works() as work:
            both = await _held(work, followed.occurrence)
            before = await work.presences.get(followed.occurrence)
            followed = replace(followed, late=self._ended(both[1], at + _EARLY) is not None)
            after = _after(before, followed, sight, at)
            if after is None or after == before:
                return after
            if before is None:
                await work.presences.add(after)
            await self._keep(work, both, before, after)
        return after

    async def close(self, followed: Collection[Followed], now: datetime) -> None:
        """Close the presences of meetings that ended long ago and whose room we never saw empty."""
        for late in followed:
            if not late.late:
                continue
            async with self.tools.works.reading() as work:
                both = await work.meetings.both(late.occurrence)
            if both is None or not self._long_over(both[1], now):
                continue
            async with self.tools.works() as work:
                both = await _held(work, late.occurrence)
                before = await work.presences.get(late.occurrence)
                ended = self._ended(both[1], now)
                if before is None or ended is None or not self._long_over(both[1], now):
                    continue
                await self._keep(work, both, before, before.closed(ended))

    def _long_over(self, occurrence: Occurrence, now: datetime) -> bool:
        closes = window_of(occurrence, self.tools.policy.graces).closes
        return self._ended(occurrence, now) is not None and now >= closes + NEVER_SEEN_EMPTY

    def _ended(self, occurrence: Occurrence, now: datetime) -> datetime | None:
        """Return the moment when a meeting's window closed, if it has."""
        window = window_of(occurrence, self.tools.policy.graces)
        planned = occurrence.state is OccurrenceState.PLANNED
        if planned and window.phase(now) is not Phase.AFTER:
            return None
        return min(window.closes, now)

    async def _keep(
        self, work: UnitOfWork, both: Both, before: Presence | None, after: Presence
    ) -> None:
        """Save a change, and show it: on the card soon, in the salon once the meeting is over."""
        now = self.tools.now()
        if _shows(after) != _shows(before):
            at = after.next_edit(now)
            if at <= now:
                await refresh_card(work, after.occurrence)
            else:  # even if planned already: another process, whose clock is ahead, may have run it
                await work.agenda.plan([Due(Kind.CARD, str(after.occurrence), at)])
            after = replace(after, shown_at=at)
        await work.presences.save(after)
        if before is not None and after.closings > before.closings:
            await work.outbox.post(_summary(*both, after))
            log.info("meeting.over", occurrence=str(after.occurrence), peak=after.peak)

    async def show(self, due: Due) -> datetime | None:
        """Agenda handler: edit a card whose last edit was too recent."""
        async with self.tools.works() as work:
            await refresh_card(work, OccurrenceId(UUID(due.key)))
        return None


async def _held(work: HasMeetings, occurrence: OccurrenceId) -> Both:
    """Return a meeting and its occurrence, locked before the rows below them, as everywhere."""
    both = await work.meetings.both(occurrence)
    assert both is not None
    return both


def _sight(followed: Followed, there: Sequence[Participant], held: Sequence[Seat]) -> Sight:
    """Return the people in a room; `id#x` is the second connection of `id`."""
    people = {one.identity.partition("#")[0]: one.name for one in there if one.person}
    guests = {seat.identity: seat.invitation for seat in held}
    names = {clean_words(name, LONGEST_NAME) for name in people.values()} - {""}
    return Sight(
        frozenset(people),
        frozenset(guests[one] for one in people if one in guests),
        frozenset(names if followed.names else ()),
    )


def _after(
    before: Presence | None, followed: Followed, sight: Sight, at: datetime
) -> Presence | None:
    if followed.late and (before is None or before.closed_at is not None):
        return before  # it was over, and later arrivals have another meeting
    if before is None:
        return first_seen(followed.occurrence, sight, at)
    after = before.seen(sight, at, late=followed.late)
    return after if followed.names else replace(after, names=frozenset())


def _shows(presence: Presence | None) -> tuple[object, ...]:
    """Return the part of a presence that a card shows."""
    if presence is None:
        return ()
    one = presence
    return one.people, one.guests, one.peak, one.closings, one.closed_at, one.began_at


def _summary(meeting: Meeting, occurrence: Occurrence, over: Presence) -> Message:
    """Return the salon's summary of a meeting: a later end edits it."""
    first = f"summary:{occurrence.id}"
    assert over.closed_at is not None
    parameters: dict[str, Parameter] = {
        "title": titled(meeting, occurrence),
        "span": span(max(over.length(over.closed_at), _SHORTEST)),
        "people": phrase("people.count", {"n": over.peak}),
        "guests": outsiders(over.came),
    }
    if over.names:
        parameters["names"] = ", ".join(sorted(over.names))
    to = to_meeting(meeting)
    template = "meeting.summary-names" if over.names else "meeting.summary"
    if over.closings > 1:
        key = f"{first}:{over.closings}"
        return Edit(
            idempotency_key=key,
            to=to,
            of=MessageRef(first),
            template=template,
            parameters=parameters,
        )
    thread = meeting.thread or occurrence.card
    return Notice(
        idempotency_key=first, to=to, template=template, thread=thread, parameters=parameters
    )


def outsiders(came: Collection[InvitationId]) -> Parameter:
    """Return the number of guests who came, in words."""
    return phrase("people.guests", {"n": len(came)}) if came else phrase("people.no-guests")
