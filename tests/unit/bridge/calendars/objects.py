"""Calendar objects for tests, and what reads and writes them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bridge.calendars.event_texts import ICalendarTexts
from bridge.domain.calendar_event import CalendarEvent
from bridge.domain.series import Recurrence
from bridge.i18n import Language
from bridge.ids import MeetingId
from bridge.ports.calendar_servers import EventTexts

VISIO = "https://visio.exemple.gouv.fr"
LINK = f"{VISIO}/abc-defg-hij"
MEETING = MeetingId(UUID("01990000-0000-7000-8000-000000000001"))
HALF = timedelta(minutes=30)
RULED = "─" * 10
JOINED = f"{RULED}\\nRejoindre la réunion\\n{LINK}"
BLOCK = f"{JOINED}\\n{RULED}"
"""Ours, at the end of a description."""
STAMP = datetime(2026, 12, 1, 9, tzinfo=UTC)
TEXTS: EventTexts = ICalendarTexts(zone="Europe/Paris", visio=VISIO, language=Language.FR)
PARIS = """\
BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""
TIMES = (
    "DTSTART;TZID=Europe/Paris:20270112T100000",
    "DTEND;TZID=Europe/Paris:20270112T103000",
)
WEEKLY = (
    "DTSTART;TZID=Europe/Paris:20270104T100000",
    "DTEND;TZID=Europe/Paris:20270104T103000",
    "RRULE:FREQ=WEEKLY;BYDAY=MO",
)
wall = datetime.fromisoformat
"""Reads a time without a zone."""


def vevent(*lines: str) -> str:
    said = "\n".join(("UID:c@exemple", "DTSTAMP:20270104T080000Z", *lines))
    return f"BEGIN:VEVENT\n{said}\nEND:VEVENT\n"


def vcalendar(*parts: str, zone: str = PARIS) -> str:
    return (
        f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Exemple//Agenda 1//FR\n{zone}"
        f"{''.join(parts)}END:VCALENDAR\n"
    )


def text(*lines: str, zone: str = PARIS) -> str:
    """An object with one event."""
    return vcalendar(vevent(*lines), zone=zone)


def rows(written: str) -> list[str]:
    """The lines of an object, unfolded."""
    return written.replace("\r\n ", "").replace("\r\n", "\n").strip("\n").split("\n")


def event(**changes: object) -> CalendarEvent:
    made = CalendarEvent(
        uid="c@exemple",
        start=wall("2027-01-12T10:00"),
        length=timedelta(minutes=30),
        zone="Europe/Paris",
        title="Revue",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def mondays(**changes: object) -> CalendarEvent:
    rule = Recurrence(rule="FREQ=WEEKLY;BYDAY=MO")
    return event(**{"start": wall("2027-01-04T10:00"), "recurrence": rule, **changes})


async def changed(said: str, **changes: object) -> list[str]:
    """The lines of an object after a change of what it says."""
    was = await TEXTS.read(said)
    now = replace(was, **changes)  # type: ignore[arg-type]
    written = await TEXTS.write(now, said, stamp=STAMP)
    found = await TEXTS.read(written)
    assert found.fields() == now.fields()
    assert await TEXTS.write(now, written, stamp=STAMP) == written
    return rows(written)


def differences(before: str, after: list[str]) -> tuple[list[str], list[str]]:
    """The lines that went and those that came, but for DTSTAMP."""
    was = rows(before)
    gone = [one for one in was if one not in after and not one.startswith("DTSTAMP")]
    come = [one for one in after if one not in was and not one.startswith("DTSTAMP")]
    return gone, come


async def read(*lines: str, zone: str = PARIS) -> CalendarEvent:
    """An event with these lines, as it is read."""
    return await TEXTS.read(text(*lines, zone=zone))
