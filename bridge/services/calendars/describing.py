"""A meeting as the event that its people's calendars are to have."""

from dataclasses import dataclass

from bridge.domain.calendar_event import CalendarEvent
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.series import Series
from bridge.domain.told import meeting_event, phone_words
from bridge.ids import MeetingId
from bridge.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A meeting with all of its dates, and the event that says it."""

    meeting: Meeting
    dates: tuple[Occurrence, ...]
    """All that are kept, over ones and cancelled ones too."""
    series: Series | None
    event: CalendarEvent


@dataclass(frozen=True, slots=True)
class Describing:
    """Describes meetings."""

    domain: str
    """The part of a UID after the `@`."""
    untitled: str
    """The title of a meeting without one."""

    async def describe(self, work: UnitOfWork, meeting: MeetingId) -> Described | None:
        """Return a meeting as it is now; `None` if it is not there any more."""
        found = await work.meetings.get(meeting)
        if found is None:
            return None
        series = await work.series.get(meeting)
        dates = tuple(await work.meetings.occurrences_of(meeting))
        if not dates:
            return None
        event = meeting_event(
            found,
            dates,
            series,
            domain=self.domain,
            untitled=self.untitled,
            phone=phone_words(found.room),
        )
        return Described(meeting=found, dates=dates, series=series, event=event)
