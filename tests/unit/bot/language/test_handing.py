"""Lines that give a meeting another organiser: to whom, and of which meeting."""

import pytest

from bot.language.commands.handing import HandOver, TakeOver
from bot.language.people import Person
from bridge.errors import Misunderstood
from bridge.ids import UserId

from .reading import read, refused

BOB = Person(user=UserId("@bob:agent.example"))


@pytest.mark.parametrize(
    ("line", "who", "title"),
    [
        ("confier à @bob:agent.example", BOB, ""),
        ("confier @bob:agent.example", BOB, ""),
        ("confiez la réunion à @bob:agent.example", BOB, ""),
        ('confier "Point à date" à @bob:agent.example', BOB, "Point à date"),
        ("confier Point budget à @bob:agent.example", BOB, "Point budget"),
        ("confier « Point à l’heure » à Bob Durand", Person("Bob Durand"), "Point à l’heure"),
        ("passer la main à Bob", Person("Bob"), ""),
        ("hand over to @bob:agent.example", BOB, ""),
        ("hand over the meeting to Bob", Person("Bob"), ""),
        ('hand over "Road to 2027" to Bob', Person("Bob"), "Road to 2027"),
    ],
)
def test_to_whom_and_of_which_meeting(line: str, who: Person, title: str):
    assert read(f"!visio {line}") == HandOver(who, title)


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("reprendre", ""),
        ("reprends la réunion", ""),
        ("reprendre Point budget", "Point budget"),
        ('reprendre "Point de demain 14h"', "Point de demain 14h"),
        ("take over", ""),
        ("take over the meeting", ""),
        ('take over "Budget"', "Budget"),
    ],
)
def test_which_meeting_is_taken_over(line: str, title: str):
    assert read(f"!visio {line}") == TakeOver(title)


@pytest.mark.parametrize("line", ["confier", "hand over", "confier à"])
def test_nobody_is_made_up_in_the_line_that_is_offered(line: str):
    assert refused(f"!visio {line}").parameters["example"] == "!visio aide confier"


@pytest.mark.parametrize(
    "line", ["reprendre demain 14h", "confier à Bob et Zoé", "confier à Bob ?"]
)
def test_what_is_refused(line: str):
    with pytest.raises(Misunderstood):
        read(f"!visio {line}")
