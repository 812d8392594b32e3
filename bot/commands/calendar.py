"""`agenda lier`, `agenda délier`, `agenda état`: answered by direct message alone."""

from dataclasses import dataclass
from datetime import datetime

from bot.conversation.context import Commands, Context
from bot.language.commands.calendar import LinkCalendar, ShowCalendar, UnlinkCalendar
from bot.language.commands.slot import FindSlot
from bridge.domain.calendar import CalendarAccountState
from bridge.domain.message import (
    Notice,
    Parameter,
    Parameters,
    Priority,
    moment,
    one_line,
    phrase,
)
from bridge.services.calendars.links import (
    CalendarLinks,
    LinkedCalendars,
    host_of,
    name_of,
    state,
    zone_of,
)
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True)
class CalendarCommands:
    """The commands on one's own calendars."""

    tools: Tools
    links: CalendarLinks

    def table(self) -> Commands:
        """Return the methods that run parsed commands."""
        return {LinkCalendar: self.link, UnlinkCalendar: self.unlink, ShowCalendar: self.show}

    def without(self) -> Commands:
        """Return the answers where the operator lets nobody link a calendar."""
        own = (LinkCalendar, UnlinkCalendar, ShowCalendar)
        return dict.fromkeys((*own, FindSlot), _not_set_up)

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
        linked = await state(ctx.work, ctx.origin.by)
        if linked is None:
            await privately(ctx, "calendar.none")
            return
        zone = await zone_of(ctx.work, ctx.origin.by, self.tools)
        await privately(ctx, "calendar.state", {"rows": _rows(linked, zone)})


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
    rows.append(_last(account.ok_at, zone))
    return [*rows, *_to_mend(linked, zone)]


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
