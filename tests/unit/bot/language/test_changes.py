"""Lines that change a meeting: what they move, where to, and what they are refused for."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.language.commands.changes import Move, Rename, Restore
from bridge.domain.series import Reach
from bridge.errors import TimeRefused
from bridge.i18n import Language

from .reading import paris, read, refused

START = paris("2026-11-20T14:00")
END = START + timedelta(minutes=45)

MOVED = [
    ("déplacer demain 16h", "2026-11-19T16:00", 45, ""),
    ("déplacer à 16h", "2026-11-20T16:00", 45, ""),
    ("déplacer à demain", "2026-11-19T14:00", 45, ""),
    ("déplacer 15h-17h", "2026-11-20T15:00", 120, ""),
    ("déplacer demain 16h 30min", "2026-11-19T16:00", 30, ""),
    ("décaler de 30 min", "2026-11-20T14:30", 45, ""),
    ("décale d'une heure", "2026-11-20T15:00", 45, ""),
    ("déplacer de 30min plus tôt", "2026-11-20T13:30", 45, ""),
    ("reporter d'une semaine", "2026-11-27T14:00", 45, ""),
    ("postpone by 2 days", "2026-11-22T14:00", 45, ""),
    ("move it to tomorrow 4pm", "2026-11-19T16:00", 45, ""),
    ("move the meeting to 10am", "2026-11-20T10:00", 45, ""),
    ('déplacer "Point budget" à demain 15h', "2026-11-19T15:00", 45, "Point budget"),
    ("déplacer Point budget à demain 15h", "2026-11-19T15:00", 45, "Point budget"),
    ("move to Monday 4pm", "2026-11-23T16:00", 45, ""),
    ("move to Monday", "2026-11-23T14:00", 45, ""),
    ('move "Budget" to Monday 4pm', "2026-11-23T16:00", 45, "Budget"),
    ("postpone Budget to next Monday at 4pm", "2026-11-23T16:00", 45, "Budget"),
    ('move "Way to go" to Monday 4pm', "2026-11-23T16:00", 45, "Way to go"),
    ("move Budget to Monday", "2026-11-23T14:00", 45, "Budget"),
    ("déplacer à 16h stp", "2026-11-20T16:00", 45, ""),
    ("décale le Budget à 15h s'il te plaît", "2026-11-20T15:00", 45, "Budget"),
    ("move Budget to 4pm pls", "2026-11-20T16:00", 45, "Budget"),
    ("move at 4pm Budget", "2026-11-20T16:00", 45, "Budget"),
    ("move Budget to Monday 4pm to 5pm", "2026-11-23T16:00", 60, "Budget"),
]


@pytest.mark.parametrize(
    ("typed", "start", "minutes", "title"), MOVED, ids=[row[0] for row in MOVED]
)
def test_a_move_keeps_what_is_not_said(typed: str, start: str, minutes: int, title: str):
    command = read(f"!visio {typed}")
    assert isinstance(command, Move)
    began, ended = command.to(START, END)
    assert (began, ended - began) == (paris(start), timedelta(minutes=minutes))
    assert command.title == title


def test_a_week_later_it_is_the_same_hour_across_a_clock_change():
    command = read("!visio reporter d'une semaine", now=datetime(2027, 3, 20, 9, tzinfo=UTC))
    assert isinstance(command, Move)
    start = paris("2027-03-24T14:00")
    began, ended = command.to(start, start + timedelta(hours=1))
    wall = began.astimezone(ZoneInfo("Europe/Paris")).replace(tzinfo=None)
    assert wall == datetime(2027, 3, 31, 14)
    assert ended - began == timedelta(hours=1)


@pytest.mark.parametrize(
    ("typed", "start", "reason"),
    [
        ("déplacer à 9h", "2026-11-18T14:00", "past"),
        ("déplacer de 3h plus tôt", "2026-11-18T11:30", "past"),
        ("déplacer de 1h", "2027-03-28T01:30", "gap"),
        ("déplacer à 16h-15h", "2026-11-20T14:00", "end-before-start"),
    ],
)
def test_refuses_times_that_no_meeting_can_have(typed: str, start: str, reason: str):
    command = read(f"!visio {typed}")
    assert isinstance(command, Move)
    with pytest.raises(TimeRefused) as raised:
        command.to(paris(start), paris(start) + timedelta(hours=1))
    assert raised.value.parameters["reason"] == reason
    example = str(raised.value.parameters["example"])
    assert isinstance(read(example), Move), example


def test_an_offered_line_reaches_as_far_as_the_typed_one():
    example = refused("!visio déplacer la série à 5h").parameters["example"]
    assert example == "!visio déplacer la série 17h"
    moved = read(str(example))
    assert isinstance(moved, Move)
    assert moved.reach is Reach.ALL


@pytest.mark.parametrize(
    ("typed", "title", "old"),
    [
        ("renommer Revue finale", "Revue finale", ""),
        ("renommer la réunion en Revue finale", "Revue finale", ""),
        ('renommer "Budget" en "Budget 2027"', "Budget 2027", "Budget"),
        ("rename to Final review", "Final review", ""),
        ("rename it to Final review", "Final review", ""),
        ("renommer « En avant »", "En avant", ""),
    ],
)
def test_reads_a_new_title(typed: str, title: str, old: str):
    assert read(f"!visio {typed}") == Rename(title, old)


@pytest.mark.parametrize(
    "typed", ["rétablir", "Retablir", "restore", "undo", "rétablis la réunion"]
)
def test_reads_restore(typed: str):
    assert read(f"!visio {typed}") == Restore()


def test_what_is_not_understood_is_refused_with_a_line_that_works():
    for language in Language:
        example = str(
            refused("!visio déplacer la réunion", language=language).parameters["example"]
        )
        assert isinstance(read(example, language=language), Move)
