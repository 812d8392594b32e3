"""Whatever we write is read as it was meant, and what others wrote stays."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.answer import Answer
from bridge.domain.calendar_event import Attendee, CalendarEvent, EventDate
from bridge.domain.event import instant, walled
from bridge.domain.names import clean_words
from bridge.domain.series import Recurrence
from bridge.ids import MeetingId
from tests.unit.bridge.calendars.objects import STAMP, TEXTS, VISIO

ZONES = ("Europe/Paris", "UTC", "America/Cayenne", "Pacific/Auckland", "Africa/Casablanca")
RULES = (
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=MO,WE",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU",
    "FREQ=MONTHLY;BYDAY=-1FR;COUNT=5",
    "FREQ=YEARLY;UNTIL=20991231T120000",
)
TWICE = tuple(datetime(2027, 10, 31, 2, 30, fold=one) for one in (0, 1))
"""An hour that clocks show twice."""
words = (
    st.text(max_size=40).map(lambda one: clean_words(one, 200)).filter(lambda one: "#" not in one)
)
plain = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters='─"'), min_size=1)
lengths = st.integers(0, 60 * 24 * 3).map(lambda one: timedelta(minutes=one))
minutes = st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31)).map(
    lambda one: one.replace(second=0, microsecond=0, fold=0)
)
links = st.from_regex(r"[a-z]{3}-[a-z]{4}-[a-z]{3}", fullmatch=True).map(
    lambda one: f"{VISIO}/{one}"
)
people = st.lists(
    st.builds(
        Attendee,
        address=st.from_regex(r"[a-z0-9.+%'&-]{1,9}@[a-z]{1,9}\.example", fullmatch=True),
        name=words.map(lambda one: one.replace('"', "")).map(lambda one: clean_words(one, 100)),
        answer=st.sampled_from([None, *Answer]),
    ),
    max_size=4,
    unique_by=lambda one: one.address,
).map(lambda those: tuple(sorted(those, key=lambda one: one.address)))


@st.composite
def events(draw: st.DrawFn) -> CalendarEvent:
    link = draw(st.one_of(st.just(""), links))
    made = CalendarEvent(
        uid="c@exemple",
        start=draw(st.one_of(minutes, st.sampled_from(TWICE))),
        length=draw(lengths),
        zone=draw(st.sampled_from(ZONES)),
        title=draw(words),
        tagged=draw(st.booleans()),
        cancelled=draw(st.booleans()),
        organizer=draw(st.sampled_from(["", "alice.martin@exemple.gouv.fr"])),
        attendees=draw(people),
        meeting=draw(st.one_of(st.none(), st.uuids().map(MeetingId))),
        link=link,
        phone=draw(plain) if link and draw(st.booleans()) else "",
        topics="\n\n".join(draw(st.lists(plain, max_size=3))) if link else "",
        sequence=draw(st.integers(0, 99)),
    )
    if draw(st.booleans()):
        made = replace(
            made,
            all_day=True,
            zone="Europe/Paris",
            start=datetime.combine(made.start, datetime.min.time()),
            length=timedelta(days=1 + made.length.days),
        )
    if walled(instant(made.start, made.zone), made.zone) != made.start or made.zone == "UTC":
        made = replace(made, start=made.start.replace(fold=0))
    if draw(st.booleans()):
        return draw(series(replace(made, start=made.start.replace(fold=0))))
    return made


@st.composite
def series(draw: st.DrawFn, made: CalendarEvent) -> CalendarEvent:
    begins = made.start.time()
    days = st.lists(
        st.integers(1, 900).map(
            lambda one: datetime.combine(made.start + timedelta(days=one), begins)
        ),
        max_size=3,
        unique=True,
    ).map(lambda those: tuple(sorted(those)))
    without, besides = draw(days), draw(days)
    originals = [one for one in draw(days) if one not in without]
    dates = []
    for one in originals:
        start = (
            draw(st.sampled_from([one, one + timedelta(days=2)]))
            if made.all_day
            else (draw(st.sampled_from([one, one + timedelta(hours=3)])))
        )
        title = draw(st.one_of(st.just(""), words.filter(lambda said: said != made.title)))
        cancelled = draw(st.booleans())
        if cancelled or start != one or title:
            dates.append(
                EventDate(
                    original=one, start=start, length=made.length, title=title, cancelled=cancelled
                )
            )
    rule = draw(st.sampled_from(RULES))
    if made.all_day:
        rule = rule.replace("T120000", "T235959")
    recurrence = Recurrence(rule=rule, without=without, besides=besides)
    return replace(made, recurrence=recurrence, dates=tuple(dates))


@given(event=events())
@settings(max_examples=60, deadline=None)
async def test_what_is_written_anew_is_read_as_it_was_meant(event: CalendarEvent):
    written = await TEXTS.write(event, None, stamp=STAMP)
    found = await TEXTS.read(written)
    assert found.fields() == event.fields()
    assert found == replace(event, zone=found.zone, start=found.start)
    assert all(len(row.encode()) <= 75 for row in written.split("\r\n"))
    assert await TEXTS.write(event, written, stamp=STAMP) == written


@given(old=events(), new=events())
@settings(max_examples=60, deadline=None)
async def test_what_is_changed_is_read_as_it_was_meant(old: CalendarEvent, new: CalendarEvent):
    text = await TEXTS.write(old, None, stamp=STAMP)
    written = await TEXTS.write(new, text, stamp=STAMP)
    found = await TEXTS.read(written)
    answers = {one.address: one.answer for one in old.attendees}
    kept = tuple(
        replace(one, answer=one.answer or answers.get(one.address)) for one in new.attendees
    )
    if old.organizer and not new.organizer:
        new = replace(new, organizer=old.organizer)
    assert found.fields() == replace(new, attendees=kept).fields()
    assert await TEXTS.write(found, written, stamp=STAMP) == written
