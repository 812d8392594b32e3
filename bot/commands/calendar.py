"""`agenda lier`, `agenda délier`, `agenda état`: answered by direct message alone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bot.conversation.colleagues import Colleagues
from bot.conversation.context import Commands, Context
from bot.conversation.origins import Origin
from bot.conversation.talk import Talk
from bot.language.commands.calendar import LinkCalendar, ShowCalendar, UnlinkCalendar
from bot.language.commands.salon_calendar import GiveCalendar, TakeCalendarBack
from bot.language.commands.slot import FindSlot
from bot.matrix.events import SalonState
from bridge.domain.calendar import CalendarAccountState
from bridge.domain.message import (
    Notice,
    Parameter,
    Parameters,
    Priority,
    in_salon,
    moment,
    number,
    one_line,
    phrase,
)
from bridge.domain.salon import Salon
from bridge.ids import SalonId, UserId
from bridge.services.calendars.links import CalendarLinks, LinkedCalendars, host_of, zone_of
from bridge.services.calendars.links import state as state_of
from bridge.services.calendars.naming import name_of
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True)
class CalendarCommands:
    """The commands on one's own calendars."""

    tools: Tools
    links: CalendarLinks
    known: Colleagues

    def talk(self) -> Talk:
        """Return the commands, and what is looked up before one of them."""
        own: Commands = {
            LinkCalendar: self.link,
            UnlinkCalendar: self.unlink,
            ShowCalendar: self.show,
        }
        return Talk(commands=own, ahead={ShowCalendar: self.look})

    async def look(
        self, _: ShowCalendar, origin: Origin, salon: Salon, state: SalonState
    ) -> frozenset[SalonId]:
        """Return the salons of the author's calendars in which these make meetings now."""
        del salon, state
        async with self.tools.works.reading() as work:
            linked = await state_of(work, origin.by)
        calendars = () if linked is None else linked.calendars
        there = {one.salon for one in calendars if one.salon is not None}
        return frozenset([one for one in sorted(there) if await self._moderates(one, origin.by)])

    async def _moderates(self, salon: SalonId, user: UserId) -> bool:
        known = await self.known.state(salon)
        return user in known.members and known.level(user) >= self.tools.policy.moderator_level

    def without(self) -> Commands:
        """Return the answers where the operator lets nobody link a calendar."""
        own = (LinkCalendar, UnlinkCalendar, ShowCalendar)
        others = (FindSlot, GiveCalendar, TakeCalendarBack)
        return dict.fromkeys((*own, *others), _not_set_up)

    async def link(self, ctx: Context, _: LinkCalendar) -> None:
        """Send a link by direct message. Raises NotAllowed, LimitReached."""
        await self.links.invite(ctx.work, ctx.cause)
        await _elsewhere(ctx)

    async def unlink(self, ctx: Context, _: UnlinkCalendar) -> None:
        """Forget the author's account. Raises NotAllowed."""
        account = await self.links.unlink(ctx.work, ctx.cause)
        if account is None:
            await privately(ctx, "calendar.none")
        else:
            await privately(ctx, "calendar.unlinked", {"host": host_of(account)})

    async def show(self, ctx: Context, _: ShowCalendar) -> None:
        """Tell the state of the author's account, and what they can mend."""
        linked = await state_of(ctx.work, ctx.origin.by)
        if linked is None:
            await privately(ctx, "calendar.none")
            return
        zone = await zone_of(ctx.work, ctx.origin.by, self.tools)
        assert isinstance(ctx.ahead, frozenset), "it is looked for before"
        rows = [*_rows(linked, zone), *_salons(linked, ctx.ahead)]
        await privately(ctx, "calendar.state", {"rows": rows})


def _rows(linked: LinkedCalendars, zone: str) -> list[Parameter]:
    account, written = linked.account, linked.written
    names = [name_of(one) for one in linked.calendars]
    rows: list[Parameter] = [
        phrase("calendar.state.server", {"host": linked.host}),
        phrase("calendar.state.read", {"names": one_line(*names)}),
    ]
    if written is not None:
        rows.append(phrase("calendar.state.written", {"name": name_of(written)}))
    rows.append(phrase("calendar.state.free" if account.shares_free else "calendar.state.no-free"))
    if linked.first_read:
        told = {"many": number(linked.first_read)}
        rows.append(phrase("calendar.state.reading", told))
    else:
        rows.append(_last(account.ok_at, zone))
    return [*rows, *_to_mend(linked, zone)]


def _salons(linked: LinkedCalendars, moderated: Collection[SalonId]) -> list[Parameter]:
    """Return the rows about calendars of salons, of which new events become meetings."""
    rows: list[Parameter] = []
    for one in linked.calendars:
        if one.salon is not None:
            told = "salon" if one.salon in moderated else "salon-rests"
            row = phrase(f"calendar.state.{told}", {"name": name_of(one)})
            rows.append(in_salon(row, one.salon))
    return rows


def _last(at: datetime | None, zone: str) -> Parameter:
    if at is None:
        return phrase("calendar.state.never")
    return phrase("calendar.state.ok", {"at": moment(at, zone)})


def _to_mend(linked: LinkedCalendars, zone: str) -> list[Parameter]:
    """Return the rows about what is wrong, each with what its owner can do."""
    account = linked.account
    if account.state is CalendarAccountState.REFUSED:
        return [phrase("calendar.state.refused")]
    if account.state is CalendarAccountState.GONE:
        return [phrase("calendar.state.gone")]
    rows: list[Parameter] = []
    if account.failures:
        since = account.ok_at or account.linked_at
        rows.append(phrase("calendar.state.away", {"at": moment(since, zone)}))
    for one in linked.calendars:
        if one.suspect_since is not None:
            told: dict[str, Parameter] = {
                "name": name_of(one),
                "at": moment(one.suspect_since, zone),
            }
            rows.append(phrase("calendar.state.suspect", told))
    return rows


async def _not_set_up(ctx: Context, _: object) -> None:
    await ctx.answer("calendar.not-set-up")


async def privately(ctx: Context, template: str, parameters: Parameters | None = None) -> None:
    """Answer the author alone; a salon reads that there is an answer, and nothing of it."""
    if ctx.origin.direct:
        await ctx.answer(template, parameters)
        return
    to = ctx.cause.private
    assert to is not None, "whoever types has an account"
    notice = Notice(
        idempotency_key=f"direct:{ctx.cause.event}:0",
        to=to,
        template=template,
        parameters=parameters or {},
        priority=Priority.ANSWER,
        mentions=(to.user,),
    )
    await ctx.work.outbox.post(notice)
    await _elsewhere(ctx)


async def _elsewhere(ctx: Context) -> None:
    if not ctx.origin.direct:
        await ctx.answer("calendar.privately")
