from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.calendar_event import Attendee, CalendarEvent, EventDate
from bridge.domain.meeting import Occurrence
from bridge.domain.series import Recurrence, Series
from bridge.domain.told import meeting_event
from bridge.ids import OccurrenceId, uuid7
from tests.contract.store_samples import START, meeting, occurrence, room

MEETING = replace(meeting(room=room()), topics="Budget\n──────────\nDivers")
MONDAY = datetime(2027, 1, 4, 10)
WEEK = timedelta(days=7)
HALF = timedelta(minutes=30)
SERIES = Series(
    meeting=MEETING.id,
    start=MONDAY,
    length=HALF,
    zone="Europe/Paris",
    recurrence=Recurrence(
        rule="FREQ=WEEKLY;BYDAY=MO", without=(MONDAY + WEEK,), besides=(MONDAY + HALF,)
    ),
    closed=(MONDAY + 2 * WEEK,),
)


def date(original: datetime, *, by: timedelta = timedelta(), **changes: object) -> Occurrence:
    start = (original + by - timedelta(hours=1)).replace(tzinfo=UTC)
    made = Occurrence(
        id=OccurrenceId(uuid7(START)),
        meeting=MEETING.id,
        start=start,
        end=start + HALF,
        zone="Europe/Paris",
        original=original,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def told(*dates: Occurrence, series: Series | None = SERIES, **changes: object) -> CalendarEvent:
    return meeting_event(
        replace(MEETING, **changes),  # type: ignore[arg-type]
        dates,
        series,
        domain="exemple.gouv.fr",
        untitled="Réunion Visio",
        phone="Par téléphone : 01 23, PIN 456",
    )


def test_a_meeting_is_one_event_with_its_link():
    one = occurrence(MEETING)
    found = told(one, series=None)
    assert found.uid == f"{MEETING.id}@exemple.gouv.fr"
    assert (found.meeting, found.link) == (MEETING.id, "https://visio.example/abc-defg-hij")
    assert (found.start, found.zone) == (datetime(2026, 12, 1, 11), "Europe/Paris")
    assert (found.length, found.cancelled) == (timedelta(hours=1), False)
    assert (found.title, found.phone) == ("Point d’étape", "Par téléphone : 01 23, PIN 456")
    assert found.topics == "Budget\n----------\nDivers"
    assert told(one.cancelled(START), series=None).cancelled
    assert told(one.ended(one.end), series=None) == found


def test_dates_with_rooms_of_their_own_are_joined_from_their_cards():
    dates = date(MONDAY), date(MONDAY + 3 * WEEK, apart=True)
    assert told(*dates).link == ""
    assert told(date(MONDAY)).link


def test_a_meeting_without_a_room_has_no_words_about_one():
    found = told(occurrence(MEETING), series=None, room=None)
    assert (found.link, found.phone, found.topics) == ("", "", "")


@pytest.mark.parametrize(
    ("own", "common", "title"),
    [("Bilan", "Point", "Bilan"), (None, "Point", "Point"), (None, "\u202e", "Réunion Visio")],
)
def test_titles(own: str | None, common: str, title: str):
    one = replace(occurrence(MEETING), title=own)
    assert told(one, series=None, title=common).title == title


def test_attendees_are_in_order():
    people = [Attendee(address="b@exemple.fr"), Attendee(address="a@exemple.fr")]
    found = meeting_event(
        MEETING,
        [occurrence(MEETING)],
        None,
        domain="x",
        untitled="y",
        organizer="c@exemple.fr",
        attendees=people,
    )
    assert found.organizer == "c@exemple.fr"
    assert [one.address for one in found.attendees] == ["a@exemple.fr", "b@exemple.fr"]


def test_a_series_has_its_rule_and_the_dates_that_differ():
    moved, named = MONDAY + 3 * WEEK, MONDAY + 4 * WEEK
    gone, early = MONDAY + 5 * WEEK, MONDAY + 6 * WEEK
    ended = date(early)
    found = told(
        date(MONDAY - WEEK, by=HALF),  # of the rule before
        date(MONDAY),
        date(moved, by=HALF),
        date(named, title="Bilan"),
        date(gone).cancelled(START),
        ended.ended(ended.start + HALF / 2),
        date(MONDAY + HALF).cancelled(START),
    )
    assert (found.start, found.length, found.zone) == (MONDAY, HALF, "Europe/Paris")
    assert found.recurrence == Recurrence(
        rule="FREQ=WEEKLY;BYDAY=MO", without=(MONDAY + WEEK, MONDAY + 2 * WEEK, gone)
    )
    assert found.dates == (
        EventDate(original=moved, start=moved + HALF, length=HALF),
        EventDate(original=named, start=named, length=HALF, title="Bilan"),
    )
    assert [one.title for one in found.dates] == ["", "Bilan"]
    assert not found.cancelled


def test_a_series_of_another_title():
    found = told(date(MONDAY), series=replace(SERIES, title="Mêlée"))
    assert (found.title, [one.title for one in found.dates]) == ("Mêlée", ["Point d’étape"])


def test_a_series_of_which_nothing_is_left_is_cancelled():
    over = replace(SERIES, recurrence=Recurrence(rule="FREQ=WEEKLY;UNTIL=20261201T100000"))
    assert told(date(MONDAY).cancelled(START), series=over).cancelled
    assert not told(date(MONDAY), date(MONDAY + WEEK).cancelled(START), series=over).cancelled


def test_each_date_with_a_room_of_its_own_tells_its_link():
    own = replace(room(), url="https://visio.example/own-room-two")
    first = date(MONDAY)
    second = date(MONDAY + 3 * WEEK, apart=True, own_room=own)
    third = date(MONDAY + 4 * WEEK, apart=True)
    found = told(first, second, third)
    assert found.apart
    assert [(one.original, one.link) for one in found.links] == [
        (MONDAY, "https://visio.example/abc-defg-hij"),
        (MONDAY + 3 * WEEK, "https://visio.example/own-room-two"),
    ]
    assert not told(first).apart
    assert told(first).links == ()


def test_the_only_date_that_is_left_of_such_a_series_has_its_own_link():
    own = replace(room(), url="https://visio.example/own-room-two")
    found = told(date(MONDAY, apart=True, own_room=own), series=None)
    assert found.link == own.url
    assert (found.links, found.apart) == ((), False)
    assert told(date(MONDAY, apart=True), series=None).link == ""
