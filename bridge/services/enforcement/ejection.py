"""Ejections: removes guests from the media server when their seat ends.

An ejected guest keeps a token that the media server renewed, and may come back with it. So a seat
ends in the database first, and the sweep (`bridge/services/enforcement/sweep.py`) ejects its guest
again for as long as that token may last (docs/interop/livekit.md).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import structlog

from bridge.domain.agenda import Due, Kind
from bridge.domain.invitation import Standing, standing
from bridge.domain.message import Notice, seconds, visitor
from bridge.domain.seat import Seat, SeatEnd, reason_of
from bridge.errors import MediaUnreachable
from bridge.ids import SeatId
from bridge.metrics import Metrics
from bridge.ports import MediaRooms, UnitOfWork
from bridge.ports.work import HasSeats
from bridge.services.auditing import note_ends, note_out
from bridge.services.telling import to_meeting
from bridge.services.tools import Tools
from bridge.services.visits.snapshot import Admission, admission_of

log = structlog.get_logger()
_Result = TypeVar("_Result")

AT_ONCE = 3
"""Concurrent ejections in one room.

Each guest's own notice waits in a queue of the server's: the longer it waits, the more guests hang
up before it, miss it and come back (docs/interop/livekit.md).
"""
LOOK_AFTER = timedelta(seconds=0.25)
"""How soon the room is polled after an ejection, and how often then."""
LOOK_FOR = timedelta(seconds=2)
"""How long it is polled so often: within this, a client that missed the notice comes back."""


@dataclass(frozen=True, slots=True)
class InFlight:
    """The ejections that this process is carrying out at this moment."""

    choosing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _doing: dict[SeatId, asyncio.Task[None]] = field(default_factory=dict)

    def __contains__(self, seat: Seat) -> bool:
        return seat.id in self._doing

    def of(self, seat: SeatId) -> asyncio.Task[None] | None:
        """Return the task that ejects a seat's guest, if one is running."""
        return self._doing.get(seat)

    def begin(self, seats: Iterable[Seat], doing: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run an ejection of these seats to its end, even if its callers stop waiting for it."""
        task = asyncio.create_task(doing)
        whose = dict.fromkeys((seat.id for seat in seats), task)
        self._doing.update(whose)

        def ended(task: asyncio.Task[None]) -> None:
            for seat in whose:
                del self._doing[seat]
            if not task.cancelled():
                task.exception()  # raised to callers that wait; perhaps none does any more

        task.add_done_callback(ended)
        return task


@dataclass(frozen=True, slots=True)
class Ejections:
    """Ejects guests at the exact moment: all guests of a meeting whose time ends then, together."""

    tools: Tools
    media: MediaRooms
    metrics: Metrics | None = None
    underway: InFlight = field(default_factory=InFlight)

    async def eject(self, due: Due) -> datetime | None:
        """Agenda handler: end a seat whose time is over, and eject its guest.

        At a meeting's end there is a row for each guest: the first row ejects all of them, and the
        others wait for it. Raises MediaUnreachable; the seats have ended all the same, and the
        agenda and each sweep retry the ejection.
        """
        identity = SeatId(UUID(due.key))
        async with self.underway.choosing:
            doing = self.underway.of(identity)
            if doing is None:
                found = await self.ended(identity)
                if isinstance(found, datetime):
                    return found
                whom = [seat for seat in found if seat not in self.underway]
                if not whom:
                    return None
                doing = self.underway.begin(whom, self._put_out(whom))
        await asyncio.shield(doing)
        return None

    async def ended(self, identity: SeatId) -> Sequence[Seat] | datetime:
        """End a seat whose time is over; return its meeting's ended seats that still need ejection.

        If its end is still to come, return that moment; if nothing is left to do, no seats.
        """
        async with self.tools.works.reading() as work:
            seat = await work.seats.peek(identity)
            if seat is None or not seat.held:
                return await _pending_ejections(work, seat)
        async with self.tools.works() as work:
            seat = await work.seats.peek(identity)
            closes = await self._end(work, seat) if seat is not None and seat.held else None
            return closes or await _pending_ejections(work, await work.seats.peek(identity))

    async def _end(self, work: UnitOfWork, due: Seat) -> datetime | None:
        """End a seat, and all seats of its meeting whose time is over: often there are many.

        Return the end of its window if that is still to come.
        """
        both = await work.meetings.both(due.occurrence)
        assert both is not None
        occurrence, graces, now = both[1], self.tools.policy.graces, self.tools.now()
        known = {one.id: one for one in await work.invitations.of_occurrence(occurrence.id)}
        closes, over = None, []
        for seat in await work.seats.held(occurrence.id):
            stands = standing(known[seat.invitation], occurrence, graces, now, ready=True)
            if stands is not Standing.OPEN:
                over.append(seat.ended(now, reason_of(stands)))
            elif seat.id == due.id:
                closes = known[seat.invitation].window(occurrence, graces).closes
        await work.seats.save(*over)
        await note_ends(work, over)
        return closes

    async def _put_out(self, seats: Sequence[Seat]) -> None:
        """Eject the guests of these seats, and their additional connections (`id#…`).

        Records each ejected guest, even if other ejections fail. Stops when the media server does
        not answer at all: the sweep finds sooner that it is back.
        """
        since: dict[str, datetime] = {}
        away: list[MediaUnreachable] = []

        async def put_out(room: str, identity: str) -> None:
            if away:
                raise away[0]
            try:
                await self.out(room, identity)
            except MediaUnreachable as error:
                if "status" not in error.parameters:
                    away.append(error)
                raise
            since[identity.partition("#")[0]] = self.tools.now()

        with self.counted():
            outcomes = await by_turns(partial(put_out, seat.room, seat.identity) for seat in seats)
            gone = [seat for seat in seats if seat.identity in since]
            for room in {seat.room for seat in gone}:
                there = [one.identity for one in await self.media.participants(room)]
                again = [one for one in there if one.partition("#")[0] in since]
                raise_first(await by_turns(partial(put_out, room, one) for one in again))
            await self.are_out([(seat, since[seat.identity]) for seat in gone])
            raise_first(outcomes)

    async def out(self, room: str, identity: str) -> None:
        """Cut one connection; if the server fails to, take at least all permissions from it.

        Not the other way round: each change of permissions is sent to everybody in the room at
        once, removals are sent in batches (docs/interop/livekit.md). Raises MediaUnreachable for
        whoever may still be inside, silenced or not.
        """
        try:
            await self.media.remove(room, identity)
        except MediaUnreachable as error:
            if "status" in error.parameters:  # otherwise it answers nothing at all
                await self.media.silence(room, identity)
            raise

    async def are_out(self, out: Sequence[tuple[Seat, datetime]]) -> None:
        """Record since when guests are out, and tell it: once, whatever ejected them."""
        async with self.tools.works.reading() as work:
            known = [await admission_of(work, seat.visit, self.tools.policy) for seat, _ in out]
        async with self.tools.works() as work:
            ended = [
                _Ended(admission, seat, moment - _since(admission, seat))
                for (seat, moment), admission in zip(out, known, strict=True)
                if await work.seats.out(seat.id, seat.tokens_expire_at(moment))
                and admission is not None
            ]
            for one in ended:
                await note_out(work, one.seat, one.took)
                if one.seat.why is SeatEnd.REVOKED:
                    await work.outbox.post(_out(one))
            after = self.tools.now() + LOOK_AFTER
            rooms = {seat.occurrence for seat, _ in out}
            await work.agenda.plan([Due(Kind.LOOK, str(one), after) for one in sorted(rooms)])
        for one in ended:
            ms = round(one.took.total_seconds() * 1000)
            log.info("guest.out", seat=str(one.seat.id), why=one.seat.why, ms=ms)
            if self.metrics is not None:
                self.metrics.ejected(str(one.seat.why), one.took.total_seconds())

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count failures of the media server."""
        try:
            yield
        except MediaUnreachable as error:
            if self.metrics is not None:
                self.metrics.media_error(error.parameters.get("status"))
            raise


@dataclass(frozen=True, slots=True)
class _Ended:
    """A guest's stay that has ended."""

    admission: Admission
    seat: Seat
    took: timedelta


async def by_turns(
    doing: Iterable[Callable[[], Awaitable[_Result]]], at_once: int = AT_ONCE
) -> list[_Result | BaseException]:
    """Run all of them to their end, a few at a time; return each result or exception."""
    few = asyncio.Semaphore(at_once)

    async def done(do: Callable[[], Awaitable[_Result]]) -> _Result:
        async with few:
            return await do()

    return await asyncio.gather(*(done(one) for one in doing), return_exceptions=True)


def raise_first(outcomes: Iterable[_Result | BaseException]) -> list[_Result]:
    """Return the results, or raise the first exception."""
    results: list[_Result] = []
    for came in outcomes:
        if isinstance(came, BaseException):
            raise came
        results.append(came)
    return results


async def _pending_ejections(work: HasSeats, seat: Seat | None) -> Sequence[Seat]:
    """Return the ended seats of a seat's meeting whose guest may be inside, if its own may be."""
    if seat is None or not seat.pending_ejection:
        return ()
    return [one for one in await work.seats.of_occurrence(seat.occurrence) if one.pending_ejection]


def _since(admission: Admission, seat: Seat) -> datetime:
    """Return the moment from which a seat's guest had to be out."""
    assert seat.ended_at is not None
    leads = admission.invitation.leads_until(admission.occurrence, admission.graces)
    return min(seat.ended_at, leads)


def _out(ended: _Ended) -> Notice:
    admission = ended.admission
    return Notice(
        idempotency_key=f"out:{ended.seat.id}",
        to=to_meeting(admission.meeting, author=admission.meeting.organiser),
        template="guest.out",
        thread=admission.meeting.thread,
        parameters={
            "name": visitor(admission.visit.name, admission.invitation.id),
            "took": seconds(ended.took),
        },
    )
