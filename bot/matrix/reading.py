"""From one answer of /sync to the events for us, without asking any server."""

from bot.matrix.aside import Aside, SalonPart, batch_of
from bot.matrix.direct import Directs
from bot.matrix.events import Batch
from bot.matrix.gaps import NO_POSITION, Gaps
from bot.matrix.lags import Lags
from bot.matrix.lines import Found, Lines
from bot.matrix.membership import MembershipActions
from bot.matrix.raw import Json, table, tables, text
from bot.matrix.sharing import Sharing
from bot.matrix.state import Rooms
from bot.matrix.store import Gap
from bot.matrix.timeline import is_our_join, is_state, read_joined, read_removed
from bridge.clock import Clock
from bridge.ids import SalonId, UserId


class SyncReader:
    """Reads the salons' part of a sync."""

    def __init__(
        self,
        lines: Lines,
        aside: Aside,
        rooms: Rooms,
        *,
        gaps: Gaps,
        sharing: Sharing,
        membership: MembershipActions,
        directs: Directs,
        lags: Lags,
        user: UserId,
        clock: Clock,
    ) -> None:
        self._lines = lines
        self._aside = aside
        self._rooms = rooms
        self._gaps = gaps
        self._sharing = sharing
        self._membership = membership
        self._directs = directs
        self._lags = lags
        self._user = user
        self._clock = clock

    def note_states(self, body: Json) -> None:
        """Forget changed state, and decide about invitations; nothing here can fail or wait."""
        # Leaving first: for a user removed and invited again meanwhile, both come at once.
        for salon, _info in _salons(body, "leave"):
            self._rooms.gone(salon)
            self._sharing.forget(salon)
            self._membership.withdrawn(salon)
        for salon, info in _salons(body, "join"):
            events = [*_events(info, "state"), *_events(info, "timeline")]
            changed = any("state_key" in event for event in events)
            if changed or table(info, "timeline").get("limited") is True:
                self._rooms.dirty(salon)
            if any(is_state(event, "m.room.encryption") for event in events):
                self._rooms.remember_encrypted(salon)
            for event in events:
                if self._may_leave_us_alone(event) or is_state(event, "m.room.power_levels"):
                    self._membership.changed(salon, text(event, "event_id"))
        for salon, info in _salons(body, "invite"):
            self._membership.invited(salon, table(info, "invite_state"))

    def _may_leave_us_alone(self, event: Json) -> bool:
        gone = text(table(event, "content"), "membership") in ("leave", "ban")
        return (
            gone and text(event, "type") == "m.room.member" and text(event, "sender") != self._user
        )

    def learn(self, body: Json) -> None:
        """Learn the clocks of other homeservers from events that came while we listened."""
        now = self._clock.now()
        for _salon, info in _salons(body, "join"):
            for event in _events(info, "timeline"):
                self._lags.learn(event, now)

    def read(self, body: Json, since: str | None) -> Batch:
        """Return the events for us that need no request to any server.

        The first sync of an account has no `since`: earlier lines are not for us.
        """
        until = text(body, "next_batch")
        found: list[Found] = []
        if since is None:
            return batch_of(found, until)
        for salon, info in _salons(body, "leave"):
            events = [*_events(info, "state"), *_events(info, "timeline")]
            gone = read_removed(events, salon, self._user, self._clock.now())
            found.extend([gone] if gone else [])
        for salon, info in _salons(body, "join"):
            found.extend(self._read_salon(salon, info, since, until))
        return batch_of(found, until)

    def _read_salon(self, salon: SalonId, info: Json, since: str, until: str) -> list[Found]:
        """Return the events for us of a salon, without lines that are read aside."""
        told = _events(info, "state")
        joined, events = self._lines.since_joining(salon, _events(info, "timeline"))
        # Between two syncs we only miss lines that were said while we were in.
        limited = not joined and table(info, "timeline").get("limited") is True
        if not joined:
            ours = [event for event in told if is_our_join(event, self._user)]
            joined = [read_joined(event, salon, self._clock.now()) for event in ours[:1]]
        missed = [event for event in told if _counts(event, new=bool(joined))]
        if since == NO_POSITION:
            events = self._gaps.recent(events)
        missing = Gap(salon, text(table(info, "timeline"), "prev_batch"), since)
        if limited or self._aside.holds(salon) or not self._directs.learn_at_once(salon):
            part = SalonPart(Gap(salon, until, since), missing if limited else None, events)
            if self._aside.take(part):
                return [*joined, *self._lines.read(salon, missed)]
        return [*joined, *self._lines.read(salon, [*missed, *events])]


def _counts(event: Json, *, new: bool) -> bool:
    """Return whether a state event was missed: in a gap, changes come as state.

    Of a salon that we joined (`new`), all of its state was.
    """
    if new:
        return is_state(event, "m.room.tombstone")
    kinds = ("m.room.tombstone", "m.room.power_levels")
    return text(event, "type") == "m.room.member" or any(is_state(event, kind) for kind in kinds)


def _salons(body: Json, membership: str) -> list[tuple[SalonId, Json]]:
    rooms = table(body, "rooms", membership)
    return [(SalonId(salon), table(rooms, salon)) for salon in rooms]


def _events(info: Json, section: str) -> list[Json]:
    return tables(table(info, section), "events")
