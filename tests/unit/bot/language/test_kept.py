"""A suggestion says what was said: the day, the hour, the length or the end, the title, the people."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.meeting import Meet
from bridge.errors import Refused
from bridge.i18n import Language

from .reading import paris, read, refused

pytestmark = pytest.mark.slow

DAYS = {
    "": "2026-11-18",
    "demain": "2026-11-19",
    "lundi": "2026-11-23",
    "le lundi prochain": "2026-11-23",
    "next Monday": "2026-11-23",
    "après-demain": "2026-11-20",
    "the day after tomorrow": "2026-11-20",
    "le 3": "2026-12-03",
    "2 décembre": "2026-12-02",
    "le mercredi 2 décembre": "2026-12-02",
    "jeudi 2 décembre": "2026-12-02",
    "Dec. 2nd": "2026-12-02",
    "24/12": "2026-12-24",
    "01/12/2026": "2026-12-01",
    "dans 3 jours": "2026-11-21",
    "in a week": "2026-11-25",
    "tous les lundis": "2026-11-23",
    "demian": "2026-11-19",
    "2026-12-01": "2026-12-01",
    "31/02": "2027-02-28",
}
TIMES = {
    "14h": ("14:00", None),
    "à 14h30": ("14:30", None),
    "14h et quart": ("14:15", None),
    "2:30pm": ("14:30", None),
    "14h-16h": ("14:00", 120),
    "de 14h à 15h30": ("14:00", 90),
    "14h 45min": ("14:00", 45),
    "14h30 1h30": ("14:30", 90),
    "14h une demi-heure": ("14:00", 30),
    "at 3 o'clock pm for 45 minutes": ("15:00", 45),
}
TITLES = (
    "",
    "Point budget",
    "CODIR",
    "Revue de projet (phase 2)",
    "Comité de suivi",
    "L’été & co",
)
PEOPLE = {
    "": (),
    "avec jean@x.example": ("jean@x.example",),
    "with jean@x.example and paul@y.example": ("jean@x.example", "paul@y.example"),
    "jean@x.example": ("jean@x.example",),
}
ORDERS = st.sampled_from(((0, 1, 2), (1, 0, 2), (1, 2, 0)))


def meant(line: str, language: Language) -> Meet:
    """Return the meeting that a line makes, or that the line offered in its place makes."""
    try:
        command = read(line, language=language)
    except Refused:
        command = read(
            str(refused(line, language=language).parameters["example"]), language=language
        )
    assert isinstance(command, Meet), line
    return command


@given(
    st.sampled_from(sorted(DAYS)),
    st.sampled_from(sorted(TIMES)),
    st.sampled_from(TITLES),
    st.sampled_from(sorted(PEOPLE)),
    ORDERS,
    st.sampled_from(Language),
)
def test_what_is_offered_is_what_was_said(  # noqa: PLR0917 - one for each part of a line
    day: str, time: str, title: str, people: str, order: tuple[int, ...], language: Language
):
    parts = (f"{day} {time}".strip(), title, people)
    line = " ".join(["!visio", *(parts[place] for place in order if parts[place])])
    found = meant(line, language)
    hour, minutes = TIMES[time]
    start = paris(f"{DAYS[day]}T{hour}")
    assert found.start == start, line
    assert found.end == (None if minutes is None else start + timedelta(minutes=minutes)), line
    assert found.title == title, line
    assert tuple(one.email for one in found.people) == PEOPLE[people], line


@given(
    st.sampled_from(("30min", "jusqu'à 18h", "for 45 minutes", "until 6pm")),
    st.sampled_from(TITLES),
    st.sampled_from(sorted(PEOPLE)),
    ORDERS,
)
def test_a_meeting_now_keeps_its_end(time: str, title: str, people: str, order: tuple[int, ...]):
    parts = (time, title, people)
    found = meant(
        " ".join(["!visio", *(parts[place] for place in order if parts[place])]), Language.FR
    )
    ends: dict[str, datetime] = {
        "30min": paris("2026-11-18T10:30"),
        "for 45 minutes": paris("2026-11-18T10:45"),
    }
    assert (found.start, found.end) == (None, ends.get(time, paris("2026-11-18T18:00")))
    assert (found.title, tuple(one.email for one in found.people)) == (title, PEOPLE[people])
