"""Any typed text gives a command, nothing, or a refusal with a readable example. Quickly."""

import gc
import time
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.language.commands.extend import Extend
from bot.language.commands.guests import Revoke
from bot.language.commands.invite import Invite
from bot.language.meeting import Meet
from bot.language.moments import doubt, say
from bot.language.people import Person
from bot.language.text import fold, normal, quoted
from bridge.domain.names import clean_name
from bridge.errors import Refused
from bridge.i18n import Language

from .reading import FR, NOW, PARIS, here, message, read, refused

pytestmark = pytest.mark.slow

_WORDS = """
    inviter invite avec with code pin accueil host prolonger extend retirer revoke admettre refuser admetre let in turn away invités lien link terminer end liste list aide
    help diagnostic langue language fr en tous all annuler invitter lsite demain tomorrow today
    aujourd'hui hier ce cet this soir matin après-midi tonight midi noon minuit midnight à at a de
    from to entre et and jusqu'à jusqu’à until pendant for dans in lundi monday 3 14 9 30 1 2h 14h
    14h30 9h 9:00 14:30 2:30pm 9am 25h 14h75 13pm 30min 45 minutes 1h30 2 hours heures 90 min 0min
    2026-12-01 2026-12-01T14:30 2027-02-31 0001-01-01 9999-12-31 2027-03-28 02:30 3/12 24h 00h
    - – ; , : Point budget réunion Jean Dupont <jean@x.example> jean@x.example @jean jean@x
    @paul:agent.example https://tchap.gouv.fr/#/@paul:agent.example " « » “ ” ( ) '
    9h-10h 15h-14h 9-10am 11-1pm h min de la le du prochain
    """
WORDS = st.sampled_from([*_WORDS.split(), "\u200b", "\u202e", "\ufffc", "\x00", "\u00a0", "\n"])
TYPED = st.one_of(
    st.text(max_size=200),
    st.lists(WORDS, max_size=9).map(" ".join),
    st.lists(WORDS, max_size=9).map("".join),
)
LANGUAGES = st.sampled_from(Language)
NOWS = st.datetimes(
    min_value=datetime(2026, 1, 1),
    max_value=datetime(2030, 1, 1),
    timezones=st.just(UTC),
)
ZONES = st.sampled_from(
    ["Europe/Paris", "UTC", "Pacific/Auckland", "America/St_Johns", "Australia/Lord_Howe"]
)


@given(TYPED, LANGUAGES, NOWS, ZONES)
def test_anything_typed_is_read_or_refused_with_an_example_that_is_read(
    typed: str, language: Language, now: datetime, zone: str
):
    try:
        command = read(f"!visio {typed}", language=language, now=now, zone=zone)
    except Refused:
        refused(f"!visio {typed}", language=language, now=now, zone=zone)
    else:
        assert command is not None
        if isinstance(command, Meet):
            assert command.start is None or command.start >= now - timedelta(minutes=1)
            assert command.end is None or command.end > (command.start or now)


TAGS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<br>",
        "<a href='mailto:jean@x.example'>",
        '<a href="https://matrix.to/#/@paul:agent.example">',
        "</a>",
        "<blockquote>",
        "</blockquote>",
        "<mx-reply>",
        "</mx-reply>",
        "<![if",
        "<!--",
        "&#0;",
        "&lt;",
        "<a",
        "!visio ",
        "inviter ",
    ]
)


@given(st.lists(st.one_of(TAGS, WORDS, st.text(max_size=5)), max_size=15).map("".join))
def test_any_html_is_read_or_refused(html: str):
    line = message("", formatted=f"!visio {html}")
    try:
        read(line)
    except Refused:
        refused(line)


CLEAR = st.characters(
    exclude_categories=("C", "Zl", "Zp", "Zs", "M"), exclude_characters="()<>\ufffc"
)
TITLES = (
    st.text(CLEAR, min_size=1, max_size=60)
    .map(lambda title: clean_name(title, 120))
    .filter(lambda title: title.strip('"«»“”„ \n,;:-–—') == title and title != "")
)


@given(st.integers(1, 60 * 24 * 300), st.one_of(st.none(), st.integers(1, 720)), TITLES, LANGUAGES)
def test_a_meeting_written_down_is_read_back(
    minutes: int, length: int | None, title: str, language: Language
):
    wall = (NOW + timedelta(minutes=minutes)).replace(tzinfo=None)
    assume(doubt(wall, PARIS) is None)
    shown = say(wall, here(language))
    lasting = "" if length is None else f" {length}min"
    command = read(f"!visio {shown}{lasting} {quoted(title)}", language=language)
    start = wall.replace(tzinfo=PARIS).astimezone(UTC)
    end = None if length is None else start + timedelta(minutes=length)
    assert isinstance(command, Meet)
    assert (command.start, command.end) == (start, end)
    assert command.title == title or '"' in title


NAMES = st.text(CLEAR, min_size=1, max_size=30).map(clean_name).filter(bool)
PLAIN = NAMES.filter(lambda name: not set(name) & set('"«»“”„:') and name[0] not in "'’‘‚")
"""Quotes around a name, single ones too, are no part of it."""
PEOPLE = st.builds(
    Person,
    name=PLAIN,
    email=st.from_regex(r"[a-z]{1,10}@[a-z]{1,10}\.example", fullmatch=True),
)


@given(st.lists(PEOPLE, min_size=1, max_size=6, unique_by=lambda one: one.email))
def test_people_written_down_are_read_back(people: list[Person]):
    typed = "; ".join(person.typed for person in people)
    assert read(f"!visio inviter {typed}") == Invite(tuple(people))


@given(PEOPLE, st.integers(1, 720))
def test_one_person_written_down_is_read_back(person: Person, minutes: int):
    by = timedelta(minutes=minutes)
    assert read(f"!visio prolonger {person.typed} {minutes}min") == Extend(by, person.email)
    assert read(f"!visio retirer {person.typed}") == Revoke(person.email)


@given(st.text())
def test_the_shadow_is_as_long_as_the_text(text: str):
    assert len(fold(text)) == len(text)
    assert unicodedata.is_normalized("NFC", normal(text)) or "  " in unicodedata.normalize(
        "NFC", text
    )


HOSTILE = {
    "digits": "1" * 100_000,
    "clocks": "14h " * 25_000,
    "dashes": "14h-" * 25_000,
    "delays": "dans " * 20_000,
    "spaces": " " * 100_000,
    "breaks": "\n" * 100_000,
    "quotes": '"' * 100_000,
    "guillemets": "«" * 100_000,
    "at": "@" * 100_000,
    "addresses": "inviter " + "jean@x.example, " * 6_000,
    "names": "inviter " + "J" * 100_000,
    "stacked": "e" + "\u0301" * 100_000,
    "bidi": "\u202e\u200b" * 50_000,
    "reply": "> a\n" * 25_000,
    "letters": "h" * 100_000,
    "fillers": "terminer " + "la " * 30_000,
    "isos": "2026-12-01 " * 9_000,
    "lengths": "prolonger " + "de " * 30_000,
}
HOSTILE_HTML = {
    "open": "<" * 100_000,
    "tags": "<a" * 50_000,
    "links": '<a href="https://matrix.to/#/@a:b">x</a>' * 3_000,
    "replies": "</mx-reply>" * 10_000,
    "entities": "&amp;" * 20_000,
    "names": "<" + "a" * 100_000,
    "hrefs": "<a " + "href=" * 20_000 + ">",
    "quotations": "<blockquote>" * 9_000,
}


def _took(line: str, formatted: str = "") -> float:
    """Return how many seconds of work that is, whatever else the machine does."""
    gc.disable()  # a worker that has run thousands of tests has much to look through
    try:
        began = time.thread_time()
        with suppress(Refused):
            read(message(line, formatted=formatted))
        return time.thread_time() - began
    finally:
        gc.enable()


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_line_takes_no_time(kind: str):
    assert _took(f"!visio {HOSTILE[kind]}") < 1


@pytest.mark.parametrize("kind", HOSTILE_HTML)
def test_hostile_html_takes_no_time(kind: str):
    assert _took("", f"!visio {HOSTILE_HTML[kind]}") < 1


@pytest.mark.parametrize(
    "zone", ["Europe/Paris", "Pacific/Auckland", "America/St_Johns", "Australia/Lord_Howe"]
)
def test_what_is_said_of_a_local_time_names_one_moment(zone: str):
    info = ZoneInfo(zone)
    first = datetime(2027, 1, 1, 2, 15)
    for wall in (first + timedelta(days=day) for day in range(365)):
        moment = wall.replace(tzinfo=info).astimezone(UTC)
        once = moment.astimezone(info).replace(tzinfo=None) == wall
        assert (doubt(wall, info) is None) <= once


def test_ten_thousand_characters_of_title_are_cut():
    command = read("!visio " + "Point " * 2_000, language=FR)
    assert isinstance(command, Meet)
    assert 100 < len(command.title) <= 120
