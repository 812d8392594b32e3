"""Writes an event into an object of a calendar: what differs is changed, all else stays.

Docs: docs/decisions/0046-events-of-calendars.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bridge.calendars.content import Component, ContentLine, parsed, serialized, text_line
from bridge.calendars.itip import timezone
from bridge.calendars.links import OUR_ID, MeetingLinks, ToldLink
from bridge.calendars.overrides import Overrides
from bridge.calendars.people import write_people
from bridge.calendars.reading import ObjectEvents, date_of, event_of, found_in, sequence_of
from bridge.calendars.setting import Setting
from bridge.calendars.times import Clocks, Spelling
from bridge.calendars.zone_names import zone_of
from bridge.domain.calendar_event import CalendarEvent
from bridge.domain.event import instant

_COUNTED = (
    *("DTSTART", "DTEND", "DURATION", "RRULE", "EXDATE", "RDATE"),
    *("STATUS", "LOCATION", "URL"),
)
"""The properties whose change SEQUENCE counts."""


def new_text(event: CalendarEvent, links: MeetingLinks, product: str, stamp: datetime) -> str:
    """Return a new object that says `event`."""
    calendar = Component(
        "VCALENDAR",
        [
            ContentLine("VERSION:2.0"),
            ContentLine(f"PRODID:{product}"),
            ContentLine("CALSCALE:GREGORIAN"),
        ],
    )
    master = None if event.orphan else _blank(event)
    if master is not None:
        calendar.items.append(master)
    found = ObjectEvents(calendar, event.uid, master, [], Clocks(event.zone, {}))
    _Writing(found, None, event, links, stamp).run()
    return serialized([calendar])


def changed_text(
    text: str, event: CalendarEvent, zone: str, links: MeetingLinks, stamp: datetime
) -> str:
    """Return `text` with what `event` says otherwise; the same text if that is nothing.

    Raises EventUnreadable.
    """
    calendars = parsed(text)
    found = found_in(calendars, zone)
    before = [one.copy() for one in calendars]
    _Writing(found, event_of(found, links), event, links, stamp).run()
    return text if calendars == before else serialized(calendars)


def _blank(event: CalendarEvent) -> Component:
    lines = [
        text_line("UID", event.uid),
        ContentLine("DTSTAMP:"),
        ContentLine(f"SEQUENCE:{event.sequence}"),
    ]
    return Component("VEVENT", [*lines, *([ContentLine("CLASS:PRIVATE")] if event.hidden else [])])


@dataclass(slots=True)
class _Writing:
    found: ObjectEvents
    old: CalendarEvent | None
    """The object as it is; `None`: it is new."""
    event: CalendarEvent
    links: MeetingLinks
    stamp: datetime

    def run(self) -> None:
        """Change the object."""
        calendar = self.found.calendar
        calendar.remove("METHOD")  # SabreDAV and Cyrus refuse it in a PUT
        before = [(part, part.copy()) for part in calendar.parts("VEVENT")]
        spelling = Spelling(self.event.zone, self._named(), self.event.all_day)
        known = self._names(spelling.named)
        setting = Setting(self.found, self.old, self.event, spelling)
        if self.found.master is None and not self.event.orphan:
            self._begin(spelling)
        elif self.found.master is not None and not self.event.orphan:
            setting.master(self.found.master)
        if setting.followed:
            Overrides(self.found, self.old, self.event, setting).write(_blank(self.event))
        for part in calendar.parts("VEVENT"):
            write_people(part, self.event.organizer, self.event.attendees)
            self._link(part)
        self._versions(before)
        if not known and self._names(spelling.named):
            self._zone(spelling.named)

    def _begin(self, spelling: Spelling) -> None:
        """Add the event itself to an object that has some dates of it alone."""
        master, calendar = _blank(self.event), self.found.calendar
        at = min(calendar.items.index(one) for one in self.found.overrides)
        calendar.items.insert(at, master)
        self.found = replace(self.found, master=master)
        Setting(self.found, None, self.event, spelling).master(master)

    def _named(self) -> str:
        """Return the object's own name for the event's zone; else the zone's."""
        for part in self.found.calendar.parts("VEVENT"):
            line = part.first("DTSTART")
            named = "" if line is None else line.parameter("TZID")
            clocks, year = self.found.clocks, self.event.start.year
            if named and zone_of(named, clocks.told, year, clocks.default) == self.event.zone:
                return named
        return self.event.zone

    def _link(self, part: Component) -> None:
        event, old, told = self.event, self.old, self._told(part)
        apart = told.apart or (old is not None and old.apart)
        if old is None or apart or self.links.is_visio(told.link or self.links.found(part)):
            self.links.write(part, told, texts=old is None or not old.hidden)
        said = [] if event.meeting is None else [ContentLine(f"{OUR_ID}:{event.meeting}")]
        if [one.value.strip().lower() for one in part.all(OUR_ID)] != [one.value for one in said]:
            part.put(OUR_ID, *said)

    def _told(self, part: Component) -> ToldLink:
        """Return the link of an event: that of its own date, if it has one."""
        event = self.event
        if event.links and part.first("RECURRENCE-ID") is not None:
            original = date_of(part, event, self.found.clocks).original
            for one in event.links:
                if one.original == original:
                    return ToldLink(one.link, one.phone, one.topics)
        return ToldLink(event.link, event.phone, event.topics, event.apart)

    def _versions(self, before: Sequence[tuple[Component, Component]]) -> None:
        """Set DTSTAMP where something changed, and SEQUENCE where it counts that."""
        known = {id(part): copy for part, copy in before}
        parts = self.found.calendar.parts("VEVENT")
        gone = len([one for one, _ in before if all(one is not part for part in parts)])
        top = max([self.event.sequence, *(sequence_of(copy) for _, copy in before)])
        for part in parts:
            was = known.get(id(part))
            if was is not None and was == part and not (gone and part is self.found.master):
                continue
            self._stamped(part)
            if self.old is not None and (was is None or gone or _counts(was, part)):
                part.put("SEQUENCE", ContentLine(f"SEQUENCE:{top + 1}"), after="DTSTAMP")

    def _stamped(self, part: Component) -> None:
        now = f"{self.stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        part.put("DTSTAMP", ContentLine(f"DTSTAMP:{now}"), after="UID")
        if part.first("LAST-MODIFIED") is not None:
            part.put("LAST-MODIFIED", ContentLine(f"LAST-MODIFIED:{now}"))

    def _names(self, zone: str) -> bool:
        """Tell whether a time names a zone so, or the object tells its rules."""
        return zone in self.found.clocks.told or any(
            line.parameter("TZID") == zone
            for part in self.found.calendar.parts("VEVENT")
            for line in part.lines
            if "TZID=" in line.text
        )

    def _zone(self, named: str) -> None:
        """Add the rules of the event's zone."""
        calendar = self.found.calendar
        event = self.event
        walls = [event.start, *(one.start for one in event.dates)]
        moments = [instant(one, event.zone) for one in walls]
        series = event.recurrence is not None or event.orphan
        made = timezone(
            event.zone,
            min(moments),
            max(moments) + event.length,
            series=series,
            named=named,
        )
        text = made.to_ical(sorted=False).decode()
        (holder,) = parsed(f"BEGIN:VCALENDAR\r\n{text}END:VCALENDAR\r\n")
        at = next(at for at, one in enumerate(calendar.items) if isinstance(one, Component))
        calendar.items[at:at] = holder.items


def _counts(was: Component, part: Component) -> bool:
    return [one.text for one in was.all(*_COUNTED)] != [one.text for one in part.all(*_COUNTED)]
