"""Who gets in from the salon, and who must be out: the use cases of the way `livekit`.

Who was sent out keeps a token that the media server renewed, and may come back with it. So a seat
ends in the database first, and whoever held it is put out again for as long as that token may
last (docs/interop/livekit.md).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from pydantic import SecretStr

from bridge.clock import Clock
from bridge.domain.agenda import Due, Kind
from bridge.domain.invitation import Standing, Visit
from bridge.domain.message import Fact, Message, person, seconds
from bridge.domain.policy import Policy
from bridge.domain.rights import Recorded, RoomFacts, Source, facts_of, ordered
from bridge.domain.seat import (
    IDENTITY,
    ONE_OF_OURS,
    Seat,
    SeatEnd,
    bearer,
    perhaps,
    reason_of,
)
from bridge.errors import GuestAmbiguous, GuestUnknown, MediaUnreachable
from bridge.ids import OccurrenceId, SeatId, UserId, VisitId, uuid7
from bridge.metrics import Metrics
from bridge.ports import MediaRooms, Participant, Passes, SeatPass, Work, Works
from bridge.services.admissions import Admission, admission_of, admissions_of
from bridge.services.cards import refresh_card

log = structlog.get_logger()

NAMED = "{name} (externe – {organisation})"
UNKNOWN = "{name} (externe)"
"""How everybody in the meeting reads a guest's name: in French, whoever reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What a visit's own browser needs to take part."""

    standing: Standing
    url: str
    """Where the media server is, for browsers."""
    name: str = field(repr=False)
    closes: datetime
    token: SecretStr | None = None
    """Only while it is admitted."""
    recorded: Recorded | None = None
    """What is made of the meeting at this moment: who enters is told before."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a visitor about whom somebody answered."""

    name: str
    standing: Standing
    first: bool
    """This answer counted; an earlier one, or time, had not decided already."""


@dataclass(frozen=True, slots=True)
class Seats:
    """Use cases on seats. What takes a `Work` holds with the command's other effects."""

    works: Works
    clock: Clock
    policy: Policy
    media: MediaRooms
    passes: Passes
    url: str
    metrics: Metrics | None = None

    # --- at the door ----------------------------------------------------------------------------

    async def pass_of(self, visit: VisitId, secret: str) -> Pass | None:
        """Return what the visit's own browser may use now; `None` for anybody else.

        The same seat may ask again as often as it reloads its page: its identity stays.
        """
        async with self.works.reading() as work:
            admission = await admission_of(work, visit, self.policy)
        if admission is None or not admission.belongs_to(secret):
            return None
        now = self.clock.now()
        given = Pass(
            standing=admission.standing(now),
            url=self.url,
            name=shown(admission),
            closes=admission.window.closes,
        )
        if given.standing is not Standing.ADMITTED or admission.seat is None:
            return given
        facts = await self._facts(admission.seat.room)
        token = self._token(admission, admission.seat, now, sources=facts.sources)
        return replace(given, token=token, recorded=facts.recorded)

    async def _facts(self, room: str) -> RoomFacts:
        """Return what is known of a room; a media server that does not tell keeps nobody out."""
        try:
            with self._counted():
                return facts_of(await self.media.metadata(room))
        except MediaUnreachable:
            return RoomFacts()

    def _token(
        self, admission: Admission, seat: Seat, now: datetime, *, sources: frozenset[Source]
    ) -> SecretStr:
        invitation = admission.invitation
        asked = SeatPass(
            room=seat.room,
            identity=seat.identity,
            name=shown(admission),
            organisation=invitation.organisation,
            assurance=invitation.assurance.value,
            until=admission.window.closes,
            sources=ordered(self.policy.sources & sources),
        )
        return self.passes.issue(asked, now)

    # --- from the salon -------------------------------------------------------------------------

    async def waiting(self, work: Work, *occurrences: OccurrenceId) -> Sequence[Visit]:
        """Return who waits for an answer, of each occurrence the longest first."""
        now = self.clock.now()
        asking = [visit for one in occurrences for visit in await work.visits.asking(one)]
        found = [await admission_of(work, visit.id, self.policy) for visit in asking]
        stands = {one.visit.id: one.standing(now) for one in found if one is not None}
        return [visit for visit in asking if stands.get(visit.id) is Standing.WAITING]

    async def removed(self, work: Work, *occurrences: OccurrenceId) -> Sequence[Visit]:
        """Return whom the host sent out, and nobody has let back in."""
        now = self.clock.now()
        known = [await admissions_of(work, one, self.policy) for one in occurrences]
        visits = [one for each in known for one in each]
        return [one.visit for one in visits if one.standing(now) is Standing.REMOVED]

    async def find(
        self, work: Work, occurrences: Sequence[OccurrenceId], words: str, *, back: bool = False
    ) -> Visit:
        """Return who waits under a name or a part of it; without words the only one.

        To let somebody come `back`, also whom the host sent out, if nobody waits under that name.
        Raises GuestUnknown, GuestAmbiguous.
        """
        found = _named(await self.waiting(work, *occurrences), words)
        if back and not found:
            found = _named(await self.removed(work, *occurrences), words)
        if not found:
            raise GuestUnknown(words=words)
        if len(found) > 1:
            raise GuestAmbiguous(words=words, names=", ".join(one.name for one in found[:5]))
        return found[0]

    async def decide(self, work: Work, visit: VisitId, *, admit: bool, by: UserId) -> Decided:
        """Let somebody in or turn them away; the first answer counts, and the salon reads it.

        Whom the host sent out may be let back in.
        """
        admission = await admission_of(work, visit, self.policy)
        assert admission is not None
        now = self.clock.now()
        stands = admission.standing(now)
        if stands is not Standing.WAITING and not (admit and stands is Standing.REMOVED):
            return Decided(admission.visit.name, stands, first=False)
        if admit:
            await give_seat(work, admission, f"{IDENTITY}{uuid4()}", by=by, now=now)
        else:
            await work.visits.refuse(visit, now)
        await work.agenda.drop(Kind.ASKED, [str(visit)])
        stands = Standing.ADMITTED if admit else Standing.REFUSED
        await work.outbox.post(_outcome(admission, stands, by))
        await refresh_card(work, admission.occurrence.id)
        log.info("guest.decided", visit=str(visit), outcome=stands.value)
        return Decided(admission.visit.name, stands, first=True)

    # --- at the end -----------------------------------------------------------------------------

    async def eject(self, due: Due) -> datetime | None:
        """Agenda handler: end a seat whose time is over, and put its bearer out.

        Raises MediaUnreachable; the seat has ended all the same, and the agenda tries again.
        """
        seat = SeatId(UUID(due.key))
        async with self.works() as work:
            held = await work.seats.get(seat)
            admission = None if held is None else await admission_of(work, held.visit, self.policy)
            if held is None or admission is None:
                return None
            now = self.clock.now()
            stands = admission.link(now)
            if held.held and stands is Standing.OPEN:
                return admission.window.closes
            held = held.ended(now, reason_of(stands))
            await work.seats.save(held)
            await refresh_card(work, held.occurrence)
        began = self.clock.now()
        with self._counted():
            await self._put_out(held.room, held.identity)
        now = self.clock.now()
        ms = round((now - began).total_seconds() * 1000)
        log.info("guest.out", seat=due.key, why=held.why, ms=ms)
        await self._tell(admission, held, now - due.at)
        return None

    async def _tell(self, admission: Admission, seat: Seat, took: timedelta) -> None:
        """Tell who withdrew a link how long it took from then on, and count it."""
        if seat.why is SeatEnd.REVOKED:
            async with self.works() as work:
                await work.outbox.post(_out(admission, seat, took))
        if self.metrics is not None:
            self.metrics.ejected(str(seat.why), took.total_seconds())

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count what the media server does not do."""
        try:
            yield
        except MediaUnreachable as error:
            if self.metrics is not None:
                self.metrics.media_error(error.facts.get("status"))
            raise

    async def sweep(
        self, now: datetime, *, also: Collection[str] = (), only: Collection[str] | None = None
    ) -> Mapping[str, Sequence[Participant]]:
        """Put out, each second, whoever is in a room without a seat: the net under `eject`.

        Looks into the rooms that have or had guests, and `also` into others; where `only` some are
        asked for, into no more than those. Returns who may be in each of them.
        """
        async with self.works.reading() as work:
            seats = await work.seats.watched(now)
        watched = {one.room for one in seats if one.watched(now, gated=self.policy.gated)}
        rooms = watched.union(also)
        if only is not None:
            rooms.intersection_update(only)
        if not rooms:
            return {}
        known = frozenset(one.identity for one in seats if one.knocked)
        found: dict[str, Sequence[Participant]] = dict.fromkeys(rooms, ())
        with self._counted():
            for room in await self.media.open_rooms(sorted(rooms)):
                found[room] = await self._swept(room, known)
        return found

    async def _swept(self, room: str, known: Collection[str]) -> Sequence[Participant]:
        """Sweep one room; `known` are guests who may look like anybody of Visio's."""
        there = await self.media.participants(room)
        present = [one.identity for one in there]
        seats = await self._seats_of(present, known)
        stray = [one for one, seat in zip(present, seats, strict=True) if not _may_stay(one, seat)]
        for identity, seat in zip(present, seats, strict=True):
            if identity not in stray:
                continue
            log.warning("guest.returned", room=room)
            if self.metrics is not None:
                self.metrics.returned.inc()
            await self._out(room, identity)
            await self._seen(seat)
        if stray and len(stray) == len(present):
            # Their token made the room anew: nobody who may be here is.
            await self.media.close(room)
        return [one for one in there if one.identity not in stray]

    async def _seats_of(self, present: Sequence[str], known: Collection[str]) -> list[Seat | None]:
        """Return whose seats these are, read after they were seen: one may be a second old."""
        whose = [bearer(one) or perhaps(one) or "" for one in present]
        async with self.works.reading() as work:
            return [
                await work.seats.by_identity(one)
                if one in known or ONE_OF_OURS.fullmatch(one)
                else None
                for one in whose
            ]

    async def _seen(self, seat: Seat | None) -> None:
        if seat is None or seat.held:
            return
        async with self.works() as work:
            await work.seats.save(seat.seen(self.clock.now()))

    async def _put_out(self, room: str, identity: str) -> None:
        """Put out one bearer: also what they joined as besides (`id#…`)."""
        await self._out(room, identity)
        for one in await self.media.participants(room):
            if one.identity.partition("#")[0] == identity:
                await self._out(room, one.identity)

    async def _out(self, room: str, identity: str) -> None:
        if await self.media.silence(room, identity):
            await self.media.remove(room, identity)


def _named(people: Sequence[Visit], words: str) -> Sequence[Visit]:
    """Return those of that name, else those of whose name the words are a part."""
    wanted = words.casefold().strip()
    exact = [one for one in people if one.name.casefold() == wanted]
    return exact or [one for one in people if wanted in one.name.casefold()]


async def give_seat(
    work: Work, admission: Admission, identity: str, *, by: UserId, now: datetime
) -> None:
    """Give a seat; another device with the same link loses the one it had."""
    room = admission.meeting.room
    assert room is not None
    for other in await work.seats.held(admission.occurrence.id):
        if other.invitation == admission.invitation.id:
            await work.seats.save(other.ended(now, SeatEnd.REPLACED))
            await work.agenda.plan([Due(Kind.EJECT, str(other.id), now)])
    seat = Seat(
        id=SeatId(uuid7(now)),
        visit=admission.visit.id,
        invitation=admission.invitation.id,
        occurrence=admission.occurrence.id,
        room=str(room.id),
        identity=identity,
        admitted_at=now,
        admitted_by=by,
    )
    await work.seats.add(seat)
    await work.agenda.plan([Due(Kind.EJECT, str(seat.id), admission.window.closes)])


def _may_stay(identity: str, seat: Seat | None) -> bool:
    """Tell whether somebody has a seat; only guests need one, and nobody has two places."""
    if seat is None:
        return bearer(identity) is None
    return seat.held and seat.identity == identity


def shown(admission: Admission) -> str:
    """Return a guest's name as everybody in the meeting reads it; the suffix is ours to add."""
    form = NAMED if admission.invitation.organisation else UNKNOWN
    return form.format(name=admission.visit.name, organisation=admission.invitation.organisation)


def _out(admission: Admission, seat: Seat, took: timedelta) -> Message:
    return Message(
        dedupe=f"out:{seat.id}",
        template="guest.out",
        salon=admission.meeting.salon,
        thread=admission.meeting.thread,
        facts={"name": admission.visit.name, "took": seconds(took)},
    )


def _outcome(admission: Admission, stands: Standing, by: UserId) -> Message:
    facts: dict[str, Fact] = {
        "name": admission.visit.name,
        "outcome": stands.value,
        "by": person(by),
    }
    return Message(
        dedupe=f"decided:{admission.visit.id}:{admission.visit.asked_at}",
        template="guest.waits.outcome",
        salon=admission.meeting.salon,
        facts=facts,
        about_visit=admission.visit.id,
        collapse=f"visit:{admission.visit.id}",
    )
