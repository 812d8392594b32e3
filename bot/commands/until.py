"""Ends of links: an hour alone is on the meeting's own day."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.language.commands.invite import Invite
from bridge.domain.meeting import Occurrence
from bridge.errors import InvitationRefused, TimeRefused


def lacking(
    on: Callable[[date], datetime],
    occurrence: Occurrence,
    now: datetime,
    closes: datetime | None = None,
) -> timedelta:
    """Return by how much to extend a meeting, or a link that `closes`.

    Raises InvitationRefused.
    """
    try:
        lacks = _on_its_day(on, occurrence, now) - max(closes or occurrence.reopened.end, now)
    except TimeRefused as error:
        raise InvitationRefused(reason="extend-none") from error
    if lacks <= timedelta():
        raise InvitationRefused(reason="extend-none")
    return lacks


def until_of(asked: Invite, occurrence: Occurrence, now: datetime) -> datetime | None:
    """Return the moment until which links are to work."""
    return asked.until if asked.on is None else _on_its_day(asked.on, occurrence, now)


def _on_its_day(on: Callable[[date], datetime], occurrence: Occurrence, now: datetime) -> datetime:
    """Return an hour on the meeting's own day. Raises TimeRefused."""
    zone = ZoneInfo(occurrence.zone)
    today = now.astimezone(zone).date()
    first = max(occurrence.start.astimezone(zone).date(), today)
    last = max(occurrence.end.astimezone(zone).date(), first)
    try:
        until = on(first)
    except TimeRefused:
        if last == first:
            raise
        return on(last)
    return until if until > occurrence.start or last == first else on(last)
