"""Meetings and their occurrences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

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
from bridge.store.statements import AnyRow, Query, insert, query
from bridge.store.tables import meetings, occurrences
from bridge.store.touching import first_touch, touch_all
from bridge.store.tx import Tx, fields
from bridge.store.vault import Vault

_ADD = insert(meetings, unless="source")
_ADD_OCCURRENCE = insert(occurrences)
_GET = query(select(meetings).where(meetings.c.id == bindparam("id")))
_OCCURRENCE = query(select(occurrences).where(occurrences.c.id == bindparam("id")))
_OCCURRENCES_OF = query(
    select(occurrences)
    .where(occurrences.c.meeting == bindparam("meeting"))
    .order_by(occurrences.c.starts_at, occurrences.c.id)
)
_place = (
    select(meetings.c.salon, meetings.c.organiser, meetings.c.account)
    .join(occurrences, occurrences.c.meeting == meetings.c.id)
    .where(occurrences.c.id == bindparam("id"), meetings.c.state == MeetingState.READY)
)
_PLACE_OF = Query(_place, _place)
_BOTH = select(
    *(column.label(f"m_{column.name}") for column in meetings.c),
    *(column.label(f"o_{column.name}") for column in occurrences.c),
).join_from(meetings, occurrences, occurrences.c.meeting == meetings.c.id)
_BY_ID = query(_BOTH.where(occurrences.c.id == bindparam("id")))
_BY_CARD = query(_BOTH.where(occurrences.c.card == bindparam("event")))
_BY_SOURCE = query(_BOTH.where(meetings.c.source == bindparam("event")))
_PLANNED = (
    _BOTH.where(occurrences.c.state == OccurrenceState.PLANNED)
    .where(occurrences.c.ends_at > bindparam("ending_after"))
    .order_by(occurrences.c.starts_at, occurrences.c.id)
)
_OF_SALON = query(_PLANNED.where(meetings.c.salon == bindparam("salon")))
_OF_ORGANISER = query(_PLANNED.where(meetings.c.organiser == bindparam("organiser")))
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
_SAVE_OCCURRENCE = update(occurrences).where(occurrences.c.id == bindparam("saved"))
_TOUCHED = query(
    select(occurrences.c.id, occurrences.c.touched).where(
        occurrences.c.touched >= bindparam("since")
    )
)
_MOVED_SALON = update(meetings).where(meetings.c.salon == bindparam("old"))


@dataclass(frozen=True, slots=True)
class MeetingRows:
    """Implements `bridge.ports.MeetingRepository`."""

    tx: Tx

    async def add(self, meeting: Meeting, *occurrences: Occurrence) -> bool:
        """Insert both, unless their cause has a meeting already; tell whether inserted."""
        kept = await self.tx.run(_ADD, _meeting_values(meeting, self.tx.vault))
        if kept:
            values = [self._occurrence_values(one) for one in occurrences]
            await self.tx.run(_ADD_OCCURRENCE, values)
        return bool(kept)

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

    async def occurrences_of(self, meeting: MeetingId) -> Sequence[Occurrence]:
        """Return the occurrences of a meeting, by start."""
        rows = await self.tx.all(_OCCURRENCES_OF, meeting=meeting)
        return [_occurrence(row, self.tx.vault) for row in rows]

    async def place_of(self, occurrence: OccurrenceId) -> CardPlace | None:
        """Return where an occurrence has its card, once its room exists, without locking."""
        row = await self.tx.one(_PLACE_OF, id=occurrence)
        return None if row is None else CardPlace(row.salon, row.organiser, row.account)

    async def by_card(self, event: EventId) -> tuple[Meeting, Occurrence] | None:
        """Return the meeting whose card or source command is this event."""
        found = await self.tx.all(_BY_CARD, event=event)
        found = found or await self.tx.all(_BY_SOURCE, event=event)
        return self._both(found[0]) if found else None

    async def of_salon(
        self, salon: SalonId, *, ending_after: datetime
    ) -> Sequence[tuple[Meeting, Occurrence]]:
        """Return the salon's planned occurrences that end after that moment, by start."""
        found = await self.tx.all(_OF_SALON, salon=salon, ending_after=ending_after)
        return [self._both(row) for row in found]

    async def of_organiser(
        self, organiser: UserId, *, ending_after: datetime
    ) -> Sequence[tuple[Meeting, Occurrence]]:
        """Return an organiser's planned occurrences that end after that moment, by start."""
        found = await self.tx.all(_OF_ORGANISER, organiser=organiser, ending_after=ending_after)
        return [self._both(row) for row in found]

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
        await self.tx.run(_MOVED_SALON, {"old": old, "salon": new})

    def _occurrence_values(self, occurrence: Occurrence) -> dict[str, Any]:
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
            "touched": self.tx.clock.now(),
            "colleagues": _sealed(occurrence, self.tx.vault),
        }

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
        room=_room(row, vault, prefix),
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
    )
