"""`confier`, `reprendre`: another organiser for a meeting."""

from dataclasses import dataclass

from bot.conversation.colleagues import Colleagues
from bot.conversation.context import Commands, Context
from bot.conversation.salon import shown_name
from bot.language.commands.handing import HandOver, TakeOver
from bridge.domain.agent import Agent
from bridge.domain.authority import Act
from bridge.errors import HandoverRefused, IdentityUnresolved
from bridge.ids import UserId
from bridge.services.meetings.handing import Handing, HandingOutcome
from bridge.services.meetings.handing_words import done
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.tools import Tools

_TOLD = {
    HandingOutcome.ROOM: "handing.under-way",
    HandingOutcome.ASKED_ANEW: "handing.asked-anew",
    HandingOutcome.STAYS: "handing.stays",
}


@dataclass(frozen=True, slots=True)
class HandingCommands:
    """The commands that give a meeting another organiser, bound to their use case."""

    tools: Tools
    meetings: Meetings
    known: Colleagues

    def table(self) -> Commands:
        """Return the method that runs each parsed command."""
        return {HandOver: self.hand_over, TakeOver: self.take_over}

    async def hand_over(self, ctx: Context, asked: HandOver) -> None:
        """Have a member of the salon organise it.

        Raises NoMeeting, MeetingAmbiguous, NotAllowed, MeetingOver, HandoverRefused, LimitReached.
        """
        ctx.origin.check_shown()
        if ctx.origin.direct:
            raise HandoverRefused(reason="direct")
        user = await self.known.agent(asked.who, ctx.state)
        if ctx.origin.by != user and await self.known.identities.resolve(user) is None:
            raise HandoverRefused(reason="identity", who=ctx.state.shown.get(user) or user)
        await self._ask(ctx, user, asked.title)

    async def take_over(self, ctx: Context, asked: TakeOver) -> None:
        """Have its author organise it. Raises as `hand_over` does, and IdentityUnresolved."""
        ctx.origin.check_shown()
        if ctx.origin.direct:
            raise HandoverRefused(reason="direct")
        await self._ask(ctx, ctx.origin.by, asked.title)

    async def _ask(self, ctx: Context, user: UserId, title: str) -> None:
        await self._known(ctx, user)
        about = await self.meetings.current(ctx.work, ctx.cause, Act.HAND_OVER, title=title)
        if user == ctx.origin.by and ctx.identity is None:
            raise IdentityUnresolved
        outcome, handed = await Handing(self.meetings).ask(ctx.work, ctx.cause, about, user)
        if outcome is HandingOutcome.DONE:
            await ctx.answer(*done(handed))
        else:
            await ctx.answer(_TOLD[outcome], handed.parameters)

    async def _known(self, ctx: Context, user: UserId) -> None:
        """Keep the name of an agent who never typed anything here: guests' mails have it.

        Before the meeting is locked: a command of theirs locks their row first.
        """
        if user == ctx.origin.by:
            return
        name = await shown_name(self.known.account, user)
        identity = await self.known.identities.resolve(user)
        await ctx.work.agents.add(Agent(user=user, name=name, identity=identity, seen_at=ctx.now))
