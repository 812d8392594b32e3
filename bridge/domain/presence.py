"""The people in a meeting, from polls of the media server's participant lists, not its webhooks.

Between two polls a person may come and go, and a webhook may be lost or late. So each poll stands
for itself, and everything is computed from it anew.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bridge.ids import InvitationId, OccurrenceId

EMPTY = timedelta(seconds=20)
"""How long a room is empty before its meeting is over: a person who reloads a page is back sooner.

It is also how long the media server keeps a room after its last participant left.
"""
NEVER_SEEN_EMPTY = timedelta(days=1)
"""How long after its window a meeting is over in any case: a page left open, or a media server that
does not come back, would otherwise keep it open for ever."""
BETWEEN_EDITS = timedelta(seconds=5)
"""However people come and go, a card is edited for it no more often than this."""
LATE_LOOK = timedelta(minutes=1)
"""No poll reports so late: one that seems to was begun before the clock was set back."""
NAMES = 100
"""Names that are stored at most, each of at most 64 characters."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The people in the room at one poll."""

    people: frozenset[str] = field(default=frozenset(), repr=False)
    """Their identities on the media server: a person with two devices counts once."""
    guests: frozenset[InvitationId] = frozenset()
    """The invitations of those among them who are guests."""
    names: frozenset[str] = field(default=frozenset(), repr=False)
    """Empty, unless their salon wants names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """The presence at an occurrence, since somebody first came."""

    occurrence: OccurrenceId
    began_at: datetime
    """When somebody came into the empty room."""
    looked_at: datetime
    """When the poll began that last changed this; the result of an earlier poll counts no more."""
    people: int = 0
    """The number of people at the last poll, guests among them."""
    guests: int = 0
    peak: int = 0
    """The most people at once."""
    came: frozenset[InvitationId] = frozenset()
    """The invitations with which a guest was there at all."""
    names: frozenset[str] = field(default=frozenset(), repr=False)
    empty_since: datetime | None = None
    """Since when the room is empty, though people may come back."""
    closed_at: datetime | None = None
    """When it was over; a person who comes after that reopens it."""
    lasted: timedelta = timedelta()
    """How long people were there before `began_at`, in all."""
    shown_at: datetime | None = None
    """When the card was last to be edited because people came and went."""
    closings: int = 0
    """How often it was over."""

    def length(self, now: datetime) -> timedelta:
        """Return how long people were there in all."""
        until = self.closed_at or self.empty_since or now
        return self.lasted + max(until - self.began_at, timedelta())

    def seen(self, sight: Sight, at: datetime, *, late: bool = False) -> "Presence":
        """Return it after a poll that began at that moment; `late`: after the window."""
        if at < self.looked_at < at + LATE_LOOK:
            return self
        after = self._with(sight, at) if sight.people else self._empty(at, late=late)
        return self if after == self else replace(after, looked_at=at)

    def closed(self, at: datetime) -> "Presence":
        """Return it over, at that moment or since the room is empty."""
        if self.closed_at is not None:
            return self
        over = max(self.empty_since or at, self.began_at)
        return replace(
            self, people=0, guests=0, empty_since=None, closed_at=over, closings=self.closings + 1
        )

    def next_edit(self, now: datetime) -> datetime:
        """Return when its card may be edited for a change at `now`: that moment, or a later one."""
        if self.shown_at is None:
            return now
        if self.shown_at > now + BETWEEN_EDITS:
            return now  # the clock was set back since
        return self.shown_at if self.shown_at > now else max(now, self.shown_at + BETWEEN_EDITS)

    def _with(self, sight: Sight, at: datetime) -> "Presence":
        begun = self
        if self.closed_at is not None:
            begun = replace(self, began_at=at, lasted=self.length(at), closed_at=None)
        return replace(
            begun,
            people=len(sight.people),
            guests=len(sight.guests),
            peak=max(self.peak, len(sight.people)),
            came=self.came | sight.guests,
            names=_few(self.names | sight.names),
            empty_since=None,
        )

    def _empty(self, at: datetime, *, late: bool) -> "Presence":
        if self.closed_at is not None:
            return self
        since = self.empty_since or at
        # Guests whose time is over were ejected for good; an agent may have reloaded a page.
        all_out = late and self.empty_since is None and self.people == self.guests
        if all_out or at - since >= EMPTY:
            return self.closed(since)
        return replace(self, people=0, guests=0, empty_since=since)


def first_seen(occurrence: OccurrenceId, sight: Sight, at: datetime) -> Presence | None:
    """Return it once a poll finds somebody for the first time, `None` while it finds nobody."""
    if not sight.people:
        return None
    return Presence(occurrence=occurrence, began_at=at, looked_at=at).seen(sight, at)


def _few(names: frozenset[str]) -> frozenset[str]:
    return frozenset(sorted(names)[:NAMES])
