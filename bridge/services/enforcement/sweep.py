"""The sweep: each second, ejects guests without a seat from every room that has or had guests.

It is the safety net under the agenda's ejections at the exact moment, and keeps out guests who come
back with a token that the media server renewed (docs/interop/livekit.md).
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from bridge.domain.agenda import Due
from bridge.domain.seat import ONE_OF_OURS, Seat, bearer, perhaps
from bridge.ids import OccurrenceId, SeatId
from bridge.ports import MediaRooms, Participant, UnitOfWork
from bridge.services.enforcement.ejection import (
    LOOK_AFTER,
    LOOK_FOR,
    Ejections,
    by_turns,
    raise_first,
)
from bridge.services.enforcement.restoring import Restoring
from bridge.services.tools import Tools

log = structlog.get_logger()

HEAD_START = timedelta(seconds=0.5)
"""The sweep leaves an end that long to the agenda, or to the process that decided it."""


@dataclass(frozen=True, slots=True)
class Known:
    """Facts that a sweep knows before it polls rooms."""

    pending_ejections: frozenset[SeatId]
    """Ended seats whose guests the sweep must eject."""
    knocked: frozenset[str]
    """Guests' identities that look like those of Visio's own people."""


@dataclass(frozen=True, slots=True)
class Sweeps:
    """Polls rooms, and ejects guests without a seat."""

    tools: Tools
    ejections: Ejections

    @property
    def media(self) -> MediaRooms:
        """The media server."""
        return self.ejections.media

    async def sweep(
        self, now: datetime, *, also: Collection[str] = (), only: Collection[str] | None = None
    ) -> Mapping[str, Sequence[Participant]]:
        """Eject guests who are in a room without a seat: the safety net under `eject`.

        After an outage of the media server or ours it is the first to find guests whose time is
        over: a dead process may still hold the agenda's row, or the row may wait for a retry.

        Polls the rooms that have or had guests, and those of `also`; with `only`, no others than
        those. Returns the participants who may be in each room.
        """
        async with self.tools.works.reading() as work:
            seats = await work.seats.watched(now)
            watched = [one for one in seats if one.watched(now, gated=self.tools.policy.gated)]
            rooms = {seat.room for seat in watched}.union(also)
            if only is not None:
                rooms.intersection_update(only)
            watched = [seat for seat in watched if seat.room in rooms]
            late = await self._late(work, watched, now)
        if not rooms:
            return {}
        pending = [one for one in watched if one.pending_ejection and self._is_left(one, now)]
        pending += await self._ended(late)
        known = Known(
            frozenset(one.id for one in pending),
            frozenset(one.identity for one in seats if one.knocked),
        )
        with self.ejections.counted():
            there = await self._looked(rooms, known)
        out = self.tools.now()
        if pending:
            await self.ejections.are_out([(one, out) for one in pending])
        return there

    async def look(self, due: Due) -> datetime | None:
        """Agenda handler: poll a meeting's room after an ejection; return when to do so again.

        A client that missed the notice of its ejection comes back within that time, with all rights
        of its renewed token; the poll each second would leave it in for longer.
        """
        now = self.tools.now()
        async with self.tools.works.reading() as work:
            seats = await work.seats.of_occurrence(OccurrenceId(UUID(due.key)))
        rooms = {seat.room for seat in seats if seat.ended_at and now < seat.ended_at + LOOK_FOR}
        if not rooms:
            return None
        await self.sweep(now, only=rooms)
        return self.tools.now() + LOOK_AFTER

    def _is_left(self, seat: Seat, now: datetime) -> bool:
        """Tell whether the process that ended a seat had time to eject its guest, and does not."""
        late = seat.ended_at is not None and seat.ended_at + HEAD_START <= now
        return late and seat not in self.ejections.underway

    async def _ended(self, late: Sequence[SeatId]) -> Sequence[Seat]:
        """End these seats; return those whose guest may be inside and is not being ejected."""
        found: dict[SeatId, Seat] = {}
        for one in late:
            pending = () if one in found else await self.ejections.ended(one)
            if not isinstance(pending, datetime):
                found.update((seat.id, seat) for seat in pending)
        return [one for one in found.values() if one not in self.ejections.underway]

    async def _looked(
        self, rooms: Collection[str], known: Known
    ) -> Mapping[str, Sequence[Participant]]:
        there = sorted(await self.media.open_rooms(sorted(rooms)))
        swept = (self._swept(room, known) for room in there)
        looks = raise_first(await asyncio.gather(*swept, return_exceptions=True))
        return {**dict.fromkeys(rooms, ()), **dict(zip(there, looks, strict=True))}

    async def _late(self, work: UnitOfWork, watched: Iterable[Seat], now: datetime) -> list[SeatId]:
        """Return the seats that should have ended by now, and have not."""
        held = [seat for seat in watched if seat.held]
        late = []
        for of in {seat.occurrence for seat in held}:
            occurrence = await work.meetings.occurrence(of)
            assert occurrence is not None
            known = {one.id: one for one in await work.invitations.of_occurrence(of)}
            ends = {
                one: invitation.leads_until(occurrence, self.tools.policy.graces)
                for one, invitation in known.items()
            }
            mine = [seat for seat in held if seat.occurrence == of]
            late += [seat.id for seat in mine if ends[seat.invitation] + HEAD_START <= now]
        return late

    async def _swept(self, room: str, known: Known) -> Sequence[Participant]:
        """Eject the strays of a room; of guests who have never left, only those left to the sweep.

        Return the participants who may be there.
        """
        people = await self.media.participants(room)
        present = [one.identity for one in people]
        seats = await self._seats_of(present, known.knocked)
        there = list(zip(present, seats, strict=True))
        stray = [pair for pair in there if not _may_stay(*pair)]
        out = (
            partial(self._stray, room, identity, seat)
            for identity, seat in stray
            if seat is None or not seat.pending_ejection or seat.id in known.pending_ejections
        )
        raise_first(await by_turns(out))
        if stray and len(stray) == len(present):
            # Their token recreated the room: nobody who may be here is here.
            await self.media.close(room)
        guests = {
            one.identity: (one, seat)
            for one, seat in zip(people, seats, strict=True)
            if seat is not None and _may_stay(one.identity, seat)
        }
        seen = await Restoring(self.tools, self.ejections).kept(room, guests.values())
        kept = dict(zip(guests, seen, strict=True))
        strays = {identity for identity, _ in stray}
        return [kept.get(one.identity, one) for one in people if one.identity not in strays]

    async def _stray(self, room: str, identity: str, seat: Seat | None) -> None:
        await self.ejections.out(room, identity)
        if seat is not None and seat.pending_ejection:
            return  # they did not come back: they never left
        log.warning("guest.returned", room=room)
        if self.ejections.metrics is not None:
            self.ejections.metrics.returned.inc()
        if seat is not None and not seat.held:
            async with self.tools.works() as work:
                await work.seats.seen(seat.id, seat.returned(self.tools.now()))

    async def _seats_of(
        self, present: Sequence[str], knocked: Collection[str]
    ) -> list[Seat | None]:
        """Return these participants' seats, read after the poll: a seat may be a second old."""
        whose = [bearer(one) or perhaps(one) or "" for one in present]
        async with self.tools.works.reading() as work:
            return [
                await work.seats.by_identity(one)
                if one in knocked or ONE_OF_OURS.fullmatch(one)
                else None
                for one in whose
            ]


def _may_stay(identity: str, seat: Seat | None) -> bool:
    """Tell whether a participant has a seat; only guests need one, and none has two places."""
    if seat is None:
        return bearer(identity) is None
    return seat.held and seat.identity == identity
