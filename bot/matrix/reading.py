"""From one answer of /sync to what concerns us, complete and in order."""

from collections.abc import Iterable
from datetime import datetime

import structlog

from bot.matrix.events import Addressed, Batch, Incoming, Sealed
from bot.matrix.membership import Membership
from bot.matrix.opening import Opener, Waiting, may_be_command, seal
from bot.matrix.raw import Json, moment, route, table, tables, text
from bot.matrix.settings import MatrixSettings
from bot.matrix.sharing import Sharing
from bot.matrix.state import Rooms
from bot.matrix.timeline import (
    is_our_join,
    read_joined,
    read_message,
    read_reaction,
    read_removed,
    read_upgrade,
)
from bot.matrix.wire import Wire
from bridge.clock import Clock
from bridge.ids import SalonId

log = structlog.get_logger()

PAGE = 100


class Reader:
    """Reads the salons' part of a sync."""

    def __init__(
        self,
        wire: Wire,
        opener: Opener,
        rooms: Rooms,
        *,
        sharing: Sharing,
        membership: Membership,
        addressed: Addressed,
        settings: MatrixSettings,
        clock: Clock,
    ) -> None:
        self._wire = wire
        self._opener = opener
        self._rooms = rooms
        self._sharing = sharing
        self._membership = membership
        self._addressed = addressed
        self._settings = settings
        self._clock = clock

    def note_states(self, body: Json) -> None:
        """Forget what changed, and decide about invitations; nothing here can fail or wait."""
        for salon, info in _salons(body, "join"):
            events = [*_events(info, "state"), *_events(info, "timeline")]
            changed = any("state_key" in event for event in events)
            if changed or table(info, "timeline").get("limited") is True:
                self._rooms.dirty(salon)
            if any(_is_state(event, "m.room.encryption") for event in events):
                self._rooms.remember_encrypted(salon)
        for salon, info in _salons(body, "invite"):
            self._membership.invited(salon, table(info, "invite_state"))
        for salon, _info in _salons(body, "leave"):
            self._rooms.gone(salon)
            self._sharing.forget(salon)

    async def read(self, body: Json, since: str | None) -> Batch:
        """Return what concerns us. Raises MatrixTrouble while a gap can't be filled.

        The first sync of an account has no `since`: what was said before is not for us.
        """
        found: list[Incoming | Sealed] = []
        if since is not None:
            for salon, info in _salons(body, "leave"):
                events = [*_events(info, "state"), *_events(info, "timeline")]
                gone = read_removed(events, salon, self._settings.user, self._clock.now())
                found.extend([gone] if gone else [])
            for salon, info in _salons(body, "join"):
                found.extend(await self._read_salon(salon, info, since))
        return Batch(
            position=text(body, "next_batch"),
            incoming=[each for each in found if not isinstance(each, Sealed)],
            sealed=[each for each in found if isinstance(each, Sealed)],
        )

    async def _read_salon(self, salon: SalonId, info: Json, since: str) -> list[Incoming | Sealed]:
        events = _events(info, "timeline")
        user = self._settings.user
        joined = [event for event in _events(info, "state") if is_our_join(event, user)]
        moved = [event for event in _events(info, "state") if _is_state(event, "m.room.tombstone")]
        if table(info, "timeline").get("limited") is True:
            start = text(table(info, "timeline"), "prev_batch")
            events = [*await self._missed(salon, start, since), *events]
        # After a second joining the timeline also shows the first, and what we were not there for.
        joins = [index for index, event in enumerate(events) if is_our_join(event, user)]
        if joins:
            joined, events = [events[joins[-1]]], events[joins[-1] + 1 :]
        now = self._clock.now()
        return [
            *(read_joined(event, salon, now) for event in joined[:1]),
            *self._read_events(salon, [*moved, *events]),
        ]

    async def _missed(self, salon: SalonId, start: str, since: str) -> list[Json]:
        """Return the events between the last sync and a limited timeline, oldest first.

        They end at our joining, at an age, or after some thousands: whatever comes first.
        """
        oldest = self._clock.now() - self._settings.gap_age
        found: list[Json] = []
        for _page in range(self._settings.gap_pages):
            query = {"dir": "b", "from": start, "to": since, "limit": str(PAGE)}
            answer = await self._wire.get(route("rooms", salon, "messages"), **query)
            for event in tables(answer, "chunk"):
                if moment(event, "origin_server_ts", oldest) < oldest:
                    return found[::-1]
                found.append(event)
                if is_our_join(event, self._settings.user):
                    return found[::-1]
            start = text(answer, "end")
            if not start or not tables(answer, "chunk"):
                return found[::-1]
        log.warning("matrix.gap_cut", salon=salon, events=len(found))
        return found[::-1]

    def _read_events(self, salon: SalonId, events: Iterable[Json]) -> list[Incoming | Sealed]:
        now = self._clock.now()
        found = (self._read_event(salon, event, now) for event in events)
        return [each for each in found if each is not None]

    def _read_event(self, salon: SalonId, event: Json, now: datetime) -> Incoming | Sealed | None:
        sender = text(event, "sender")
        if sender in ("", self._settings.user) or not text(event, "event_id"):
            return None
        if "state_key" in event:
            return self._read_state(salon, event, now)
        match text(event, "type"):
            case "m.room.message":
                message = read_message(event, salon, now)
                return message if message and self._addressed(message) else None
            case "m.room.encrypted" if may_be_command(event):
                found = self._opener.read(event, salon)
                return seal(event, salon, now) if isinstance(found, Waiting) else found
            case "m.reaction":
                return read_reaction(event, salon, now)
        return None

    def _read_state(self, salon: SalonId, event: Json, now: datetime) -> Incoming | None:
        if not _is_state(event, "m.room.tombstone"):
            return None
        upgrade = read_upgrade(event, salon, now)
        if upgrade is not None:
            self._membership.moved(upgrade.replacement, upgrade.by)
        return upgrade


def _salons(body: Json, membership: str) -> list[tuple[SalonId, Json]]:
    rooms = table(body, "rooms", membership)
    return [(SalonId(salon), table(rooms, salon)) for salon in rooms]


def _events(info: Json, section: str) -> list[Json]:
    return tables(table(info, section), "events")


def _is_state(event: Json, kind: str) -> bool:
    """Return whether this is the salon's own state; anybody may send a message of that type."""
    return text(event, "type") == kind and event.get("state_key") == ""
