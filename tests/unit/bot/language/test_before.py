"""Readings of a line before its verb: spelling, courtesy, form."""

import pytest

from bot.language.before import assured
from bot.language.command import Command, Polite
from bot.language.commands.guests import Guests
from bot.language.commands.invite import Invite
from bot.language.commands.meetings import Link, List
from bot.language.meeting import Meet
from bot.language.refusals import Reason, misunderstood
from bridge.errors import Misunderstood
from bridge.i18n import Language

from .reading import EN, FR, here, message, read, refused


@pytest.mark.parametrize(
    ("typed", "language", "example"),
    [
        ("cn u cancel plz", EN, "cancel"),
        ("can u send the link", EN, "link"),
        ("can u extend 10 min plz", EN, "extend 10 min"),
        ("lemme in", EN, "admit"),
        ("2moro 2pm Budget", EN, "tomorrow 2pm Budget"),
        ("2nite 8pm Party", EN, "tonight 8pm Party"),
        ("hows it going", EN, "help"),
        ("ill be late", EN, "help"),
        ("2main 14h30 point rh", FR, "demain 14h30 point rh"),
        ("réu 2main", FR, "demain 14h30 réu"),
        ("yaura un compte rendu ?", FR, "aide"),
        ("Ya du nouveau", FR, "aide"),
        ("tu peu inviter paul@x.example stp", FR, "inviter paul@x.example"),
        ("g pas reçu le lien", FR, "aide"),
        ("jarrive", FR, "aide"),
    ],
)
def test_text_messages_are_spelt_out_and_offered(typed: str, language: Language, example: str):
    refusal = refused(f"!visio {typed}", language=language)
    assert refusal.parameters["example"] == f"!visio {example}"


@pytest.mark.parametrize("name", ["tdy", "pls", "2main", "tDY"])
def test_names_are_not(name: str):
    command = read(f"!visio inviter {name} <a@a.example>")
    assert isinstance(command, Invite)
    assert [one.name for one in command.people] == [name]


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("whos coming 2moro", Guests()),
        ("whats planned", List()),
        ("wheres the link plz", Link()),
        ("gimme the link", Link()),
        ("ya des réus de prévues ?", List()),
        ("c koi le lien", Link()),
        ("jpeux avoir le lien stp", Link()),
        ("bjr", Polite()),
        ("what is my next meeting", List()),
    ],
)
def test_what_text_messages_ask_for_is_shown(typed: str, command: Command):
    assert read(f"!visio {typed}") == command


@pytest.mark.parametrize(
    "typed", ["Ki Tua", "Plan C", "Vitamine D", "U-Boot", "Who's Who 2027", "Koi Nobori"]
)
def test_titles_are_not_spelt_out(typed: str):
    assert read(f"!visio {typed}") == Meet(title=typed)


@pytest.mark.parametrize(
    ("typed", "language", "example"),
    [
        (
            "Dear bot, kindly cancel this meeting. Best regards, Alice",
            EN,
            "cancel this meeting",
        ),
        ("cancel the meeting. Kind regards, Bob", EN, "cancel the meeting"),
        ("Budget review, best regards", EN, "Budget review"),
        ("Dear team, Budget review", EN, "Budget review"),
        ("terminer. Bien à vous", FR, "terminer"),
        (
            "Bonjour Parvis, invite paul@x.example. Cordialement, Alice",
            FR,
            "invite paul@x.example",
        ),
        ("German please", EN, "help"),
        ("in Spanish please", EN, "help"),
        ("Deutsch bitte", EN, "help"),
        ("French please", EN, "language fr"),
        ("anglais svp", FR, "langue en"),
        ("Allemand", FR, "aide"),
    ],
)
def test_courtesy_is_no_title(typed: str, language: Language, example: str):
    refusal = refused(f"!visio {typed}", language=language)
    assert refusal.parameters["example"] == f"!visio {example}"


@pytest.mark.parametrize("typed", ["Cordialement, Alice", "Kind regards, Bob", "Best regards"])
def test_the_end_of_a_letter_is_polite(typed: str):
    assert read(f"!visio {typed}") == Polite()


@pytest.mark.parametrize(
    "typed", ["Best practices", "Regards croisés", "French delegation", "Anglais débutant"]
)
def test_titles_are_not_courteous(typed: str):
    assert read(f"!visio {typed}") == Meet(title=typed)


@pytest.mark.parametrize(
    "typed",
    [
        "paul@x.example est-il invité ?",
        "est-ce que paul@x.example est invité ?",
        "as-tu bien invité paul@x.example ?",
        "Jean est-il invité ?",
        "Eva est invitée ?",
        "is paul@x.example invited?",
        "has paul@x.example been invited yet?",
        "did I invite paul@x.example?",
        "is Eva on the list?",
    ],
)
def test_whoever_asks_whether_somebody_is_invited_is_shown_the_guests(typed: str):
    assert read(f"!visio {typed}") == Guests()


@pytest.mark.parametrize(
    ("typed", "example"),
    [
        ("Point budget ?", "aide"),
        ("Visio HS ?", "aide"),
        ("rien de prévu cette semaine ?", "aide"),
        ("des réunions aujourd'hui ?", "aide"),
        ("La réunion est annulée ?", "aide"),
        ("demain 14h Point ?", "demain 14h Point"),
        ("peut-on inviter paul@x.example ?", "inviter paul@x.example"),
    ],
)
def test_a_question_is_offered_no_title(typed: str, example: str):
    assert refused(f"!visio {typed}").parameters["example"] == f"!visio {example}"


def test_a_refusal_offers_no_line_that_is_refused():
    def read_none(*_: object) -> Command:
        raise misunderstood(Reason.WISH, here(FR), line="")

    refusal = misunderstood(Reason.WISH, here(FR), "Point", line="rien qui se lise")
    better = assured(refusal, here(FR), read_none)
    assert isinstance(better, Misunderstood)
    assert {**better.parameters, "example": ""} == {**refusal.parameters, "example": ""}
    assert better.parameters["example"] == "!visio aide"


@pytest.mark.parametrize("typed", ["jusqu'à- 0@", ".et 0@", "<?- 0@", "?- 0@"])
def test_what_looks_like_an_address_is_refused_with_a_line_that_is_read(typed: str):
    assert refused(f"!visio {typed}")


def test_a_mention_among_other_words_is_refused_with_a_line_that_is_read():
    mention = '<a href="https://matrix.to/#/@paul:agent.example">inviter </a>'
    assert refused(message("", formatted=f"!visio {mention}"))
