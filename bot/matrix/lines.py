"""From a salon's events to those that are for us."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from bot.matrix.events import (
    Addressed,
    Incoming,
    IncomingMessage,
    MembersChanged,
    Outside,
    PendingEvent,
    Trust,
)
from bot.matrix.lags import Lags
from bot.matrix.membership import MembershipActions
from bot.matrix.opening import Decryptor, Waiting, may_be_command, seal
from bot.matrix.raw import Json, text
from bot.matrix.state import Rooms
from bot.matrix.timeline import (
    is_our_join,
    is_state,
    read_arrival,
    read_deleted,
    read_joined,
    read_levels,
    read_members_changed,
    read_message,
    read_reaction,
    read_upgrade,
)
from bridge.clock import Clock
from bridge.ids import EventId, SalonId, UserId

Found: TypeAlias = Incoming | PendingEvent

_TOUCHES: Mapping[str, Callable[[Json, SalonId, datetime], Incoming | None]] = {
    "m.reaction": read_reaction,
    "m.room.redaction": read_deleted,
}


class Lines:
    """Reads events one by one, without asking any server."""

    def __init__(
        self,
        decryptor: Decryptor,
        rooms: Rooms,
        membership: MembershipActions,
        *,
        addressed: Addressed,
        outside: Outside,
        lags: Lags,
        user: UserId,
        clock: Clock,
    ) -> None:
        self._decryptor = decryptor
        self._rooms = rooms
        self._membership = membership
        self._addressed = addressed
        self._outside = outside
        self._lags = lags
        self._user = user
        self._clock = clock

    def since_joining(
        self, salon: SalonId, events: Sequence[Json]
    ) -> tuple[list[Incoming], list[Json]]:
        """Return our last join, if it is among the events, and the events after it.

        After a second join a timeline also shows the first, and events while we were out.
        """
        joins = [index for index, event in enumerate(events) if is_our_join(event, self._user)]
        if not joins:
            return [], list(events)
        last = joins[-1]
        return [read_joined(events[last], salon, self._clock.now())], list(events[last + 1 :])

    def read(self, salon: SalonId, events: Iterable[Json]) -> list[Found]:
        """Return the events for us, in order; at most one change of the members.

        A line that was corrected before we read it is read as it is now.
        """
        now = self._clock.now()
        dated = (self._lags.dated(event, now) for event in events)
        found = (self._read_event(salon, event, now) for event in dated)
        return corrected(_last_change_only([each for each in found if each is not None]))

    def _read_event(self, salon: SalonId, event: Json, now: datetime) -> Found | None:
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
            case kind:
                touch = _TOUCHES.get(kind)
                return None if touch is None else touch(event, salon, now)

    def _read_encrypted(self, salon: SalonId, event: Json, now: datetime) -> Found | None:
        found = self._decryptor.read(event, salon, now)
        if not isinstance(found, Waiting):
            return found
        self._decryptor.expect(text(event, "sender"))
        return seal(event, salon, now)

    def _read_clear(self, salon: SalonId, event: Json, now: datetime) -> IncomingMessage | None:
        """Return a line in clear; in an encrypted salon no person's client writes one."""
        encrypted = self._rooms.known_encrypted(salon)
        trust = Trust.FORGED if encrypted else Trust.CLEAR
        message = read_message(event, salon, now, trust=trust)
        if message is None or not self._addressed(message):
            return None
        if encrypted:
            self._decryptor.note_forged(message)
        return message

    def _read_state(self, salon: SalonId, event: Json, now: datetime) -> Incoming | None:
        if is_state(event, "m.room.power_levels"):
            return read_levels(event, salon, now)
        if not is_state(event, "m.room.tombstone"):
            arrival = read_arrival(event, salon, now, outside=self._outside)
            return arrival or read_members_changed(event, salon, now)
        upgrade = read_upgrade(event, salon, now)
        if upgrade is None:
            return None
        followed = self._membership.moved(salon, upgrade.replacement, upgrade.by)
        return upgrade if followed else None


def corrected(found: list[Found]) -> list[Found]:
    """Return the events with each line replaced by its correction among them."""
    lines = {each.event: each for each in found if isinstance(each, IncomingMessage)}
    kept: dict[EventId, Found] = {}
    for each in found:
        line = (
            lines.get(each.replaces)
            if isinstance(each, IncomingMessage) and each.replaces
            else None
        )
        if line is None or not isinstance(each, IncomingMessage) or not _corrects(each, line):
            kept[each.event] = each
        else:
            kept[line.event] = _as_corrected(line, each)
    return list(kept.values())


def _corrects(each: IncomingMessage, line: IncomingMessage) -> bool:
    return each.sender == line.sender and each.trust is not Trust.FORGED


def _as_corrected(line: IncomingMessage, by: IncomingMessage) -> IncomingMessage:
    return replace(line, body=by.body, formatted=by.formatted, mentions=by.mentions)


def _last_change_only(found: list[Found]) -> list[Found]:
    """Return the events with at most one change of the members: the state is read once."""
    changes = [each for each in found if isinstance(each, MembersChanged)]
    return [each for each in found if not isinstance(each, MembersChanged)] + changes[-1:]
