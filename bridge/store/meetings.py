"""Meetings and their occurrences."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, exists, or_, select, tuple_, update

from bridge.domain.answer import Answer
from bridge.domain.colleague import Colleague
from bridge.domain.meeting import (
    Meeting,
    MeetingState,
    Occurrence,
    OccurrenceState,
    Phone,
    VisioRoom,
)
from bridge.ids import EventId, MeetingId, OccurrenceId, SalonId, UserId
from bridge.ports.meetings import CardPlace
from bridge.store.expected import ExpectedRows
from bridge.store.own_rooms import handover_of, handover_values, own_room_of, own_room_values
from bridge.store.statements import AnyRow, Query, chosen, insert, query
from bridge.store.tables import (
    answers,
    calendar_accounts,
    calendar_objects,
    hosts,
    meetings,
    occurrences,
)
from bridge.store.touching import first_touch, touch_all
from bridge.store.tx import Begin, Tx, fields
from bridge.store.types import Moment, Wall
from bridge.store.vault import Vault

_Both: TypeAlias = tuple[Meeting, Occurrence]

_ADD = insert(meetings, unless="source")
_ADD_OCCURRENCE = insert(occurrences)
_GET = query(select(meetings).where(meetings.c.id == bindparam("id")))
_IN_ROOM = (
    select(meetings.c.id)
    .where(meetings.c.room_slug == bindparam("slug"))
    .order_by(meetings.c.created_at.desc())
    .limit(1)
)
_OCCURRENCE = query(select(occurrences).where(occurrences.c.id == bindparam("id")))
_OCCURRENCES_OF = query(
    select(occurrences)
    .where(occurrences.c.meeting == bindparam("meeting"))
    .order_by(occurrences.c.starts_at, occurrences.c.id)
)
_shared = or_(
    exists().where(calendar_objects.c.meeting == meetings.c.id),
    exists().where(calendar_accounts.c.owner == meetings.c.organiser),
    exists()
    .where(answers.c.occurrence == occurrences.c.id)
    .where(answers.c.who == calendar_accounts.c.owner),
)
"""Whether a calendar has a copy of a meeting, or is to have one."""
_place = (
    select(
        meetings.c.id,
        meetings.c.salon,
        meetings.c.organiser,
        meetings.c.account,
        _shared.label("shared"),
    )
    .join(occurrences, occurrences.c.meeting == meetings.c.id)
    .where(occurrences.c.id == bindparam("id"), meetings.c.state == MeetingState.READY)
)
_PLACE_OF = Query(_place, _place)
_BOTH = select(
    *(column.label(f"m_{column.name}") for column in meetings.c),
    *(column.label(f"o_{column.name}") for column in occurrences.c),
).join_from(meetings, occurrences, occurrences.c.meeting == meetings.c.id)
_BY_ID = query(_BOTH.where(occurrences.c.id == bindparam("id")))
_several = _BOTH.where(occurrences.c.id.in_(bindparam("ids", expanding=True)))
_SEVERAL = Query(_several, _several)
_BY_CARD = query(_BOTH.where(occurrences.c.card == bindparam("event")))
_BY_SOURCE = query(
    _BOTH.where(meetings.c.source == bindparam("event"))
    .order_by(occurrences.c.over_at.is_not(None), occurrences.c.starts_at, occurrences.c.id)
    .limit(1)
)
"""Of several dates the next one."""
_PLANNED = _BOTH.where(occurrences.c.state == OccurrenceState.PLANNED).where(
    occurrences.c.ends_at > bindparam("ending_after")
)
_TO_COME = _PLANNED.where(occurrences.c.over_at.is_(None)).order_by(
    occurrences.c.starts_at, occurrences.c.id
)
_of_salon = _TO_COME.where(occurrences.c.salon == bindparam("salon"))
_of_organiser = _TO_COME.where(occurrences.c.organiser == bindparam("organiser"))
_OF_SALON = query(_of_salon)
_FIRST_OF_SALON = query(_of_salon.limit(bindparam("most", type_=Integer)))
_FIRST_OF_ORGANISER = query(_of_organiser.limit(bindparam("most", type_=Integer)))
_answered_by = (
    _TO_COME.join(answers, answers.c.occurrence == occurrences.c.id)
    .where(answers.c.who == bindparam("who"))
    .where(answers.c.answer.in_([Answer.YES, Answer.MAYBE]))
    .limit(bindparam("most", type_=Integer))
)
_ANSWERED_BY = Query(_answered_by, _answered_by)
_OF_THREAD = query(_TO_COME.where(meetings.c.thread == bindparam("thread")))
_LATELY_IN = query(
    _TO_COME.where(meetings.c.salon == bindparam("salon")).where(
        meetings.c.created_at > bindparam("asked_after")
    )
)
_unmade = (
    _PLANNED.where(meetings.c.room_id.is_(None))
    .where(meetings.c.state.in_([MeetingState.REFUSED, MeetingState.UNCONFIRMED]))
    .order_by(occurrences.c.starts_at.desc(), occurrences.c.id.desc())
    .limit(1)
)
_UNMADE_IN = query(_unmade.where(meetings.c.salon == bindparam("salon")))
_UNMADE_BY = query(_unmade.where(meetings.c.organiser == bindparam("organiser")))
_asked_by = (
    select(meetings.c.created_at)
    .where(meetings.c.organiser == bindparam("organiser"))
    .where(meetings.c.created_at > bindparam("since"))
    .order_by(meetings.c.created_at)
)
_ASKED_BY = Query(_asked_by, _asked_by)
_asked_in = (
    select(meetings.c.created_at)
    .where(meetings.c.salon == bindparam("salon"), meetings.c.created_at > bindparam("since"))
    .order_by(meetings.c.created_at)
)
_ASKED_IN = Query(_asked_in, _asked_in)
_SAVE = update(meetings).where(meetings.c.id == bindparam("saved"))
_FOLLOW = update(occurrences).where(occurrences.c.meeting == bindparam("of"))
_KEEP = update(occurrences).where(occurrences.c.id == bindparam("saved"))
_SAVE_OCCURRENCE = update(occurrences).where(occurrences.c.id == bindparam("saved"))
_TOUCHED = query(
    select(occurrences.c.id, occurrences.c.touched).where(
        occurrences.c.touched >= bindparam("since")
    )
)
_MOVED_SALON = [
    update(table).where(table.c.salon == bindparam("old"))
    for table in (meetings, occurrences, hosts)  # in the order in which rows are locked
]
_some_over = (
    select(occurrences.c.id)
    .where(occurrences.c.over_at.is_(None), occurrences.c.ends_at < bindparam("before"))
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_NOTE_OVER = (
    update(occurrences).where(occurrences.c.id.in_(chosen(_some_over))).returning(occurrences.c.id)
)
_some_not_over = (
    select(occurrences.c.id)
    .where(occurrences.c.over_at.is_not(None))
    .where(occurrences.c.state == OccurrenceState.PLANNED)
    .where(occurrences.c.ends_at.between(bindparam("before"), bindparam("soon")))
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_NOTE_NOT_OVER = (
    update(occurrences)
    .where(occurrences.c.id.in_(chosen(_some_not_over)))
    .returning(occurrences.c.id)
)
_OF_SERIES = query(
    select(occurrences)
    .where(occurrences.c.meeting == bindparam("meeting"))
    .where(occurrences.c.original >= bindparam("since", type_=Wall))
    .order_by(occurrences.c.original, occurrences.c.id)
)
_places = (
    select(occurrences.c.original)
    .where(occurrences.c.meeting == bindparam("meeting"))
    .where(occurrences.c.original >= bindparam("since", type_=Wall))
)
_PLACES = Query(_places, _places)
_planned_of = (
    select(occurrences)
    .where(occurrences.c.meeting == bindparam("meeting"))
    .where(occurrences.c.state == OccurrenceState.PLANNED)
    .where(occurrences.c.ends_at > bindparam("ending_after", type_=Moment))
    .order_by(occurrences.c.starts_at, occurrences.c.id)
)
_PLANNED_OF = Query(_planned_of, _planned_of)
_PLANNED_HELD = query(_planned_of)
_to_come = (
    select(occurrences)
    .where(occurrences.c.over_at.is_(None), occurrences.c.state == OccurrenceState.PLANNED)
    .where(
        tuple_(occurrences.c.starts_at, occurrences.c.id)
        > tuple_(bindparam("since", type_=Moment), bindparam("after", type_=Uuid()))
    )
    .order_by(occurrences.c.starts_at, occurrences.c.id)
    .limit(bindparam("most", type_=Integer))
)
_FROM = Query(_to_come, _to_come)
_NONE = UUID(int=0)
"""Before any id."""
_AT_ONCE = 100
"""Occurrences that one statement notes as over: a thousand would hold up the loop."""
_SOON = timedelta(days=7)
"""How far ahead occurrences are looked at that were noted as over by a wrong clock."""


@dataclass(frozen=True, slots=True)
class MeetingRows:
    """Implements `bridge.ports.MeetingRepository`."""

    tx: Tx

    async def add(self, meeting: Meeting, *occurrences: Occurrence) -> bool:
        """Insert both, unless their cause has a meeting already; tell whether inserted."""
        kept = await self.tx.run(_ADD, _meeting_values(meeting, self.tx.vault))
        if kept:
            await self.add_occurrences(meeting, *occurrences)
        return bool(kept)

    async def add_occurrences(self, meeting: Meeting, *occurrences: Occurrence) -> None:
        """Insert more occurrences of a meeting, which follow it wherever it goes."""
        whose = {"salon": meeting.salon, "organiser": meeting.organiser}
        values = [{**self._occurrence_values(one), **whose} for one in occurrences]
        if values:
            await self.tx.run(_ADD_OCCURRENCE, values)

    async def of_series(self, meeting: MeetingId, *, since: datetime) -> Sequence[Occurrence]:
        """Return a series' occurrences whose original start is from then on, by that start."""
        rows = await self.tx.all(_OF_SERIES, meeting=meeting, since=since)
        return [_occurrence(row, self.tx.vault) for row in rows]

    async def places(self, meeting: MeetingId, *, since: datetime) -> frozenset[datetime]:
        """Return the original starts of a series' occurrences from then on, without locking."""
        rows = await self.tx.all(_PLACES, meeting=meeting, since=since)
        return frozenset(row.original for row in rows)

    async def in_room(self, slug: str) -> MeetingId | None:
        """Return the meeting that takes place in the Visio room of this name, without locking."""
        found: MeetingId | None = await self.tx.scalar(_IN_ROOM, slug=slug)
        return found

    async def planned_of(
        self, meeting: MeetingId, *, ending_after: datetime, held: bool = False
    ) -> Sequence[Occurrence]:
        """Return a meeting's planned occurrences that end after a moment, locked if `held`."""
        wanted = _PLANNED_HELD if held else _PLANNED_OF
        rows = await self.tx.all(wanted, meeting=meeting, ending_after=ending_after)
        return [_occurrence(row, self.tx.vault) for row in rows]

    async def to_come(
        self, *, since: datetime, after: OccurrenceId | None = None, most: int
    ) -> Sequence[Occurrence]:
        """Return planned occurrences that start from a moment on, by start, without locking.

        Of those at that very moment only the ones behind `after`, in the order of their ids.
        """
        rows = await self.tx.all(_FROM, since=since, after=after or _NONE, most=most)
        return [_occurrence(row, self.tx.vault) for row in rows]

    async def get(self, meeting: MeetingId) -> Meeting | None:
        """Return a meeting."""
        row = await self.tx.one(_GET, id=meeting)
        return None if row is None else _meeting(row, self.tx.vault)

    async def occurrence(self, occurrence: OccurrenceId) -> Occurrence | None:
        """Return an occurrence."""
        row = await self.tx.one(_OCCURRENCE, id=occurrence)
        return None if row is None else _occurrence(row, self.tx.vault)

    async def both(self, occurrence: OccurrenceId) -> tuple[Meeting, Occurrence] | None:
        """Return an occurrence with its meeting."""
        row = await self.tx.one(_BY_ID, id=occurrence)
        return None if row is None else self._both(row)

    async def several(self, occurrences: Collection[OccurrenceId]) -> Mapping[OccurrenceId, _Both]:
        """Return occurrences with their meetings, without locking them."""
        rows = await self.tx.all(_SEVERAL, ids=sorted(occurrences))
        return {row.o_id: self._both(row) for row in rows}

    async def occurrences_of(self, meeting: MeetingId) -> Sequence[Occurrence]:
        """Return the occurrences of a meeting, by start."""
        rows = await self.tx.all(_OCCURRENCES_OF, meeting=meeting)
        return [_occurrence(row, self.tx.vault) for row in rows]

    async def place_of(self, occurrence: OccurrenceId) -> CardPlace | None:
        """Return where an occurrence has its card, once its room exists, without locking."""
        row = await self.tx.one(_PLACE_OF, id=occurrence)
        if row is None:
            return None
        return CardPlace(row.id, row.salon, row.organiser, row.account, shared=bool(row.shared))

    async def by_card(self, event: EventId) -> tuple[Meeting, Occurrence] | None:
        """Return the meeting whose card or source command is this event."""
        found = await self.tx.all(_BY_CARD, event=event)
        found = found or await self.tx.all(_BY_SOURCE, event=event)
        return self._both(found[0]) if found else None

    async def of_salon(
        self, salon: SalonId, *, ending_after: datetime, most: int | None = None
    ) -> Sequence[_Both]:
        """Return the salon's planned occurrences that end after that moment, by start."""
        values = {"salon": salon, "ending_after": ending_after}
        if most is None:
            return await self._pairs(_OF_SALON, **values)
        return await self._pairs(_FIRST_OF_SALON, **values, most=most)

    async def of_organiser(
        self, organiser: UserId, *, ending_after: datetime, most: int
    ) -> Sequence[_Both]:
        """Return an organiser's planned occurrences that end after that moment, by start."""
        values = {"organiser": organiser, "ending_after": ending_after}
        return await self._pairs(_FIRST_OF_ORGANISER, **values, most=most)

    async def answered_by(
        self, user: UserId, *, ending_after: datetime, most: int
    ) -> Sequence[_Both]:
        """Return those to which an agent comes or may come, by start, without locking."""
        values = {"who": user, "ending_after": ending_after}
        return await self._pairs(_ANSWERED_BY, **values, most=most)

    async def of_thread(self, thread: EventId, *, ending_after: datetime) -> Sequence[_Both]:
        """Return the planned occurrences that were asked for in a thread, by start."""
        return await self._pairs(_OF_THREAD, thread=thread, ending_after=ending_after)

    async def lately_in(
        self, salon: SalonId, *, asked_after: datetime, ending_after: datetime
    ) -> Sequence[_Both]:
        """Return the salon's planned occurrences that were asked for after a moment, by start."""
        values = {"salon": salon, "asked_after": asked_after, "ending_after": ending_after}
        return await self._pairs(_LATELY_IN, **values)

    async def unmade_in(self, salon: SalonId, *, ending_after: datetime) -> _Both | None:
        """Return the salon's last occurrence for which Visio made no room, and may be asked."""
        found = await self._pairs(_UNMADE_IN, salon=salon, ending_after=ending_after)
        return found[0] if found else None

    async def unmade_by(self, organiser: UserId, *, ending_after: datetime) -> _Both | None:
        """Return the organiser's last occurrence for which Visio made no room, and may be asked."""
        found = await self._pairs(_UNMADE_BY, organiser=organiser, ending_after=ending_after)
        return found[0] if found else None

    async def asked_by(self, organiser: UserId, since: datetime) -> Sequence[datetime]:
        """Return when an agent asked for meetings, in order."""
        rows = await self.tx.all(_ASKED_BY, organiser=organiser, since=since)
        return [row.created_at for row in rows]

    async def asked_in(self, salon: SalonId, since: datetime) -> Sequence[datetime]:
        """Return when meetings were asked for in a salon, in order."""
        rows = await self.tx.all(_ASKED_IN, salon=salon, since=since)
        return [row.created_at for row in rows]

    async def save(self, meeting: Meeting) -> None:
        """Replace a meeting's row."""
        values = _meeting_values(meeting, self.tx.vault)
        await self.tx.run(_SAVE, {"saved": meeting.id, **values})
        await touch_all(self.tx, meeting.id)

    async def hand_over(self, meeting: Meeting, keeping: Collection[Occurrence]) -> None:
        """Replace a meeting's row, of another organiser now; some dates keep the room of before."""
        if keeping:
            values = [{"saved": one.id, **own_room_values(one, self.tx.vault)} for one in keeping]
            await self.tx.run(_KEEP, values)
        await self.tx.run(_FOLLOW, {"of": meeting.id, "organiser": meeting.organiser})
        await self.save(meeting)

    async def save_occurrence(self, occurrence: Occurrence) -> None:
        """Replace an occurrence's row."""
        values = self._occurrence_values(occurrence)
        await self.tx.run(_SAVE_OCCURRENCE, {"saved": occurrence.id, **values})
        first_touch(self.tx, occurrence.id)  # written with the rest of its row

    async def touched(self, *, within: timedelta) -> Mapping[OccurrenceId, datetime]:
        """Return the occurrences whose guests' pages changed within so long, and when they did."""
        rows = await self.tx.all(_TOUCHED, since=self.tx.clock.now() - within)
        return {row.id: row.touched for row in rows}

    async def moved_salon(self, old: SalonId, new: SalonId) -> None:
        """Follow a salon's upgrade: move its meetings to the new one."""
        for moved in _MOVED_SALON:
            await self.tx.run(moved, {"old": old, "salon": new})

    async def note_over(self, *, ended_before: datetime) -> bool:
        """Note occurrences that ended before a moment as over, and those that did not as not over.

        Some of them; `True`: there may be more.
        """
        now = self.tx.clock.now()
        values = {"before": ended_before, "most": _AT_ONCE}
        over = await self.tx.changing(_NOTE_OVER, {**values, "over_at": now})
        values |= {"soon": ended_before + _SOON, "over_at": None}
        wrong = await self.tx.changing(_NOTE_NOT_OVER, values)
        return _AT_ONCE in (len(over), len(wrong))

    def _occurrence_values(self, occurrence: Occurrence) -> dict[str, Any]:
        now, planned = self.tx.clock.now(), occurrence.state is OccurrenceState.PLANNED
        return {
            "id": occurrence.id,
            "meeting": occurrence.meeting,
            "title": occurrence.title,
            "starts_at": occurrence.start,
            "ends_at": occurrence.end,
            "zone": occurrence.zone,
            "state": occurrence.state,
            "card": occurrence.card,
            "sequence": occurrence.sequence,
            "planned_end": occurrence.planned_end,
            "touched": now,
            "colleagues": _sealed(occurrence, self.tx.vault),
            "over_at": None if planned else now,
            "wall_start": occurrence.wall_start,
            "original": occurrence.original,
            "apart": occurrence.apart,
            **own_room_values(occurrence, self.tx.vault),
        }

    async def _pairs(self, wanted: Query, **values: object) -> list[_Both]:
        return [self._both(row) for row in await self.tx.all(wanted, **values)]

    def _both(self, row: AnyRow) -> tuple[Meeting, Occurrence]:
        vault = self.tx.vault
        return _meeting(row, vault, "m_"), _occurrence(row, vault, "o_")


def _colleagues_place(occurrence: OccurrenceId) -> str:
    return f"occurrences.colleagues:{occurrence}"


def _sealed(occurrence: Occurrence, vault: Vault) -> bytes | None:
    told = [[one.user, one.name, one.email] for one in occurrence.colleagues]
    return vault.seal_json(told, _colleagues_place(occurrence.id)) if told else None


def _colleagues(sealed: bytes | None, occurrence: OccurrenceId, vault: Vault) -> Any:
    if sealed is None:
        return ()
    opened = vault.open_json(sealed, _colleagues_place(occurrence))
    assert isinstance(opened, list)
    return tuple(Colleague(*one) for one in opened)


def _phone_place(meeting: MeetingId) -> str:
    return f"meetings.phone:{meeting}"


def _topics_place(meeting: MeetingId) -> str:
    return f"meetings.topics:{meeting}"


def _topics(sealed: bytes | None, meeting: MeetingId, vault: Vault) -> str:
    return "" if sealed is None else str(vault.open_json(sealed, _topics_place(meeting)))


def _meeting_values(meeting: Meeting, vault: Vault) -> dict[str, Any]:
    room = meeting.room
    phone = None if room is None else room.phone
    return {
        "id": meeting.id,
        "salon": meeting.salon,
        "account": meeting.account,
        "organiser": meeting.organiser,
        "title": meeting.title,
        "source": meeting.source,
        "level": meeting.level,
        "state": meeting.state,
        "state_changes": meeting.state_changes,
        "unanswered": meeting.unanswered,
        "created_at": meeting.created_at,
        "thread": meeting.thread,
        "room_id": None if room is None else room.id,
        "room_slug": None if room is None else room.slug,
        "room_url": None if room is None else room.url,
        "room_level": None if room is None else room.level,
        "phone": None
        if phone is None
        else vault.seal_json([phone.number, phone.pin], _phone_place(meeting.id)),
        "topics": vault.seal_json(meeting.topics, _topics_place(meeting.id))
        if meeting.topics
        else None,
        "missing": meeting.missing,
        **handover_values(meeting.handover),
    }


def _meeting(row: AnyRow, vault: Vault, prefix: str = "") -> Meeting:
    of = fields(row)
    return Meeting(
        id=of[f"{prefix}id"],
        salon=of[f"{prefix}salon"],
        account=of[f"{prefix}account"],
        organiser=of[f"{prefix}organiser"],
        title=of[f"{prefix}title"],
        source=of[f"{prefix}source"],
        level=of[f"{prefix}level"],
        state=of[f"{prefix}state"],
        state_changes=of[f"{prefix}state_changes"],
        unanswered=of[f"{prefix}unanswered"],
        created_at=of[f"{prefix}created_at"],
        thread=of[f"{prefix}thread"],
        topics=_topics(of[f"{prefix}topics"], of[f"{prefix}id"], vault),
        room=_room(row, vault, prefix),
        missing=of[f"{prefix}missing"],
        handover=handover_of(of, prefix),
    )


def _room(row: AnyRow, vault: Vault, prefix: str) -> VisioRoom | None:
    of = fields(row)
    if of[f"{prefix}room_id"] is None:
        return None
    phone: Phone | None = None
    if of[f"{prefix}phone"] is not None:
        opened = vault.open_json(of[f"{prefix}phone"], _phone_place(of[f"{prefix}id"]))
        assert isinstance(opened, list)
        phone = Phone(*opened)
    return VisioRoom(
        id=of[f"{prefix}room_id"],
        slug=of[f"{prefix}room_slug"],
        url=of[f"{prefix}room_url"],
        level=of[f"{prefix}room_level"],
        phone=phone,
    )


def _occurrence(row: AnyRow, vault: Vault, prefix: str = "") -> Occurrence:
    of = fields(row)
    return Occurrence(
        id=of[f"{prefix}id"],
        meeting=of[f"{prefix}meeting"],
        title=of[f"{prefix}title"],
        start=of[f"{prefix}starts_at"],
        end=of[f"{prefix}ends_at"],
        zone=of[f"{prefix}zone"],
        state=of[f"{prefix}state"],
        card=of[f"{prefix}card"],
        sequence=of[f"{prefix}sequence"],
        planned_end=of[f"{prefix}planned_end"],
        colleagues=_colleagues(of[f"{prefix}colleagues"], of[f"{prefix}id"], vault),
        wall=of[f"{prefix}wall_start"],
        original=of[f"{prefix}original"],
        apart=of[f"{prefix}apart"],
        own_room=own_room_of(of, vault, prefix),
    )


_with_colleagues = (
    select(occurrences)
    .where(
        occurrences.c.colleagues.is_not(None), occurrences.c.id > bindparam("after", type_=Uuid())
    )
    .order_by(occurrences.c.id)
    .limit(bindparam("most", type_=Integer))
)
_WITH_COLLEAGUES = query(_with_colleagues)


async def note_anew(begin: Begin) -> None:
    """Note under the current key where colleagues are expected, after a rotation.

    In small transactions, beside a running process; an interrupted one is run again.
    """
    last = _NONE
    while True:
        async with begin(long=True) as tx:
            rows = await tx.all(_WITH_COLLEAGUES, after=last, most=_AT_ONCE)
            for row in rows:
                await ExpectedRows(tx).note(_occurrence(row, tx.vault))
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1].id
