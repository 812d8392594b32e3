"""Hands what a calendar says to the bot, which alone knows what its owner may do now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from bridge.domain.calendar import CalendarAccount
from bridge.domain.calendar_change import CalendarChange, packed_event
from bridge.ids import EventId, SalonId, UserId
from bridge.ports import UnitOfWork

KIND = "calendar-changed"
"""Names these rows of the inbox."""


@dataclass(frozen=True, slots=True)
class ToBot:
    """Fills the inbox."""

    bot: UserId
    """The installation's first account: it hears of meetings that have no account yet."""

    async def hand(
        self,
        work: UnitOfWork,
        account: CalendarAccount,
        changes: Sequence[CalendarChange],
        now: datetime,
    ) -> None:
        """Leave a row for each change, in the transaction that stores what was read."""
        for one in changes:
            known = await work.calendars.object(one.object)
            if known is None:
                continue
            salon, bot = SalonId(""), self.bot
            meeting = known.meeting or (None if one.event is None else one.event.meeting)
            found = None if meeting is None else await work.meetings.get(meeting)
            if found is not None:
                salon, bot = found.salon or salon, found.account or bot
            else:
                calendar = await work.calendars.calendar(known.calendar)
                salon = (None if calendar is None else calendar.salon) or salon
            packed = packed_event(one.event)
            # A deletion has no version: it is told apart by when it was missed.
            said = f"{one.etag} {packed}" if one.event is not None else f"{known.gone_at}"
            version = sha256(said.encode()).hexdigest()[:16]
            event = EventId(f"calendar:{known.id}:{version}")
            payload = {
                "event": event,
                "salon": salon,
                "sent_at": now.isoformat(),
                "owner": account.owner,
                "object": str(one.object),
                "said": packed,
                "etag": one.etag,
                "after": None if one.after is None else one.after.isoformat(),
            }
            await work.inbox.leave(event, account=bot, salon=salon, kind=KIND, payload=payload)
