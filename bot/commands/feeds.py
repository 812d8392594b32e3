"""`agenda flux`: the address of a feed, by direct message alone; `agenda flux retirer`."""

from dataclasses import dataclass

from bot.conversation.context import Commands, Context
from bot.language.commands.feeds import AskFeed, WithdrawFeed
from bot.matrix.events import Account, SendRefused
from bridge.domain.feed import Feed
from bridge.domain.names import clean_words
from bridge.i18n import Language
from bridge.ids import SalonId
from bridge.services.feeds.addresses import Feeds

_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class FeedCommands:
    """The commands on the salon's feed, and on one's own."""

    feeds: Feeds
    account: Account

    def table(self) -> Commands:
        """Return the methods that run parsed commands."""
        return {AskFeed: self.ask, WithdrawFeed: self.withdraw}

    async def ask(self, ctx: Context, _: AskFeed) -> None:
        """Send the author the address by direct message. Raises NotAllowed."""
        direct = ctx.origin.direct
        name = "" if direct else clean_words(ctx.state.name, _LONGEST_NAME)
        language = ctx.salon.language or Language.FR
        feed = await self.feeds.issue(ctx.work, ctx.cause, language=language, name=name)
        if feed.agent is not None:
            await self._look(ctx, feed)
        if not direct:
            await ctx.answer("feed.sent")

    async def withdraw(self, ctx: Context, _: WithdrawFeed) -> None:
        """Have the address lead nowhere any more. Raises NotAllowed."""
        withdrawn = await self.feeds.withdraw(ctx.work, ctx.cause)
        if ctx.origin.direct:
            await ctx.answer("feed.withdrawn-own" if withdrawn else "feed.none-own")
        else:
            await ctx.answer("feed.withdrawn-salon" if withdrawn else "feed.none-salon")

    async def _look(self, ctx: Context, feed: Feed) -> None:
        """Record in which salons of their dates to come its agent is: we may not know that yet."""
        for salon in await ctx.work.feeds.salons_of(feed.id):
            present = feed.whose in await self._members(salon)
            await ctx.work.feeds.stand(feed.id, salon, present=present)

    async def _members(self, salon: SalonId) -> frozenset[str]:
        """Return a salon's members; nobody if we can't see them."""
        try:
            return frozenset((await self.account.salon(salon)).members)
        except SendRefused:
            return frozenset()
