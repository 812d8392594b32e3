"""Guests who wait on our page for the host in Visio: the use cases of the admission mode `knock`.

We knock at Visio's waiting room in a guest's name, only while their window is open; Visio's host
sees the name we vouch for, and decides there. An admission gives a seat, as in the mode `livekit`,
but with the identity that we knocked with and a token that Visio makes. That token is good for
hours: it goes to the visit's own browser and is stored nowhere (docs/interop/visio.md).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

import structlog

from bridge.domain.agenda import Due
from bridge.domain.audit import Decider
from bridge.domain.invitation import Standing
from bridge.domain.message import Notice
from bridge.domain.rights import Recorded, facts_of
from bridge.domain.seat import SeatEnd, reason_of
from bridge.errors import MediaUnreachable, TakeoversSpent, VisioError
from bridge.ids import SeatId, VisitId
from bridge.metrics import Metrics
from bridge.ports import Knock, LobbyEntry, MediaRooms, UnitOfWork, WaitingRoom
from bridge.services.auditing import note_ends, note_out, note_refusal
from bridge.services.cards import refresh_card
from bridge.services.seats.decisions import Pass
from bridge.services.seats.grant import Seating
from bridge.services.telling import to_meeting
from bridge.services.timebox import end_seat
from bridge.services.tools import Tools
from bridge.services.visits.snapshot import Admission, admission_held, admission_of, shown

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Knocking:
    """Use cases of guests whom Visio's host admits while they are on our page."""

    tools: Tools
    lobby: WaitingRoom
    url: str
    """The media server's address for browsers."""
    metrics: Metrics | None = None
    media: MediaRooms | None = None
    """The media server's rooms, if we hold a key of it."""

    async def knock(self, admission: Admission) -> Standing:
        """Knock once for a waiting visit, and return its standing now.

        The decision of Visio's host is recorded once, by the first door that receives it. Raises
        VisioError.
        """
        stands = admission.standing(self.tools.now())
        if stands is not Standing.WAITING:
            return stands
        identity = admission.knocks or await self._named(admission.visit.id)
        if identity is None:
            return stands
        answer = await self._ask(admission, identity)
        if answer.entry is LobbyEntry.WAITING:
            return stands
        async with self.tools.works() as work:
            held = await admission_held(work, admission.visit.id, self.tools.policy)
            if held is None or held.knocks != identity:
                return stands
            now = self.tools.now()
            if held.standing(now) is not Standing.WAITING:
                return held.standing(now)  # another door was first, or its time is over
            return await self._decided(work, held, answer.entry, now)

    async def agents(self, admission: Admission) -> int | None:
        """Return the number of Visio's own people in the meeting; `None` without a key."""
        if self.media is None:
            return None
        async with self.tools.works.reading() as work:
            there = await work.presences.get(admission.occurrence.id)
        return 0 if there is None else there.people - there.guests

    async def _named(self, visit: VisitId) -> str | None:
        """Store an identity to knock with before its first use: every door uses the same one."""
        async with self.tools.works() as work:
            held = await admission_held(work, visit, self.tools.policy)
            if held is None or held.standing(self.tools.now()) is not Standing.WAITING:
                return None
            identity = held.knocks
            if identity is None:
                identity = str(uuid4())
                await work.visits.knocks(visit, identity)
        return identity

    async def _decided(
        self, work: UnitOfWork, admission: Admission, entry: LobbyEntry, now: datetime
    ) -> Standing:
        stands = Standing.ADMITTED if entry is LobbyEntry.ACCEPTED else Standing.REFUSED
        visit, identity = admission.visit, admission.knocks
        if entry is LobbyEntry.ACCEPTED and identity is not None:
            # Visio does not say which of its hosts admitted them.
            by = admission.host
            try:
                await Seating(self.tools.policy).give(work, admission, identity, by=by, now=now)
            except TakeoversSpent as spent:
                await work.outbox.post(_spent(admission, spent))
                stands = Standing.REFUSED
        if stands is Standing.REFUSED:
            await work.visits.refuse(visit.id, now)
            await note_refusal(
                work,
                admission.invitation,
                admission.occurrence.id,
                rule="takeovers" if entry is LobbyEntry.ACCEPTED else "answer",
                decided_by=Decider.POLICY if entry is LobbyEntry.ACCEPTED else Decider.HOST,
            )
        await refresh_card(work, admission.occurrence.id)
        log.info("guest.decided", visit=str(visit.id), outcome=stands.value)
        return stands

    async def pass_of(self, visit: VisitId, secret: str) -> Pass | None:
        """Return the pass of the visit's own browser now; `None` for anybody else.

        Visio is asked for a new token each time. If it no longer knows of the admission, the seat
        ends and the guest waits again. Raises VisioError.
        """
        admission = await self._own(visit, secret)
        if admission is None or admission.seat is None:
            return None if admission is None else self._pass(admission)
        given = self._pass(admission)
        if given.standing is not Standing.ADMITTED:
            return given
        seat = admission.seat
        answer = await self._ask(admission, seat.identity)
        if answer.entry is not LobbyEntry.ACCEPTED:
            return await self._lapsed(visit, secret, seat.id)
        # Visio took its time: a link withdrawn meanwhile leads nowhere.
        admission = await self._own(visit, secret)
        if admission is None:
            return None
        same = admission.seat is not None and admission.seat.id == seat.id
        given = self._pass(admission, answer if same else None)
        if given.token is None:
            return given
        return replace(given, recorded=await self._recorded(seat.room))

    async def _recorded(self, room: str) -> Recorded | None:
        """Return the meeting's recordings; without a key only the page learns them, once inside."""
        if self.media is None:
            return None
        try:
            return facts_of(await self.media.metadata(room)).recorded
        except MediaUnreachable as error:
            if self.metrics is not None:
                self.metrics.media_error(error.parameters.get("status"))
            return None

    async def _own(self, visit: VisitId, secret: str) -> Admission | None:
        async with self.tools.works.reading() as work:
            admission = await admission_of(work, visit, self.tools.policy)
        return admission if admission is not None and admission.belongs_to(secret) else None

    def _pass(self, admission: Admission, answer: Knock | None = None) -> Pass:
        standing = admission.standing(self.tools.now())
        given = answer if standing is Standing.ADMITTED else None
        return Pass(
            standing=standing,
            url=self.url if given is None else given.url,
            name=shown(admission),
            closes=admission.window.closes,
            token=None if given is None else given.token,
        )

    async def _lapsed(self, visit: VisitId, secret: str, seat: SeatId) -> Pass | None:
        """End a seat that Visio no longer knows, and eject a guest who may still be there."""
        async with self.tools.works() as work:
            admission = await admission_held(work, visit, self.tools.policy)
            held = None if admission is None else admission.seat
            if admission is not None and held is not None and held.id == seat and held.held:
                now = self.tools.now()
                await end_seat(work, held, SeatEnd.LAPSED, now)
                await refresh_card(work, admission.occurrence.id)
        admission = await self._own(visit, secret)
        return None if admission is None else self._pass(admission)

    async def _ask(self, admission: Admission, identity: str) -> Knock:
        """Knock; count failures. Raises VisioError."""
        room = admission.occurrence.room_in(admission.meeting)
        assert room is not None
        try:
            return await self.lobby.knock(room.id, identity, shown(admission))
        except VisioError as error:
            if self.metrics is not None:
                self.metrics.visio_error(error.code)
            raise

    async def lapse(self, due: Due) -> datetime | None:
        """Agenda handler without a key of the media server: end a seat, eject nobody.

        The guest's page learns of it and leaves; a guest who stays all the same must be removed by
        the host.
        """
        async with self.tools.works.reading() as work:
            found = await work.seats.peek(SeatId(UUID(due.key)))
        if found is None:
            return None
        async with self.tools.works() as work:
            admission = await admission_held(work, found.visit, self.tools.policy)
            seat = await work.seats.get(found.id)
            if seat is None or admission is None:
                return None
            now = self.tools.now()
            stands = admission.link(now)
            if seat.held and stands is Standing.OPEN:
                return admission.window.closes
            if seat.held:
                seat = seat.ended(now, reason_of(stands))
                await work.seats.save(seat)
                await note_ends(work, (seat,))
                await refresh_card(work, seat.occurrence)
            if await work.seats.out(seat.id, now):  # we can do nothing more
                await note_out(work, seat, None)
        return None


def _spent(admission: Admission, spent: TakeoversSpent) -> Notice:
    """Tell the salon why a guest whom the host admitted is not let in."""
    return Notice(
        idempotency_key=f"spent:{admission.visit.id}",
        to=to_meeting(admission.meeting),
        template=f"error.{spent.code}",
        thread=admission.meeting.thread,
        mentions=(admission.host,),
        parameters={"name": admission.visit.name, "limit": spent.limit, "guest": spent.guest},
    )
