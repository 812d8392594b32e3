"""Who must be out is put out, and kept out: what is done to the media server at a seat's end.

Who was sent out keeps a token that the media server renewed, and may come back with it. So a seat
ends in the database first, and whoever held it is put out again for as long as that token may
last (docs/interop/livekit.md).
"""

import asyncio
from collections.abc import Awaitable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import structlog

from bridge.clock import Clock
from bridge.domain.agenda import Due
from bridge.domain.invitation import Standing, standing
from bridge.domain.message import Message, seconds
from bridge.domain.policy import Policy
from bridge.domain.seat import ONE_OF_OURS, Seat, SeatEnd, bearer, perhaps, reason_of
from bridge.errors import MediaUnreachable
from bridge.ids import SeatId
from bridge.metrics import Metrics
from bridge.ports import MediaRooms, Participant, Work, Works
from bridge.services.admission import Admission, admission_of

log = structlog.get_logger()
_Result = TypeVar("_Result")

HEAD_START = timedelta(seconds=0.5)
"""For so long an end is left to the agenda, or to who decided it; then the sweep helps."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a look into rooms knows beforehand."""

    leaving: frozenset[SeatId]
    """Whose bearers are left to the sweep to put out."""
    knocked: frozenset[str]
    """Guests' identities that look like anybody's of Visio's."""


@dataclass(frozen=True, slots=True)
class Ejections:
    """Puts guests out: at the exact moment, and each second whoever is in without a seat."""

    works: Works
    clock: Clock
    policy: Policy
    media: MediaRooms
    metrics: Metrics | None = None

    async def eject(self, due: Due) -> datetime | None:
        """Agenda handler: end a seat whose time is over, and put its bearer out.

        Raises MediaUnreachable; the seat has ended all the same, and is tried again by the agenda
        and by each sweep.
        """
        seat = await self._ended(SeatId(UUID(due.key)))
        if not isinstance(seat, Seat):
            return seat
        with self.counted():
            await self._put_out(seat.room, seat.identity)
        await self._is_out(seat, self.clock.now())
        return None

    async def _ended(self, identity: SeatId) -> Seat | datetime | None:
        """Return a seat that has ended, now or before, and whose bearer may be inside.

        Else when it will end; `None` where nothing is left to do.
        """
        async with self.works.reading() as work:
            seat = await work.seats.peek(identity)
        if seat is not None and seat.held:
            async with self.works() as work:
                seat = await work.seats.peek(identity)
                if seat is not None and seat.held:
                    return await self._end(work, seat)
        return seat if seat is not None and seat.leaving else None

    async def _end(self, work: Work, due: Seat) -> Seat | datetime:
        """End a seat, and with it every other of its meeting whose time is over: they are many.

        Return it ended, or else when it will end.
        """
        both = await work.meetings.both(due.occurrence)
        assert both is not None
        occurrence, graces, now = both[1], self.policy.graces, self.clock.now()
        known = {one.id: one for one in await work.invitations.of_occurrence(occurrence.id)}
        found: Seat | datetime = known[due.invitation].window(occurrence, graces).closes
        for seat in await work.seats.held(occurrence.id):
            stands = standing(known[seat.invitation], occurrence, graces, now, ready=True)
            if stands is not Standing.OPEN:
                ended = seat.ended(now, reason_of(stands))
                await work.seats.save(ended)
                found = ended if seat.id == due.id else found
        return found

    async def _is_out(self, seat: Seat, now: datetime) -> None:
        """Note that somebody is out since `now`, and tell it: once, whoever put them out."""
        async with self.works.reading() as work:
            admission = await admission_of(work, seat.visit, self.policy)
        async with self.works() as work:
            if not await work.seats.out(seat.id, seat.harmless(now)) or admission is None:
                return
            took = now - _since(admission, seat)
            if seat.why is SeatEnd.REVOKED:
                await work.outbox.post(_out(admission, seat, took))
        ms = round(took.total_seconds() * 1000)
        log.info("guest.out", seat=str(seat.id), why=seat.why, ms=ms)
        if self.metrics is not None:
            self.metrics.ejected(str(seat.why), took.total_seconds())

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what the media server does not do."""
        try:
            yield
        except MediaUnreachable as error:
            if self.metrics is not None:
                self.metrics.media_error(error.facts.get("status"))
            raise

    # --- each second ----------------------------------------------------------------------------

    async def sweep(
        self, now: datetime, *, also: Collection[str] = (), only: Collection[str] | None = None
    ) -> Mapping[str, Sequence[Participant]]:
        """Put out whoever is in a room without a seat: the net under `eject`.

        So it is that finds, first thing after the media server or we were away, whose time is
        over: the agenda's row may be in the hands of a dead process, or pause after a failure.

        Looks into the rooms that have or had guests, and `also` into others; where `only` some are
        asked for, into no more than those. Returns who may be in each of them.
        """
        async with self.works.reading() as work:
            seats = await work.seats.watched(now)
            watched = [one for one in seats if one.watched(now, gated=self.policy.gated)]
            rooms = {seat.room for seat in watched}.union(also)
            if only is not None:
                rooms.intersection_update(only)
            watched = [seat for seat in watched if seat.room in rooms]
            late = await self._late(work, watched, now)
        if not rooms:
            return {}
        found = [await self._ended(one) for one in late]
        leaving = [one for one in watched if one.leaving and _left_alone(one, now)]
        leaving += [one for one in found if isinstance(one, Seat)]
        known = Known(
            frozenset(one.id for one in leaving),
            frozenset(one.identity for one in seats if one.knocked),
        )
        with self.counted():
            there = await self._looked(rooms, known)
        out = self.clock.now()
        for seat in leaving:
            await self._is_out(seat, out)
        return there

    async def _looked(
        self, rooms: Collection[str], known: Known
    ) -> Mapping[str, Sequence[Participant]]:
        there = sorted(await self.media.open_rooms(sorted(rooms)))
        looks = await together(self._swept(room, known) for room in there)
        return {**dict.fromkeys(rooms, ()), **dict(zip(there, looks, strict=True))}

    async def _late(self, work: Work, watched: Iterable[Seat], now: datetime) -> list[SeatId]:
        """Return whose seat should have ended by now; nobody ended it."""
        held = [seat for seat in watched if seat.held]
        late = []
        for of in {seat.occurrence for seat in held}:
            occurrence = await work.meetings.occurrence(of)
            assert occurrence is not None
            known = {one.id: one for one in await work.invitations.of_occurrence(of)}
            ends = {
                one: invitation.leads_until(occurrence, self.policy.graces)
                for one, invitation in known.items()
            }
            mine = [seat for seat in held if seat.occurrence == of]
            late += [seat.id for seat in mine if ends[seat.invitation] + HEAD_START <= now]
        return late

    async def _swept(self, room: str, known: Known) -> Sequence[Participant]:
        """Put out the strays of a room; of those who never left yet, only who is left to us.

        Return who may be there.
        """
        people = await self.media.participants(room)
        present = [one.identity for one in people]
        seats = await self._seats_of(present, known.knocked)
        there = list(zip(present, seats, strict=True))
        stray = [pair for pair in there if not _may_stay(*pair)]
        await together(
            self._stray(room, identity, seat)
            for identity, seat in stray
            if seat is None or not seat.leaving or seat.id in known.leaving
        )
        if stray and len(stray) == len(present):
            # Their token made the room anew: nobody who may be here is.
            await self.media.close(room)
        await together(
            self._limited(room, one)
            for one, seat in zip(people, seats, strict=True)
            if seat is not None and _may_stay(one.identity, seat)
        )
        out = {identity for identity, _ in stray}
        return [one for one in people if one.identity not in out]

    async def _limited(self, room: str, one: Participant) -> None:
        """Take back what Visio's host gave a guest beyond what the operator lets guests send."""
        if not one.sources <= self.policy.sources:
            await self.media.limit(room, one.identity, one.sources & self.policy.sources)
            log.info("guest.limited", room=room)

    async def _stray(self, room: str, identity: str, seat: Seat | None) -> None:
        await self._out(room, identity)
        if seat is not None and seat.leaving:
            return  # not come back: never gone
        log.warning("guest.returned", room=room)
        if self.metrics is not None:
            self.metrics.returned.inc()
        if seat is not None and not seat.held:
            async with self.works() as work:
                await work.seats.seen(seat.id, seat.returned(self.clock.now()))

    async def _seats_of(
        self, present: Sequence[str], knocked: Collection[str]
    ) -> list[Seat | None]:
        """Return whose seats these are, read after they were seen: one may be a second old."""
        whose = [bearer(one) or perhaps(one) or "" for one in present]
        async with self.works.reading() as work:
            return [
                await work.seats.by_identity(one)
                if one in knocked or ONE_OF_OURS.fullmatch(one)
                else None
                for one in whose
            ]

    async def _put_out(self, room: str, identity: str) -> None:
        """Put out one bearer: also what they joined as besides (`id#…`)."""
        await self._out(room, identity)
        for one in await self.media.participants(room):
            if one.identity.partition("#")[0] == identity:
                await self._out(room, one.identity)

    async def _out(self, room: str, identity: str) -> None:
        if await self.media.silence(room, identity):
            await self.media.remove(room, identity)


async def together(doing: Iterable[Awaitable[_Result]]) -> list[_Result]:
    """Do all at once and to the end; raise the first thing that went wrong."""
    results: list[_Result] = []
    for came in await asyncio.gather(*doing, return_exceptions=True):
        if isinstance(came, BaseException):
            raise came
        results.append(came)
    return results


def _left_alone(seat: Seat, now: datetime) -> bool:
    """Tell whether whoever ended a seat has had the time to put its bearer out."""
    return seat.ended_at is not None and seat.ended_at + HEAD_START <= now


def _since(admission: Admission, seat: Seat) -> datetime:
    """Return from when on a seat's bearer had to be out."""
    assert seat.ended_at is not None
    leads = admission.invitation.leads_until(admission.occurrence, admission.graces)
    return min(seat.ended_at, leads)


def _may_stay(identity: str, seat: Seat | None) -> bool:
    """Tell whether somebody has a seat; only guests need one, and nobody has two places."""
    if seat is None:
        return bearer(identity) is None
    return seat.held and seat.identity == identity


def _out(admission: Admission, seat: Seat, took: timedelta) -> Message:
    return Message(
        dedupe=f"out:{seat.id}",
        template="guest.out",
        salon=admission.meeting.salon,
        thread=admission.meeting.thread,
        facts={"name": admission.visit.name, "took": seconds(took)},
    )
