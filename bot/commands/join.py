"""`rejoindre`, `rejoindre annuler`: a seat for the author in a partner's meeting."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.meet import link_told
from bot.conversation.context import Commands, Context
from bot.language.commands.join import GiveBack, Join
from bridge.domain.message import Parameter, address, phrase
from bridge.domain.partner import Partner
from bridge.services.federation.hearing import described
from bridge.services.federation.joining import JoinAnswer, Joining, OurMeeting
from bridge.services.federation.opening import meant_partner


@dataclass(frozen=True, slots=True)
class JoinCommands:
    """The commands on seats in partners' meetings, bound to their use cases."""

    joining: Joining

    def table(self) -> Commands:
        """Return the method that runs each parsed command."""
        return {Join: self.join, GiveBack: self.give_back}

    async def join(self, ctx: Context, asked: Join) -> None:
        """Ask for a seat; the answer comes by direct message. Raises NotAllowed, LimitReached."""
        known = await self.joining.partners(ctx.work)
        partner = meant_partner(known, asked.partner) if asked.partner else None
        if asked.partner and partner is None:
            await _unknown(ctx, asked.partner, known)
            return
        done = await self.joining.join(ctx.work, ctx.cause, asked.address, partner=partner)
        if isinstance(done, OurMeeting):
            await _ours(ctx, done)
        elif done is not JoinAnswer.HELD or not ctx.origin.direct:
            place = "" if ctx.origin.direct else "-salon"
            apart = place if done in (JoinAnswer.ASKED, JoinAnswer.HELD) else ""
            await ctx.answer(f"join.{done.value}{apart}")

    async def give_back(self, ctx: Context, asked: GiveBack) -> None:
        """Give a seat back, or withdraw a request. Raises NotAllowed."""
        meant = await self.joining.give_back(ctx.work, ctx.cause, asked.address)
        zone = await ctx.work.agents.zone(ctx.origin.by) or ctx.salon.zone
        if not meant:
            await ctx.answer("join.none")
        elif asked.address is None and len(meant) > 1:
            rows: list[Parameter] = [
                phrase("join.cancel-row", {"address": one.resource, "host": one.host or "?"})
                for one in meant
            ]
            await ctx.answer("join.cancel-which", {"rows": rows})
        elif meant[0].waits:
            await ctx.answer("join.no-more", {"address": address(meant[0].resource)})
        else:
            await ctx.answer("join.given-back", described(meant[0], zone))


async def _unknown(ctx: Context, words: str, known: Sequence[Partner]) -> None:
    if not known:
        await ctx.answer("join.no-partner")
        return
    labels = ", ".join(one.label for one in known)
    await ctx.answer("partner.unknown", {"partner": words, "known": labels})


async def _ours(ctx: Context, about: OurMeeting) -> None:
    """Answer as `lien` does."""
    await ctx.answer("meeting.link", link_told(about.meeting, about.occurrence))
