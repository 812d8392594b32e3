"""`agenda salon`, `agenda salon retirer`, and the reaction that chooses a calendar."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.commands.calendar import privately
from bot.conversation.colleagues import Colleagues
from bot.conversation.context import Context
from bot.conversation.keycaps import KEYCAPS
from bot.conversation.origins import Origin
from bot.conversation.reactions import ReactionAct
from bot.conversation.talk import Talk
from bot.language.commands.salon_calendar import GiveCalendar, TakeCalendarBack
from bridge.domain.authority import Act, Membership
from bridge.domain.message import in_salon, one_line, phrase
from bridge.domain.salon_calendar import question_in
from bridge.errors import Refused
from bridge.ids import EventId
from bridge.ports import UnitOfWork
from bridge.services.calendars.salons import SalonCalendars
from bridge.services.permissions import demand_here
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True)
class SalonCalendarCommands:
    """The commands on a salon's calendars."""

    tools: Tools
    salons: SalonCalendars
    known: Colleagues

    def talk(self) -> Talk:
        """Return the commands."""
        return Talk(commands={GiveCalendar: self.give, TakeCalendarBack: self.take})

    def choices(self) -> Sequence[ReactionAct]:
        """Return the acts of 1️⃣ 2️⃣ 3️⃣ on a question, in this order."""
        return [
            ChooseCalendar(self.tools, self.salons, self.known, number)
            for number in range(len(KEYCAPS))
        ]

    async def give(self, ctx: Context, asked: GiveCalendar) -> None:
        """Give the salon the calendar that is meant, or ask. Raises NotAllowed, SalonSilent."""
        salon = ctx.origin.salon
        if ctx.origin.direct:
            await ctx.answer("salon-calendar.here")
            return
        demand_here(Act.SALON_CALENDAR, ctx.cause.actor, salon, self.tools.policy)
        ctx.origin.check_shown()
        own = await self.salons.own(ctx.work, ctx.origin.by)
        if not own:
            await privately(ctx, "calendar.none")
            return
        chosen = self.salons.meant(own, salon, asked.name)
        if chosen is None:
            template = "salon-calendar.unknown" if asked.name else "salon-calendar.which"
            await self.salons.ask(ctx.work, ctx.cause, own, template)
            await ctx.answer("calendar.privately")
        elif not await self.salons.give(ctx.work, ctx.cause, chosen, salon):
            await privately(ctx, "salon-calendar.elsewhere", {"name": chosen.name})

    async def take(self, ctx: Context, asked: TakeCalendarBack) -> None:
        """End it for the salon's calendars; by direct message, for the author's own ones.

        The salon reads it. Raises NotAllowed.
        """
        salon = None if ctx.origin.direct else ctx.origin.salon
        ended = await self.salons.take(ctx.work, ctx.cause, salon, asked.name)
        if not ended:
            await ctx.answer("salon-calendar.none")
        elif salon is None:
            names = one_line(*(one.name for one in ended))
            await ctx.answer("salon-calendar.taken", {"names": names})


@dataclass(frozen=True, slots=True)
class ChooseCalendar:
    """Gives a salon the calendar of one row of the question."""

    tools: Tools
    salons: SalonCalendars
    known: Colleagues
    number: int
    lasts: bool = False

    async def concerns(self, work: UnitOfWork, target: EventId) -> bool:
        """Tell whether it is on such a question."""
        asked = question_in(await work.outbox.key_of(target))
        return asked is not None and self.number < len(asked.calendars)

    async def refused(self) -> None:
        """Ask nobody."""

    async def take(self, work: UnitOfWork, origin: Origin, _: Refused | None, /) -> None:
        """Give it, with the rights that its owner has there now. Raises NotAllowed, SalonSilent."""
        notice = origin.about
        asked = None if notice is None else question_in(await work.outbox.key_of(notice))
        if asked is None:
            return
        own = {one.calendar.id: one for one in await self.salons.own(work, origin.by)}
        chosen = own.get(asked.calendars[self.number])
        if chosen is None:
            return  # somebody else's question, or it is linked no more
        state = await self.known.state(asked.salon)
        there = Membership(origin.by in state.members, state.level(origin.by))
        origin = replace(
            origin,
            elsewhere={asked.salon: there},
            silent=not state.may_speak(self.known.account.user),
        )
        demand_here(Act.SALON_CALENDAR, origin.cause.actor, asked.salon, self.tools.policy)
        origin.check_shown()
        if await self.salons.give(work, origin.cause, chosen, asked.salon):
            told = in_salon(phrase("salon-calendar.chosen", {"name": chosen.name}), asked.salon)
            answer = origin.answer("salon-calendar.done", {"told": told})
        else:
            answer = origin.answer("salon-calendar.elsewhere", {"name": chosen.name})
        await work.outbox.post(replace(answer, reply_to=notice))
