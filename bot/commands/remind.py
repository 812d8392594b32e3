"""`rappel`, `rappels`, and what `réglages` says of reminders."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.conversation.context import Commands, Context
from bot.conversation.reactions import SnoozeReminder
from bot.conversation.salon import has_left
from bot.conversation.talk import Talk
from bot.language.commands.remind import Remind, Reminders
from bot.matrix.events import Account
from bridge.domain.authority import Act
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Parameter, moment, phrase, span
from bridge.domain.policy import Policy
from bridge.domain.reminder import Reminder, salon_lead
from bridge.domain.salon import Salon
from bridge.errors import MeetingAmbiguous
from bridge.ids import SalonId
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.naming import shown, titled, when
from bridge.services.reminders.own import OwnReminders, zone_of
from bridge.services.reminders.salon import SalonReminders
from bridge.services.reminders.wording import begins
from bridge.services.tools import Tools

SNOOZE = ("💤", "⏰")
"""The reactions that have a reminder come again."""
_ROWS = 50
_OFFERED = 5
_SOON = timedelta(minutes=2)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ReminderCommands:
    """The commands on one's own reminders."""

    tools: Tools
    meetings: Meetings
    account: Account

    def talk(self) -> Talk:
        """Return the methods that run parsed commands, and the reactions to a reminder."""
        commands: Commands = {Remind: self.remind, Reminders: self.list}
        snooze = SnoozeReminder(self.tools, self._own)
        return Talk(commands=commands, reactions=dict.fromkeys(SNOOZE, snooze))

    @property
    def _own(self) -> OwnReminders:
        return OwnReminders(self.tools)

    async def remind(self, ctx: Context, asked: Remind) -> None:
        """Set, drop or put off a reminder of the meeting that is meant, or list what there is.

        Raises NoMeeting, MeetingAmbiguous, NotAllowed, LimitReached.
        """
        if asked.shows:
            await self.list(ctx, Reminders())
            return
        replied = await self._replied(ctx, asked)
        if replied is None:
            meeting, occurrence = await self._meant(ctx, asked)
        else:
            _, meeting, occurrence = replied
        later = asked.after or (None if asked.said else asked.before)
        if asked.none:
            await self._drop(ctx, meeting, occurrence)
        elif replied is not None and later:
            await self._put_off(ctx, *replied, by=later)
        else:
            await self._set(ctx, asked, meeting, occurrence)

    async def list(self, ctx: Context, _: Reminders) -> None:
        """List the author's reminders; in a salon, only those of its own meetings."""
        known = await self._own.listed(ctx.work, ctx.origin.by)
        rows = [await self._row(ctx, *one) for one in known if await self._shown(ctx, one[1])]
        if rows:
            await ctx.answer("reminder.list", {"rows": rows[:_ROWS]})
        else:
            await ctx.answer("reminder.list-empty")

    async def _replied(
        self, ctx: Context, asked: Remind
    ) -> tuple[Reminder, Meeting, Occurrence] | None:
        about = None if asked.title or asked.day else ctx.origin.about
        return None if about is None else await self._own.replied(ctx.work, about, ctx.origin.by)

    async def _meant(self, ctx: Context, asked: Remind) -> tuple[Meeting, Occurrence]:
        """Return the meeting that is named or replied to, otherwise the one to come."""
        reply, named = ctx.cause.reply, asked.title or asked.day
        if not named and (reply is None or (reply.about is None and reply.thread is None)):
            known = await self.meetings.listed(ctx.work, ctx.cause)
            coming = [pair for pair in known if pair[1].start > ctx.now]
            if len(coming) == 1:
                return coming[0]
            if coming:
                rows: list[Parameter] = [shown(*pair) for pair in coming[:_OFFERED]]
                if ctx.cause.direct:
                    raise MeetingAmbiguous(reason="direct", rows=rows)
                raise MeetingAmbiguous(rows=rows)
        return await self.meetings.current(
            ctx.work, ctx.cause, Act.LINK, title=asked.title, on=asked.day
        )

    async def _set(
        self, ctx: Context, asked: Remind, meeting: Meeting, occurrence: Occurrence
    ) -> None:
        at = asked.at if asked.after is None else ctx.now + asked.after
        made = await self._own.set(
            ctx.work,
            occurrence,
            ctx.origin.by,
            account=ctx.origin.account,
            before=asked.before,
            at=at,
        )
        if made is None:
            await ctx.answer(*_past(meeting, occurrence, ctx.now))
            return
        zone = await _zone(ctx, occurrence)
        parameters: dict[str, Parameter] = {
            "title": titled(meeting, occurrence),
            "at": moment(made.at, zone),
            "lead": span(made.before or timedelta()),
        }
        if made.before is None:
            await ctx.answer("reminder.set-at", parameters)
        else:
            key = "reminder.set-before" if made.before else "reminder.set-start"
            await ctx.answer(key, parameters)

    async def _put_off(
        self,
        ctx: Context,
        reminder: Reminder,
        meeting: Meeting,
        occurrence: Occurrence,
        *,
        by: timedelta,
    ) -> None:
        at = await self._own.snooze(ctx.work, reminder, occurrence, by)
        if at is None:
            await ctx.answer(*_past(meeting, occurrence, ctx.now))
            return
        shown_at = moment(at, await _zone(ctx, occurrence))
        title = titled(meeting, occurrence)
        await ctx.answer("reminder.snoozed", {"title": title, "at": shown_at})

    async def _drop(self, ctx: Context, meeting: Meeting, occurrence: Occurrence) -> None:
        dropped = await self._own.drop(ctx.work, occurrence, ctx.origin.by)
        key = "reminder.dropped" if dropped else "reminder.none-of"
        await ctx.answer(key, {"title": titled(meeting, occurrence)})

    async def _shown(self, ctx: Context, meeting: Meeting) -> bool:
        """Tell whether the answer may name a meeting: its readers may read it where it is."""
        if not ctx.origin.direct:
            return meeting.salon == ctx.salon.id
        salon = meeting.salon
        return salon is None or not await has_left(self.account, ctx.origin.by, SalonId(salon))

    async def _row(
        self, ctx: Context, reminder: Reminder, meeting: Meeting, occurrence: Occurrence
    ) -> Parameter:
        moved = reminder.before is None and reminder.start != occurrence.start
        return phrase(
            "reminder.row-moved" if moved else "reminder.row",
            {
                "at": moment(reminder.at, await _zone(ctx, occurrence)),
                "title": titled(meeting, occurrence),
                "when": when(occurrence),
            },
        )


async def _zone(ctx: Context, occurrence: Occurrence) -> str:
    """Return the zone of the answer: the author's if only they read it."""
    if ctx.origin.direct:
        return await zone_of(ctx.work, ctx.origin.by, occurrence)
    return occurrence.zone


def _past(
    meeting: Meeting, occurrence: Occurrence, now: datetime
) -> tuple[str, dict[str, Parameter]]:
    """Return the answer to a reminder whose moment is past, with one that would not be."""
    left = occurrence.start - now
    parameters: dict[str, Parameter] = {
        "title": titled(meeting, occurrence),
        "begins": begins(occurrence, now),
        "when": when(occurrence),
    }
    if left <= _SOON:
        return "reminder.past-begun", parameters
    return "reminder.past", {**parameters, "minutes": min(10, left // _MINUTE // 2)}


# --- settings -----------------------------------------------------------------------------------


async def choose_recall(ctx: Context, minutes: int, tools: Tools) -> None:
    """Store how long before a meeting the salon is reminded; its meetings follow at once."""
    salon = replace(ctx.salon, remind=minutes)
    await SalonReminders(tools).choose(ctx.work, salon)
    await ctx.answer("settings.remind-set", {"row": recall_row(salon, tools.policy)})


def recall_row(salon: Salon, policy: Policy) -> Parameter:
    """Return the setting as the list of settings shows it."""
    lead = salon_lead(salon.remind, policy.remind_before)
    if lead is None:
        return phrase("settings.no-remind")
    return phrase("settings.remind", {"lead": span(lead)}) if lead else _AT_START


_AT_START = phrase("settings.remind-start")


async def choose_zone(ctx: Context, zone: str) -> None:
    """Store the zone in which the author reads, and types, times in direct messages."""
    if not ctx.origin.direct:
        await ctx.answer("settings.zone-private")
        return
    await ctx.work.agents.choose_zone(ctx.origin.by, zone or None)
    if zone:
        await ctx.work.salons.save(replace(ctx.salon, zone=zone))
    await ctx.answer("settings.remind-set", {"row": await zone_row(ctx)})


async def zone_row(ctx: Context) -> Parameter:
    """Return the author's zone as the list of settings shows it in a direct message."""
    zone = await ctx.work.agents.zone(ctx.origin.by)
    return phrase("settings.own-zone", {"zone": zone}) if zone else _NO_ZONE


_NO_ZONE = phrase("settings.no-own-zone")
