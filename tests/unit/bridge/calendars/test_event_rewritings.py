"""An event stays the same event, however servers rewrite it."""

import pytest

from bridge.domain.calendar_event import Attendee, EventDate
from bridge.domain.series import Recurrence
from tests.unit.bridge.calendars.objects import (
    HALF,
    LINK,
    MEETING,
    STAMP,
    TEXTS,
    event,
    mondays,
    wall,
)

PHONE = "Par téléphone : 01 23 45 67 89, PIN 456"
ELEVENTH = wall("2027-01-11T10:00")
SENT = mondays(
    link=LINK,
    meeting=MEETING,
    phone=PHONE,
    topics="Budget",
    organizer="alice.martin@exemple.gouv.fr",
    attendees=(Attendee(address="bob@exemple.gouv.fr", name="Bob"),),
    recurrence=Recurrence(
        rule="FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270628T100000", without=(wall("2027-01-06T10:00"),)
    ),
    dates=(
        EventDate(original=ELEVENTH, start=ELEVENTH + HALF, length=HALF),
        EventDate(
            original=wall("2027-01-13T10:00"),
            start=wall("2027-01-13T10:00"),
            length=HALF,
            cancelled=True,
        ),
    ),
)
REWRITINGS = {
    "URL with a type (SabreDAV)": ("URL:", "URL;VALUE=URI:"),
    "FEATURE quoted (Cyrus)": ("FEATURE=VIDEO;", 'FEATURE="VIDEO";'),
    "another name (SOGo)": ("CN=Bob", 'CN="Bob Martin"'),
    "a class (SOGo)": ("STATUS:", "CLASS:PUBLIC\r\nSTATUS:"),
    "an organiser who attends": (
        "ORGANIZER:",
        "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:Alice.Martin@exemple.gouv.fr\r\nORGANIZER:",
    ),
    "a state of delivery": ("PARTSTAT=NEEDS-ACTION", "PARTSTAT=NEEDS-ACTION;SCHEDULE-STATUS=1.2"),
    "another version": ("SEQUENCE:0", "SEQUENCE:1"),
    "a rule in another order": (
        "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270628T080000Z",
        "UNTIL=20270628T080000Z;INTERVAL=1;FREQ=WEEKLY;WKST=MO;BYDAY=WE,MO",
    ),
    "exceptions in UTC": ("EXDATE;TZID=Europe/Paris:20270106T100000", "EXDATE:20270106T090000Z"),
    "a zone by Windows' name": ("TZID=Europe/Paris:", "TZID=Romance Standard Time:"),
    "no VTIMEZONE": ("BEGIN:VTIMEZONE", "BEGIN:X-NONE"),
    "no zone (SOGo the other way round)": (";TZID=Europe/Paris:", ":"),
    "line breaks": ("\r\n", "\n"),
}


@pytest.mark.parametrize("how", REWRITINGS)
async def test_what_servers_make_of_an_event_is_the_same_event(how: str):
    sent = await TEXTS.write(SENT, None, stamp=STAMP)
    old, put = REWRITINGS[how]
    back = sent.replace("\r\n ", "").replace(old, put)
    if how == "no VTIMEZONE":
        back = back.replace("END:VTIMEZONE", "END:X-NONE")
    assert back != sent
    assert (await TEXTS.read(back)).fields() == SENT.fields()


async def test_a_single_event_that_a_server_tells_in_utc_is_the_same():
    sent = event(link=LINK)
    back = (await TEXTS.write(sent, None, stamp=STAMP)).replace(
        "DTSTART;TZID=Europe/Paris:20270112T100000", "DTSTART:20270112T090000Z"
    )
    found = await TEXTS.read(back)
    assert found.zone == "UTC"
    assert found.fields() == sent.fields()
    assert await TEXTS.write(sent, back, stamp=STAMP) == back


async def test_a_cancelled_date_that_becomes_an_exception_is_the_same():
    """Zimbra."""
    sent = await TEXTS.write(SENT, None, stamp=STAMP)
    at = sent.index("BEGIN:VEVENT", sent.index("20270111T103000"))
    back = sent[:at] + "END:VCALENDAR\r\n"
    back = back.replace("20270106T100000", "20270106T100000,20270113T100000")
    assert (await TEXTS.read(back)).fields() == SENT.fields()
