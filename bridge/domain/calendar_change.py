"""Changes in calendars, as they are handed to the bot.

The bot alone knows what the homeserver lets an agent do at this moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from bridge.domain.calendar_event import CalendarEvent
from bridge.ids import CalendarObjectId

_EVENT = TypeAdapter(CalendarEvent | None)


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """An event that a poll found changed, new or deleted."""

    object: CalendarObjectId
    event: CalendarEvent | None
    """`None`: it was deleted."""
    etag: str = ""
    """Of this version. The event's row gets it when the meeting has followed: until then nothing is
    written over it."""
    after: datetime | None = None
    """The end, naive, of another event of the same meeting, after which this one goes on: a client
    that changes "this and those that follow" cuts a series in two."""


def packed_event(event: CalendarEvent | None) -> Mapping[str, Any] | None:
    """Return an event in JSON's types."""
    packed: Mapping[str, Any] | None = _EVENT.dump_python(event, mode="json")
    return packed


def unpacked_event(packed: Mapping[str, Any] | None) -> CalendarEvent | None:
    """Return the event that `packed_event` took apart. Raises ValueError."""
    return _EVENT.validate_python(packed)
