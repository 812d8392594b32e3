"""Addresses of feeds: handed out in private, and withdrawn."""

from dataclasses import dataclass

from bridge.domain.authority import Act
from bridge.domain.cause import Cause
from bridge.domain.codes import Minter
from bridge.domain.feed import Feed
from bridge.domain.message import FeedAddress, ToPerson
from bridge.errors import NotAllowed
from bridge.i18n import Language
from bridge.ids import FeedId, SalonId, UserId, uuid7
from bridge.ports import UnitOfWork
from bridge.services.permissions import demand_here
from bridge.services.tools import Tools

NUMBER = 0
"""The number in every code: a new address is a new row with an id of its own."""


@dataclass(frozen=True, slots=True)
class Feeds:
    """Hands out addresses of feeds, and withdraws them.

    In a direct message the author's own feed is meant, elsewhere the salon's.
    """

    minter: Minter
    tools: Tools

    async def issue(
        self, work: UnitOfWork, cause: Cause, *, language: Language, name: str = ""
    ) -> Feed:
        """Send the author the address by direct message: the one that there is, or a new one.

        `language` and `name` are for a new one. Raises NotAllowed.
        """
        to = _author(cause)
        whose = self._whose(cause)
        feed = await work.feeds.of(whose)
        if feed is None:
            feed = self._made(whose, language, name)
            await work.feeds.add(feed)
        once = f"direct:{cause.event}:0"
        await work.outbox.post(FeedAddress(idempotency_key=once, to=to, feed=feed.id))
        return feed

    async def withdraw(self, work: UnitOfWork, cause: Cause) -> bool:
        """Have the address lead nowhere from now on; tell whether there was one.

        Raises NotAllowed.
        """
        return await work.feeds.drop(self._whose(cause))

    def _whose(self, cause: Cause) -> SalonId | UserId:
        if cause.direct or cause.salon is None:
            return _author(cause).user
        demand_here(Act.FEED, cause.actor, cause.salon, self.tools.policy)
        return cause.salon

    def _made(self, whose: SalonId | UserId, language: Language, name: str) -> Feed:
        now, key = self.tools.now(), self.minter.current
        identity = FeedId(uuid7(now))
        return Feed(
            id=identity,
            whose=whose,
            created_at=now,
            digest=self.minter.digest(identity, NUMBER, key),
            key=key,
            language=language,
            name=name,
        )


def address_of(feed: Feed, minter: Minter, door: str) -> str:
    """Return the address of a feed; `door` is the door's origin, without a slash at the end."""
    return f"{door}/feed/{minter.code(feed.id, NUMBER, feed.key)}.ics"


def _author(cause: Cause) -> ToPerson:
    """Return the author's own address. Raises NotAllowed for an actor without an account."""
    if cause.private is None:
        raise NotAllowed(reason="elsewhere")
    return cause.private
