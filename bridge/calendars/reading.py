"""Reads an object of a calendar: all events of its one UID, as far as we understand them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from bridge.calendars.content import MOST_ATTENDEES, MOST_EVENTS, Component, unescaped
from bridge.calendars.guard import MOST_DATES, check
from bridge.calendars.links import OUR_ID, MeetingLinks
from bridge.calendars.people import attendees_of, organizer_of
from bridge.calendars.times import Clocks, Told
from bridge.domain.answer import Answer
from bridge.domain.calendar_event import CalendarEvent, DateLink, DateTaken, EventDate
from bridge.domain.event import walled
from bridge.domain.names import clean_words
from bridge.domain.rules import local_text, local_time, parts_of, rule_of
from bridge.domain.series import Recurrence, Series
from bridge.domain.told import LONGEST_TITLE
from bridge.domain.wall import DAY
from bridge.errors import EventUnreadable, RecurrenceRefused
from bridge.ids import MeetingId

_LONGEST_UID = 1_000
_TAG = re.compile(r"(?<![\w#&/.-])#visio(?![\w-])", re.IGNORECASE)
_ONCE = "FREQ=DAILY;COUNT=1"
"""The rule of an event that has dates besides its own, and no rule."""
_NOBODY = MeetingId(UUID(int=0))


@dataclass(frozen=True, slots=True)
class ObjectEvents:
    """The events of an object."""

    calendar: Component
    """The VCALENDAR that they are in."""
    uid: str
    master: Component | None
    """The event itself, or the series; `None`: the object has some of its dates alone."""
    overrides: Sequence[Component]
    clocks: Clocks

    @property
    def main(self) -> Component:
        """The event that speaks for all."""
        return self.overrides[0] if self.master is None else self.master

    @property
    def hidden(self) -> bool:
        """Whether its words are for its owner's eyes alone."""
        return is_hidden(self.main)


def found_in(calendars: Sequence[Component], zone: str) -> ObjectEvents:
    """Return the events of one object; `zone` is that of times without one.

    Raises EventUnreadable.
    """
    holding = [one for one in calendars if one.parts("VEVENT")]
    if len(holding) != 1:
        raise EventUnreadable("calendars" if holding else "event")
    calendar = holding[0]
    events = calendar.parts("VEVENT")
    if len(events) > MOST_EVENTS:
        raise EventUnreadable("events")
    if sum(len(one.all("ATTENDEE")) for one in events) > MOST_ATTENDEES:
        raise EventUnreadable("attendees")
    uids = {_text(one, "UID").strip() for one in events}
    uid = uids.pop()
    if uids or not 0 < len(uid) <= _LONGEST_UID:
        raise EventUnreadable("uid")
    overrides = [one for one in events if one.first("RECURRENCE-ID") is not None]
    masters = [one for one in events if one.first("RECURRENCE-ID") is None]
    if len(masters) > 1:
        raise EventUnreadable("twice")
    for one in overrides:
        line = one.first("RECURRENCE-ID")
        if line is not None and line.parameter("RANGE"):
            raise EventUnreadable("range")
    zones = {_text(one, "TZID").strip('"'): one for one in calendar.parts("VTIMEZONE")}
    return ObjectEvents(calendar, uid, next(iter(masters), None), overrides, Clocks(zone, zones))


def event_of(found: ObjectEvents, links: MeetingLinks) -> CalendarEvent:
    """Return the events of an object as one value. Raises EventUnreadable."""
    main = found.main
    start = found.clocks.time(main, "DTSTART") or found.clocks.time(main, "RECURRENCE-ID")
    if start is None:
        raise EventUnreadable("start")
    title, tagged = title_of(main)
    block = links.block(_text(main, "DESCRIPTION"))
    link = links.found(main)
    ours = block if block is not None and block.link == link else None
    event = CalendarEvent(
        uid=found.uid,
        start=start.wall,
        length=found.clocks.length(main, start),
        zone=start.zone,
        all_day=start.day,
        title="" if found.hidden else title,
        tagged=tagged,
        cancelled=found.master is not None and is_cancelled(main),
        busy=_is_busy(main),
        hidden=found.hidden,
        organizer=organizer_of(main),
        attendees=attendees_of(main),
        meeting=_meeting(main),
        link=link,
        phone="" if ours is None else ours.phone,
        topics="" if ours is None else ours.topics,
        apart=block is not None and not block.link,
        sequence=sequence_of(main),
    )
    if found.master is not None:
        event = _repeated(event, found.master, found.clocks)
    if found.master is None or event.recurrence is not None:
        event = replace(
            event,
            dates=_dates(event, found),
            taken=_taken(event, found),
            links=_links(event, found, links),
        )
    return event


def _links(event: CalendarEvent, found: ObjectEvents, links: MeetingLinks) -> tuple[DateLink, ...]:
    """Return the links to our Visio of single dates that are not the event's."""
    known: dict[datetime, DateLink] = {}
    for part in () if found.master is None else found.overrides:
        link = links.found(part)
        if not link or link == event.link or not links.is_visio(link):
            continue
        block = links.block(_text(part, "DESCRIPTION"))
        ours = block if block is not None and block.link == link else None
        original = date_of(part, event, found.clocks).original
        known[original] = DateLink(
            original=original,
            link=link,
            phone="" if ours is None else ours.phone,
            topics="" if ours is None else ours.topics,
        )
    return tuple(known[one] for one in sorted(known))


def _repeated(event: CalendarEvent, master: Component, clocks: Clocks) -> CalendarEvent:
    """Return an event with its recurrence; of one beyond our limits, its first date alone."""
    if not master.all("RRULE", "RDATE"):
        return event
    try:
        recurrence = Recurrence(
            rule=_rule(master, event),
            without=starts_of(master, "EXDATE", event, clocks),
            besides=starts_of(master, "RDATE", event, clocks),
        )
        check(
            Series(
                meeting=_NOBODY,
                start=event.start,
                length=event.length,
                zone=event.zone,
                recurrence=recurrence,
            )
        )
    except RecurrenceRefused as refused:
        return replace(event, unfollowed=str(refused.parameters["why"]))
    return replace(event, recurrence=recurrence)


def _rule(master: Component, event: CalendarEvent) -> str:
    """Return a series' rule with its end in wall time: calendars write it in UTC."""
    lines, listed = master.all("RRULE"), master.all("EXDATE", "RDATE")
    if len(lines) > 1 or master.all("EXRULE"):
        raise RecurrenceRefused(why="rule")
    if sum(one.text.count(",") + 1 for one in listed) > MOST_DATES:
        raise RecurrenceRefused(why="dates")
    if not lines:
        return _ONCE
    try:
        parts = parts_of(lines[0].value.strip().rstrip(";"))
        if "UNTIL" in parts:
            parts["UNTIL"] = local_text(_until(parts["UNTIL"], event))
    except (ValueError, OverflowError) as error:
        raise RecurrenceRefused(why="rule") from error
    return rule_of(parts)


def _until(said: str, event: CalendarEvent) -> datetime:
    end = local_time(said)
    if event.all_day:
        return local_time(f"{end:%Y%m%d}")
    return walled(end.replace(tzinfo=UTC), event.zone) if said.endswith("Z") else end


def starts_of(
    part: Component, name: str, event: CalendarEvent, clocks: Clocks
) -> tuple[datetime, ...]:
    """Return the starts that an event's lines of a name say, as its own wall times."""
    told = (one for line in part.all(name) for one in clocks.times(line))
    return tuple(sorted({start_in(one, event) for one in told}))


def start_in(told: Told, event: CalendarEvent) -> datetime:
    """Return the start of a date that a line names: of a day alone, at the hour of the event."""
    if event.all_day:
        return datetime.combine(told.wall_in(event.zone), datetime.min.time())
    return told.wall_in(event.zone, event.start).replace(fold=0)


def _dates(event: CalendarEvent, found: ObjectEvents) -> tuple[EventDate, ...]:
    """Return the dates that differ from the series; of an orphan, all that it has."""
    known: dict[datetime, tuple[int, EventDate]] = {}
    for part in found.overrides:
        date = date_of(part, event, found.clocks)
        newest = known.get(date.original, (-1, date))[0]
        if sequence_of(part) >= newest:
            known[date.original] = (sequence_of(part), date)
    dates = [known[one][1] for one in sorted(known)]
    if found.master is None:
        return tuple(dates)
    return tuple(one for one in dates if one.cancelled or not _plain(one, event))


def date_of(part: Component, event: CalendarEvent, clocks: Clocks) -> EventDate:
    """Return the date that an override tells. Raises EventUnreadable."""
    named = clocks.time(part, "RECURRENCE-ID")
    if named is None:
        raise EventUnreadable("start")
    original = start_in(named, event)
    start = clocks.time(part, "DTSTART")
    title = "" if event.hidden or is_hidden(part) else title_of(part)[0]
    if start is None:
        begins, length = original, event.length
    else:
        begins = start.wall_in(event.zone)
        length = clocks.length(part, start, max(event.length, DAY) if start.day else event.length)
    return EventDate(
        original=original,
        start=begins,
        length=length,
        title="" if title == event.title else title,
        cancelled=is_cancelled(part),
    )


def _taken(event: CalendarEvent, found: ObjectEvents) -> tuple[DateTaken, ...]:
    """Return whether each date that is an event of its own takes time; of two, the newer one."""
    known: dict[datetime, DateTaken] = {}
    for part in sorted(found.overrides, key=sequence_of):
        named = found.clocks.time(part, "RECURRENCE-ID")
        if named is None:
            raise EventUnreadable("start")
        people = attendees_of(part)
        one = DateTaken(
            original=start_in(named, event),
            busy=_is_busy(part),
            declined=frozenset(who.address for who in people if who.answer is Answer.NO),
        )
        known[one.original] = one
    return tuple(known[one] for one in sorted(known))


def _plain(one: EventDate, event: CalendarEvent) -> bool:
    """Tell whether a date is as the series gives it."""
    return (one.start, one.start.fold, one.length) == (one.original, 0, event.length) and (
        not one.title
    )


def title_of(part: Component) -> tuple[str, bool]:
    """Return an event's title without the tag `#visio`, and whether it has it."""
    said = clean_words(_text(part, "SUMMARY")[: LONGEST_TITLE * 4], LONGEST_TITLE * 2)
    plain = _TAG.sub(" ", said)
    return clean_words(plain, LONGEST_TITLE), plain != said


def is_cancelled(part: Component) -> bool:
    """Tell whether an event or a date is cancelled."""
    return _text(part, "STATUS").strip().upper() == "CANCELLED"


def _is_busy(part: Component) -> bool:
    return _text(part, "TRANSP").strip().upper() != "TRANSPARENT"


def is_hidden(part: Component) -> bool:
    """Tell whether its class is another one than PUBLIC."""
    line = part.first("CLASS")
    return line is not None and line.value.strip().upper() not in ("", "PUBLIC")


def sequence_of(part: Component) -> int:
    """Return the SEQUENCE; 0 if there is none."""
    said = _text(part, "SEQUENCE").strip()
    return int(said) if re.fullmatch(r"[0-9]{1,9}", said) else 0


def _meeting(part: Component) -> MeetingId | None:
    said = _text(part, OUR_ID).strip()
    try:
        return MeetingId(UUID(said)) if re.fullmatch(r"[0-9A-Fa-f-]{36}", said) else None
    except ValueError:
        return None


def _text(part: Component, name: str) -> str:
    line = part.first(name)
    return "" if line is None else unescaped(line.value)
