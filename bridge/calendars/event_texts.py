"""Reads and writes the text of events: short ones in the event loop, others in a thread."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from bridge.calendars.content import parsed
from bridge.calendars.links import MeetingLinks
from bridge.calendars.reading import event_of, found_in
from bridge.domain.calendar_event import CalendarEvent
from bridge.i18n import Language, catalogues

_SHORT = 8 * 1024
"""Characters that are read in the event loop: some milliseconds."""
_MORE = 4
"""A write takes so much longer than a read."""
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class ICalendarTexts:
    """Implements `bridge.ports.calendar_servers.EventTexts`.

    What it does takes time in proportion to the text, and `bridge.calendars.content` limits that:
    nothing is expanded, so that nothing must be killed.
    """

    zone: str
    """The IANA zone of times that name none."""
    visio: str
    """Visio's address."""
    language: Language
    """The language of the words around a link."""
    _links: MeetingLinks = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Take the words from the catalogue."""
        words = catalogues()[self.language]
        others = [one for language, one in catalogues().items() if language is not self.language]
        links = MeetingLinks(
            self.visio,
            words.text("letter.join"),
            words.text("letter.topics"),
            tuple(one.text("calendar.apart") for one in (words, *others)),
        )
        object.__setattr__(self, "_links", links)

    async def read(self, text: str) -> CalendarEvent:
        """Return all events of the one UID in an object. Raises EventUnreadable.

        Bytes that are no UTF-8 may be in it as `surrogateescape` leaves them.
        """
        return await _run(len(text), lambda: self.read_now(text))

    def read_now(self, text: str) -> CalendarEvent:
        """Do as `read`, at once."""
        return event_of(found_in(parsed(text), self.zone), self._links)

    async def write(self, event: CalendarEvent, text: str | None, *, stamp: datetime) -> str:
        """Return an object that says `event`: `text` with our fields changed, or a new one.

        If nothing differs, it is `text`. Raises EventUnreadable for a text that `read` refuses.
        """

        def written() -> str:
            from bridge.calendars.writing import changed_text, new_text  # noqa: PLC0415

            if text is None:
                product = f"-//Parvis//Parvis//{self.language.value.upper()}"
                return new_text(event, self._links, product, stamp)
            return changed_text(text, event, self.zone, self._links, stamp)

        return await _run(len(text or "") * _MORE, written)


async def _run(size: int, work: Callable[[], _Made]) -> _Made:
    """Run work at once if it is short, and the library for zones and lines is there."""
    if size <= _SHORT and "icalendar" in sys.modules:
        return work()
    return await asyncio.to_thread(work)
