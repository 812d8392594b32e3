"""From one answer of /sync to what concerns us, complete and in order."""

from collections.abc import Iterable
from datetime import datetime

import structlog

from bot.matrix.direct import Directs
from bot.matrix.events import (
    Addressed,
    Batch,
    Incoming,
    MembersChanged,
    Message,
    Outside,
    Sealed,
    Trust,
)
from bot.matrix.gaps import NO_POSITION, Gaps
from bot.matrix.membership import Membership
from bot.matrix.opening import Opener, Waiting, may_be_command, seal
from bot.matrix.raw import Json, table, tables, text
from bot.matrix.sharing import Sharing
from bot.matrix.state import Rooms
from bot.matrix.store import Gap
from bot.matrix.timeline import (
    is_our_join,
    read_arrival,
    read_joined,
    read_levels,
    read_members_changed,
    read_message,
    read_reaction,
    read_removed,
    read_upgrade,
)
from bridge.clock import Clock
from bridge.ids import SalonId, UserId

log = structlog.get_logger()


class Reader:
    """Reads the salons' part of a sync."""

    def __init__(
        self,
        gaps: Gaps,
        opener: Opener,
        rooms: Rooms,
        *,
        sharing: Sharing,
        membership: Membership,
        directs: Directs,
        addressed: Addressed,
        outside: Outside,
        user: UserId,
        clock: Clock,
    ) -> None:
        self._gaps = gaps
        self._opener = opener
        self._rooms = rooms
        self._sharing = sharing
        self._membership = membership
        self._directs = directs
        self._addressed = addressed
        self._outside = outside
        self._user = user
        self._clock = clock

    def note_states(self, body: Json) -> None:
        """Forget what changed, and decide about invitations; nothing here can fail or wait."""
        # Leaving first: who is removed and invited back meanwhile is told both at once.
        for salon, _info in _salons(body, "leave"):
            self._rooms.gone(salon)
            self._sharing.forget(salon)
            self._membership.withdrawn(salon)
        for salon, info in _salons(body, "join"):
            events = [*_events(info, "state"), *_events(info, "timeline")]
            changed = any("state_key" in event for event in events)
            if changed or table(info, "timeline").get("limited") is True:
                self._rooms.dirty(salon)
            if any(_is_state(event, "m.room.encryption") for event in events):
                self._rooms.remember_encrypted(salon)
            for event in events:
                if self._may_leave_us_alone(event) or _is_state(event, "m.room.power_levels"):
                    self._membership.changed(salon, text(event, "event_id"))
        for salon, info in _salons(body, "invite"):
            self._membership.invited(salon, table(info, "invite_state"))

    def _may_leave_us_alone(self, event: Json) -> bool:
        gone = text(table(event, "content"), "membership") in ("leave", "ban")
        return (
            gone and text(event, "type") == "m.room.member" and text(event, "sender") != self._user
        )

    async def read(self, body: Json, since: str | None) -> Batch:
        """Return what concerns us. Raises AccountUnusable.

        The first sync of an account has no `since`: what was said before is not for us.
        """
        await self._directs.learn(salon for salon, _ in _salons(body, "join"))
        found: list[Incoming | Sealed] = []
        for late, events in (await self._gaps.late()).items():
            found.extend(self._read_events(late, events))
        if since is not None:
            for salon, info in _salons(body, "leave"):
                events = [*_events(info, "state"), *_events(info, "timeline")]
                gone = read_removed(events, salon, self._user, self._clock.now())
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
        user = self._user
        joined = [event for event in _events(info, "state") if is_our_join(event, user)]
        # What changed in a gap is told as state; of a salon that we came into it is all its state.
        missed = [
            event
            for event in _events(info, "state")
            if text(event, "type") == "m.room.member"
            or any(_is_state(event, kind) for kind in ("m.room.tombstone", "m.room.power_levels"))
        ]
        if table(info, "timeline").get("limited") is True:
            start = text(table(info, "timeline"), "prev_batch")
            events = [*await self._gaps.fill(Gap(salon, start, since)), *events]
        if since == NO_POSITION:
            events = self._gaps.recent(events)
        # After a second joining the timeline also shows the first, and what we were not there for.
        joins = [index for index, event in enumerate(events) if is_our_join(event, user)]
        if joins:
            joined, events = [events[joins[-1]]], events[joins[-1] + 1 :]
        if joined:
            missed = [event for event in missed if _is_state(event, "m.room.tombstone")]
        now = self._clock.now()
        return [
            *(read_joined(event, salon, now) for event in joined[:1]),
            *self._read_events(salon, [*missed, *events]),
        ]

    def _read_events(self, salon: SalonId, events: Iterable[Json]) -> list[Incoming | Sealed]:
        now = self._clock.now()
        found = (self._read_event(salon, event, now) for event in events)
        return _last_change_only([each for each in found if each is not None])

    def _read_event(self, salon: SalonId, event: Json, now: datetime) -> Incoming | Sealed | None:
        sender = text(event, "sender")
        if sender in ("", self._user) or not text(event, "event_id"):
            return None
        if "state_key" in event:
            return self._read_state(salon, event, now)
        match text(event, "type"):
            case "m.room.message":
                return self._read_clear(salon, event, now)
            case "m.room.encrypted" if may_be_command(event):
                return self._read_encrypted(salon, event, now)
            case "m.reaction":
                return read_reaction(event, salon, now)
        return None

    def _read_encrypted(
        self, salon: SalonId, event: Json, now: datetime
    ) -> Incoming | Sealed | None:
        found = self._opener.read(event, salon)
        if not isinstance(found, Waiting):
            return found
        self._opener.expect(text(event, "sender"))
        return seal(event, salon, now)

    def _read_clear(self, salon: SalonId, event: Json, now: datetime) -> Message | None:
        """Return a line in clear; where the salon is encrypted no client of a person writes one."""
        encrypted = self._rooms.known_encrypted(salon)
        trust = Trust.FORGED if encrypted else Trust.CLEAR
        message = read_message(event, salon, now, trust=trust)
        if message is None or not self._addressed(message):
            return None
        if encrypted:
            self._opener.note_forged(message)
        return message

    def _read_state(self, salon: SalonId, event: Json, now: datetime) -> Incoming | None:
        if _is_state(event, "m.room.power_levels"):
            return read_levels(event, salon, now)
        if not _is_state(event, "m.room.tombstone"):
            arrival = read_arrival(event, salon, now, outside=self._outside)
            return arrival or read_members_changed(event, salon, now)
        upgrade = read_upgrade(event, salon, now)
        if upgrade is None:
            return None
        followed = self._membership.moved(salon, upgrade.replacement, upgrade.by)
        return upgrade if followed else None


def _last_change_only(found: list[Incoming | Sealed]) -> list[Incoming | Sealed]:
    """Return what was read with one change of the members at most: the state is read once."""
    changes = [each for each in found if isinstance(each, MembersChanged)]
    return [each for each in found if not isinstance(each, MembersChanged)] + changes[-1:]


def _salons(body: Json, membership: str) -> list[tuple[SalonId, Json]]:
    rooms = table(body, "rooms", membership)
    return [(SalonId(salon), table(rooms, salon)) for salon in rooms]


def _events(info: Json, section: str) -> list[Json]:
    return tables(table(info, section), "events")


def _is_state(event: Json, kind: str) -> bool:
    """Return whether this is the salon's own state; anybody may send a message of that type."""
    return text(event, "type") == kind and event.get("state_key") == ""
