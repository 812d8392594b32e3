"""Events as organisers mail them (iTIP, RFC 5546): each part has versions, which come in any order.

What is known of an event is one calendar: the newest version of the event itself, if there is one,
and of each of its dates that is an event of its own.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bridge.calendars.content import (
    LONGEST_TEXT,
    Component,
    ContentLine,
    parsed,
    serialized,
    text_line,
    unescaped,
)
from bridge.calendars.event_texts import ICalendarTexts
from bridge.calendars.people import address_of, organizer_of
from bridge.calendars.reading import (
    ObjectEvents,
    date_of,
    found_in,
    is_cancelled,
    sequence_of,
)
from bridge.calendars.shifting import shift_of
from bridge.calendars.times import Clocks, Spelling
from bridge.domain.calendar_event import CalendarEvent
from bridge.domain.event import instant
from bridge.domain.mailed import MailedEvent
from bridge.errors import EventUnreadable
from bridge.ports.mailed import MailedHead, MailedVersion

_MOST_OWED = 10
"""Dates of one mail that are answered one by one."""
_KEPT = ("VERSION", "PRODID", "CALSCALE")
_ANSWERED = ("UID", "RECURRENCE-ID", "SUMMARY", "DTSTART", "DTEND", "DURATION", "ORGANIZER")
_EPOCH = ContentLine("DTSTART:19700101T000000Z")
"""The time of an event of which only the end is known."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_WHOLE = ""
"""The name of the part that is the event itself."""


@dataclass(frozen=True, slots=True)
class SummonedTexts:
    """Implements `bridge.ports.mailed.MailedTexts`."""

    texts: ICalendarTexts

    def head(self, text: str, method: str) -> MailedHead:
        """Return a mail's head, and whom it names. Raises EventUnreadable."""
        found = self._found(text)
        events = [*([] if found.master is None else [found.master]), *found.overrides]
        organizers = {organizer_of(one) for one in events} - {""}
        people = {address_of(line) for one in events for line in one.all("ATTENDEE")} - {""}
        return MailedHead(
            method=method,
            uid=found.uid,
            organizer=organizers.pop() if len(organizers) == 1 else "",
            attendees=frozenset(people),
        )

    async def merge(
        self, known: str, text: str, now: datetime, *, cancels: bool = False
    ) -> MailedVersion | None:
        """Return an event with a mail's changes; `None`: there are none. Raises EventUnreadable.

        A long text takes a while, so it is read apart from the event loop.
        """
        return await asyncio.to_thread(self._merged, known, text, now, cancels=cancels)

    async def read(self, known: str) -> CalendarEvent:
        """Return a known text as an event. Raises EventUnreadable."""
        return _single(await self.texts.read(known))

    def acceptance(
        self, event: MailedEvent, part: str, sequence: int, now: datetime
    ) -> bytes | None:
        """Return the answer that we come (REPLY); `None` if there is no such date any more."""
        found = self._found(event.text)
        wanted = _parts(found).get(part)
        if wanted is None:
            return None
        answer = Component("VEVENT", [one for one in wanted.lines if one.name in _ANSWERED])
        answer.items += [
            ContentLine(f"SEQUENCE:{sequence}"),
            ContentLine(f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"),
            ContentLine(f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{event.invited}"),
        ]
        head = [
            ContentLine("VERSION:2.0"),
            text_line("PRODID", f"-//Parvis//Parvis//{self.texts.language.value.upper()}"),
            ContentLine("METHOD:REPLY"),
        ]
        zones = found.calendar.parts("VTIMEZONE")
        return serialized([Component("VCALENDAR", [*head, *zones, answer])]).encode()

    def _found(self, text: str) -> ObjectEvents:
        return found_in(parsed(text), self.texts.zone)

    def _merged(
        self, known: str, text: str, now: datetime, *, cancels: bool
    ) -> MailedVersion | None:
        mailed = self._found(text)
        old = self._found(known) if known else None
        before = {} if old is None else _parts(old)
        fresh = {
            name: _stamped(one, now)
            for name, one in _parts(mailed).items()
            if name not in before
            or _version(one, mailed.clocks, now) > _version(before[name], mailed.clocks, now)
        }
        if not fresh:
            return None
        if cancels:
            fresh = {name: _ended(one, before.get(name)) for name, one in fresh.items()}
        zones = _zones(old, mailed)
        parts = {**before, **fresh}
        if old is not None and not cancels and _WHOLE in fresh and _WHOLE in before:
            parts = self._moved(zones, (before, fresh))
        kept = [one for one in mailed.calendar.lines if one.name in _KEPT]
        whole = Component("VCALENDAR", [*kept, *zones, *(parts[one] for one in sorted(parts))])
        written = serialized([whole])
        if len(written) > LONGEST_TEXT:
            raise EventUnreadable("long")
        owed = [] if cancels else _owed(fresh)
        return MailedVersion(written, _single(self.texts.read_now(written)), tuple(owed))

    def _moved(
        self,
        zones: Sequence[Component],
        both: tuple[Mapping[str, Component], Mapping[str, Component]],
    ) -> dict[str, Component]:
        """Return the parts where the series has other times: dates apart are known by new starts.

        A date that a person gave its own time keeps it. Those of the series that are no more go.
        """
        before, fresh = both
        old, new = (self._series(zones, one[_WHOLE]) for one in both)
        parts = dict(fresh)
        by = shift_of(old, new)
        for name, one in before.items():
            if name in parts or name == _WHOLE:
                continue
            if by is None:
                continue  # other dates: what was said of the old ones is about nothing
            clocks = Clocks(self.texts.zone, {_name(zone): zone for zone in zones})
            original = date_of(one, new, clocks).original + by
            date = one.copy()
            spelling = Spelling(new.zone, new.zone, new.all_day)
            line = spelling.line("RECURRENCE-ID", original, utc=not new.all_day)
            date.put("RECURRENCE-ID", line)
            parts.setdefault(_moment(original, new), date)
        return parts

    def _series(self, zones: Sequence[Component], master: Component) -> CalendarEvent:
        alone = Component("VCALENDAR", [*zones, master])
        return self.texts.read_now(serialized([alone]))


def _parts(found: ObjectEvents) -> dict[str, Component]:
    """Return the event itself and its dates apart, each by its name; of two, the newer one."""
    parts: dict[str, Component] = {} if found.master is None else {_WHOLE: found.master}
    for one in found.overrides:
        told = found.clocks.time(one, "RECURRENCE-ID")
        if told is None:
            raise EventUnreadable("start")
        name = told.moment.isoformat()
        if name not in parts or sequence_of(one) >= sequence_of(parts[name]):
            parts[name] = one
    return parts


def _moment(original: datetime, event: CalendarEvent) -> str:
    return instant(original, "UTC" if event.all_day else event.zone).isoformat()


def _version(part: Component, clocks: Clocks, now: datetime) -> tuple[int, datetime]:
    """Return by what two versions of a part are compared: no clock is ahead of ours."""
    stamp = clocks.time(part, "DTSTAMP")
    return sequence_of(part), _LONG_AGO if stamp is None else min(stamp.moment, now)


def _stamped(part: Component, now: datetime) -> Component:
    """Return a part whose DTSTAMP is not ahead of our clock."""
    said = Clocks("UTC", {}).time(part, "DTSTAMP")
    if said is None or said.moment <= now:
        return part
    copy = part.copy()
    copy.put("DTSTAMP", ContentLine(f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"))
    return copy


def _ended(part: Component, known: Component | None) -> Component:
    """Return a part that is cancelled: as it is known, since a cancellation says little."""
    if known is None:
        copy = part.copy()
        if copy.first("DTSTART") is None and copy.first("RECURRENCE-ID") is None:
            copy.put("DTSTART", _EPOCH)
    else:
        copy = known.copy()
        copy.put("SEQUENCE", ContentLine(f"SEQUENCE:{sequence_of(part)}"))
        copy.put("DTSTAMP", *part.all("DTSTAMP")[:1])
    copy.put("STATUS", ContentLine("STATUS:CANCELLED"))
    return copy


def _zones(old: ObjectEvents | None, mailed: ObjectEvents) -> list[Component]:
    """Return the zones that both describe, as the newer one does."""
    zones: dict[str, Component] = {}
    for one in (*([] if old is None else [old]), mailed):
        zones |= {_name(zone): zone for zone in one.calendar.parts("VTIMEZONE")}
    return list(zones.values())


def _name(zone: Component) -> str:
    return _text(zone, "TZID").strip('"')


def _owed(fresh: Mapping[str, Component]) -> list[tuple[str, int]]:
    """Return the versions to accept: an answer to the event is one to all that came with it."""
    names = [_WHOLE] if _WHOLE in fresh else sorted(fresh)[:_MOST_OWED]
    return [(one, sequence_of(fresh[one])) for one in names if not is_cancelled(fresh[one])]


def _single(event: CalendarEvent) -> CalendarEvent:
    """Return dates of a series that we don't have as one event: the first that takes place."""
    if not event.orphan:
        return event
    left = [one for one in event.dates if not one.cancelled] or list(event.dates)
    first = left[0]
    return CalendarEvent(
        uid=event.uid,
        start=first.start,
        length=first.length,
        zone=event.zone,
        all_day=event.all_day,
        title=first.title or event.title,
        tagged=event.tagged,
        cancelled=first.cancelled,
        hidden=event.hidden,
        organizer=event.organizer,
        attendees=event.attendees,
        meeting=event.meeting,
        link=event.link,
        sequence=event.sequence,
    )


def _text(part: Component, name: str) -> str:
    line = part.first(name)
    return "" if line is None else unescaped(line.value)
