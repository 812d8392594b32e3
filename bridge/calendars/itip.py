"""Calendar files: a mail's invitation, its update and its cancellation (RFC 5546), and a plain one.

Import it when the first file is made: icalendar takes a quarter of a second, and a program that
mails no guest never needs it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from icalendar import (
    Calendar,
    Component,
    Event,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
    vCalAddress,
    vRecur,
)

from bridge.calendars.vtimezone import Observance, observances
from bridge.calendars.zone_names import UTC_NAMES
from bridge.domain.event import GuestEvent, ShiftedDate, instant, walled
from bridge.domain.series import Recurrence
from bridge.i18n import Language

_AHEAD = timedelta(days=3 * 366)
"""The time for which a series' zone is told where its changes follow no rule."""
_UNTIL = re.compile(r"UNTIL=(\d{8})(?:T(\d{6})Z?)?", re.IGNORECASE)


class ItipMethod(StrEnum):
    """The purpose of a calendar file, as RFC 5546 names it."""

    REQUEST = "REQUEST"
    """An invitation, or an update of one."""
    CANCEL = "CANCEL"
    DECLINECOUNTER = "DECLINECOUNTER"
    """Another time that its guest proposed is not taken."""


@dataclass(frozen=True, slots=True)
class CalendarUser:
    """A person in a calendar file."""

    address: str = field(repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """The two parties of an invitation: without both of them mail readers offer no answer."""

    organizer: CalendarUser
    sent_by: str
    """Our address: the mail comes from it, and the answers go to the organizer."""
    guest: CalendarUser
    answer: str = "NEEDS-ACTION"
    """The guest's PARTSTAT."""
    asks: bool = True
    """Whether an answer is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventText:
    """The words of an event; none has a Visio address, a phone number or a PIN."""

    language: Language
    title: str
    description: str
    link: str = field(default="", repr=False)
    """The guest's personal link; empty if it leads nowhere."""
    stamp: datetime
    """When the file is made: new in each message (DTSTAMP)."""


def invitation_file(
    method: ItipMethod, event: GuestEvent, text: EventText, invited: Parties
) -> bytes:
    """Return the file that invites, updates or cancels (METHOD)."""
    calendar = _calendar(event, text)
    calendar.add("method", method.value)
    for component in _events(event, text, invited, cancelled=method is ItipMethod.CANCEL):
        calendar.add_component(component)
    return _bytes(calendar)


def plain_file(event: GuestEvent, text: EventText) -> bytes:
    """Return a file to open or to import: it asks for no answer, and names nobody."""
    calendar = _calendar(event, text)
    for component in _events(event, text, None, cancelled=False):
        calendar.add_component(component)
    return _bytes(calendar)


def event_component(event: GuestEvent, text: EventText, *, cancelled: bool) -> Event:
    """Return an event without its exceptions, to read: it names nobody."""
    return _event(event, text, None, cancelled=cancelled)


def zone_components(events: Iterable[GuestEvent]) -> Iterator[Component]:
    """Return each zone in which the events' times are told, once, for all their days."""
    found: dict[str, list[GuestEvent]] = {}
    for event in filter(_in_zone, events):
        found.setdefault(event.zone, []).append(event)
    for _, those in sorted(found.items()):
        yield _zone(those)


def _bytes(calendar: Calendar) -> bytes:
    return bytes(calendar.to_ical(sorted=False))


def _calendar(event: GuestEvent, text: EventText) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//Parvis//Parvis//{text.language.value.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if _in_zone(event):
        calendar.add_component(_zone([event]))
    return calendar


def _events(
    event: GuestEvent, text: EventText, invited: Parties | None, *, cancelled: bool
) -> Iterator[Event]:
    yield _event(event, text, invited, cancelled=cancelled)
    if not cancelled:
        for one in event.shifted:
            yield _event(_alone(event, one), text, invited, cancelled=False)


def _alone(event: GuestEvent, one: ShiftedDate) -> GuestEvent:
    """Return a date of a series that has another time, as an event."""
    return GuestEvent(
        uid=event.uid,
        start=one.start,
        length=one.length,
        zone=event.zone,
        original=one.original,
        sequence=event.sequence,
    )


def _event(
    event: GuestEvent, text: EventText, invited: Parties | None, *, cancelled: bool
) -> Event:
    made = Event()
    made.add("uid", event.uid)
    made.add("dtstamp", text.stamp)
    made.add("sequence", event.sequence)
    _times(made, event)
    made.add("summary", _normal(text.title))
    made.add("description", _normal(text.description))
    made.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    made.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    if text.link:
        made.add("location", text.link)
        made.add("url", text.link)
    if invited is not None:
        _parties(made, invited, cancelled=cancelled)
    return made


def _times(made: Event, event: GuestEvent) -> None:
    zoned = _in_zone(event)

    def told(wall: datetime) -> datetime:
        return wall.replace(tzinfo=ZoneInfo(event.zone)) if zoned else instant(wall, event.zone)

    if event.original is not None:
        made.add("recurrence-id", told(event.original))
    made.add("dtstart", told(event.start))
    made.add("dtend", told(walled(instant(event.start, event.zone) + event.length, event.zone)))
    if event.recurrence is not None:
        _repeats(made, event.recurrence, event.zone)
        for name, those in (
            ("exdate", event.recurrence.without),
            ("rdate", event.recurrence.besides),
        ):
            if those:
                made.add(name, [told(one) for one in those])


def _repeats(made: Event, recurrence: Recurrence, zone: str) -> None:
    made.add("rrule", vRecur.from_ical(rule_text(recurrence.rule, zone)))


def rule_text(rule: str, zone: str) -> str:
    """Return the RRULE of a local rule: as RFC 5545 (3.3.10) demands, with its end in UTC."""
    return _UNTIL.sub(lambda found: _until(found, zone), rule)


def _until(found: re.Match[str], zone: str) -> str:
    day, time = found[1], found[2] or "235959"
    wall = datetime.strptime(f"{day}{time}", "%Y%m%d%H%M%S")  # noqa: DTZ007 - a wall time
    return f"UNTIL={instant(wall, zone):%Y%m%dT%H%M%SZ}"


def _in_zone(event: GuestEvent) -> bool:
    """Tell whether an event's times are told in its zone; if not, in UTC.

    An hour that comes twice can't be told in its zone. Only a single event can be moved to UTC.
    """
    if event.zone in UTC_NAMES:
        return False
    end = walled(instant(event.start, event.zone) + event.length, event.zone)
    twice = event.start.fold or end.fold
    return not twice or event.recurrence is not None


def _parties(made: Event, invited: Parties, *, cancelled: bool) -> None:
    organizer = _address(invited.organizer)
    if invited.organizer.address != invited.sent_by:
        organizer.params["SENT-BY"] = f"mailto:{invited.sent_by}"
    made.add("organizer", organizer)
    guest = _address(invited.guest)
    guest.params["ROLE"] = "REQ-PARTICIPANT"
    guest.params["PARTSTAT"] = invited.answer
    if invited.asks and not cancelled:
        guest.params["RSVP"] = "TRUE"
    made.add("attendee", guest)


def _address(user: CalendarUser) -> vCalAddress:
    address = vCalAddress(f"mailto:{user.address}")
    if name := _normal(user.name).replace('"', "’"):
        address.params["CN"] = name
    return address


def _zone(events: Sequence[GuestEvent]) -> Component:
    """Return the VTIMEZONE of events that are told in one zone, one at least."""
    (zone,) = {one.zone for one in events}
    starts = [instant(one.start, zone) for one in events]
    originals = [instant(one.original, zone) for one in events if one.original is not None]
    return timezone(
        zone,
        min([*starts, *originals]),
        max(start + one.length for start, one in zip(starts, events, strict=True)),
        series=any(one.recurrence is not None for one in events),
    )


def timezone(
    zone: str, first: datetime, last: datetime, *, series: bool, named: str | None = None
) -> Timezone:
    """Return the VTIMEZONE of an event that is from `first` to `last`, both aware, or goes on.

    `named`: the name that the file has for the zone.
    """
    made = Timezone()
    made.add("tzid", named or zone)
    for one in observances(zone, first, last + _AHEAD if series else last):
        made.add_component(_observance(one))
    return made


def _observance(one: Observance) -> Component:
    made = TimezoneDaylight() if one.daylight else TimezoneStandard()
    made.add("dtstart", one.onset)
    if one.rule is not None:
        made.add("rrule", vRecur.from_ical(one.rule))
    made.add("tzoffsetfrom", one.before)
    made.add("tzoffsetto", one.after)
    made.add("tzname", one.name)
    return made


def _normal(text: str) -> str:
    """Return a text composed (NFC): two spellings of one letter are one."""
    return unicodedata.normalize("NFC", text)
