"""`ouvrir à`, `fermer à`: an organiser opens a meeting to a partner's people, and closes it."""

from dataclasses import dataclass

from bot.conversation.context import Commands, Context
from bot.language.commands.partners import CloseTo, OpenTo
from bridge.domain.authority import Act
from bridge.domain.message import Parameter
from bridge.domain.partner import Partner
from bridge.services.federation.opening import MeetingOpening, meant_partner
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.naming import titled


@dataclass(frozen=True, slots=True)
class PartnerCommands:
    """The commands on what is open to partners."""

    meetings: Meetings
    opening: MeetingOpening

    def table(self) -> Commands:
        """Return the method that runs each parsed command."""
        return {OpenTo: self.open, CloseTo: self.close}

    async def open(self, ctx: Context, asked: OpenTo) -> None:
        """Open the meeting. Raises NoMeeting, MeetingAmbiguous, NotAllowed."""
        about = await self.meetings.current(ctx.work, ctx.cause, Act.CHANGE)
        partner = await self._partner(ctx, asked.partner)
        if partner is None:
            return
        done = await self.opening.open(ctx.work, about, partner, ctx.cause.by)
        told: dict[str, Parameter] = {"title": titled(*about), "partner": partner.label}
        match done:
            case None:
                await ctx.answer("partner.tag-denied", told)
            case True:
                await ctx.answer("partner.opened", told)
            case _:
                await ctx.answer("partner.opened-already", told)

    async def close(self, ctx: Context, asked: CloseTo) -> None:
        """Close it, and withdraw its people's links. Raises as `open`."""
        about = await self.meetings.current(ctx.work, ctx.cause, Act.CHANGE)
        partner = await self._partner(ctx, asked.partner)
        if partner is None:
            return
        ended = await self.opening.close(ctx.work, about[0], partner, ctx.cause.by)
        told: dict[str, Parameter] = {"title": titled(*about), "partner": partner.label}
        if ended is None:
            await ctx.answer("partner.closed-already", told)
        else:
            await ctx.answer("partner.closed", {**told, "n": ended})

    async def _partner(self, ctx: Context, words: str) -> Partner | None:
        """Return the partner that is meant; else say which there are."""
        known = await self.opening.partners(ctx.work)
        if not known:
            await ctx.answer("partner.none")
            return None
        found = meant_partner(known, words)
        if found is None:
            labels = ", ".join(one.label for one in known)
            await ctx.answer("partner.unknown", {"partner": words or "?", "known": labels})
        return found
