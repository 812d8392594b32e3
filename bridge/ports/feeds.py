"""Feeds: the calendars that salons and agents let others read."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bridge.domain.feed import DateStamp, Feed
from bridge.ids import FeedId, OccurrenceId, SalonId, UserId


class FeedRepository(Protocol):
    """Feeds, and the dates that they show."""

    async def add(self, feed: Feed) -> bool:
        """Insert a feed, unless its salon or agent has one; tell whether inserted."""
        ...

    async def of(self, whose: SalonId | UserId) -> Feed | None:
        """Return the feed of a salon or an agent."""
        ...

    async def get(self, feed: FeedId) -> Feed | None:
        """Return a feed."""
        ...

    async def by_digest(self, digest: bytes) -> Feed | None:
        """Return the feed whose code has this digest."""
        ...

    async def drop(self, whose: SalonId | UserId) -> bool:
        """Delete the feed of a salon or an agent; tell whether there was one."""
        ...

    async def moved(self, old: SalonId, new: SalonId) -> None:
        """Give a salon's feed to the salon that replaces it, unless it has its own."""
        ...

    async def dates_of_salon(
        self, salon: SalonId, *, since: datetime, most: int
    ) -> Sequence[DateStamp]:
        """Return a salon's dates that end after a moment, without locking; cancelled ones too.

        The first `most` of those that are not over, and the last `most` of the others.
        """
        ...

    async def dates_of_agent(
        self, feed: Feed, *, since: datetime, most: int
    ) -> Sequence[DateStamp]:
        """Return the same of a feed's agent: theirs, and those to which they come or are expected.

        Of others' dates none in a salon that they are known to have left (`stand`), and none to
        which they said that they don't come.
        """
        ...

    async def readers(self, salon: SalonId) -> Sequence[Feed]:
        """Return the agents' feeds that show, or hide, others' dates of this salon."""
        ...

    async def salons(self) -> Sequence[SalonId]:
        """Return the salons of others' dates that agents' feeds show, or hide."""
        ...

    async def salons_of(self, feed: FeedId) -> Sequence[SalonId]:
        """Return the salons of others' dates that one agent's feed shows, or hides."""
        ...

    async def stand(self, feed: FeedId, salon: SalonId, *, present: bool) -> None:
        """Record whether a feed's agent is in a salon; if not, it shows none of its dates."""
        ...

    async def expects(self, occurrence: OccurrenceId, users: Collection[UserId]) -> None:
        """Replace the agents who are expected at an occurrence; their feeds show it."""
        ...
