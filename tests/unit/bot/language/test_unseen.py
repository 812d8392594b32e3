"""Kinds of lines that agents were seen to type, in other wordings than theirs."""

from datetime import date

import pytest

from bot.language.command import Polite
from bot.language.commands.extend import Extend
from bot.language.commands.guests import Guests, Revoke
from bot.language.commands.meetings import Link
from bot.language.meeting import Meet
from bridge.i18n import Language

from .reading import EN, FR, paris, read, refused


def offered(typed: str, language: Language) -> str:
    example = refused(f"!visio {typed}", language=language).parameters["example"]
    return str(example).removeprefix("!visio ")


@pytest.mark.parametrize(
    "typed",
    [
        "joyeux anniversaire Bob",
        "Happy birthday Bob!",
        "happy new year to the whole team",
        "much obliged",
        "Bon courage à tous",
        "bonne fête Eva",
        "félicitations à toute l'équipe",
        "congrats to Bob and Eva 🎉",
        "enjoy your holidays",
        "have a great weekend, everyone",
        "bon dimanche",
        "bienvenue Eva",
        "Meilleurs vœux 2027",
        "get well soon",
        "congrats on the launch",
        "passe de bonnes vacances",
        "many happy returns Bob",
    ],
)
@pytest.mark.parametrize("language", Language)
def test_good_wishes_get_a_reaction(typed: str, language: Language):
    assert read(f"!visio {typed}", language=language) == Polite()


@pytest.mark.parametrize(
    "typed",
    [
        "Joyeux Noël des enfants",
        "Vœux du préfet",
        "Bienvenue aux nouveaux arrivants",
        "Bonnes pratiques",
        "Article 7.12. Débat",
        "Anniversaire de Bob",
        "demain 14h Joyeux anniversaire Bob",
    ],
)
def test_what_goes_on_after_a_good_wish_is_a_title(typed: str):
    assert isinstance(read(f"!visio {typed}"), Meet)


@pytest.mark.parametrize(
    ("typed", "language", "example"),
    [
        ("admetre", FR, "admettre"),
        ("admettree", FR, "admettre"),
        ("admitt", EN, "admit"),
        ("pronloger 15min", FR, "prolonger 15min"),
        ("pronloger jean@x.example 15min", FR, "prolonger jean@x.example 15min"),
        ("extned", EN, "extend 30min"),
        ("retierr jean@x.example", FR, "retirer jean@x.example"),
        ("anulre", FR, "aide"),
        ("annullerr", FR, "aide"),
        ("canle", EN, "help"),
        ("retmoe", EN, "help"),
    ],
)
def test_a_mistyped_verb_is_offered_where_it_is_surely_that_one(
    typed: str, language: Language, example: str
):
    assert offered(typed, language) == example


@pytest.mark.parametrize(
    "typed", ["terminal", "refuge", "remise", "réseau", "invoice", "Anulre", "admission"]
)
def test_words_of_their_own_are_no_mistyped_verbs(typed: str):
    assert read(f"!visio {typed}") == Meet(title=typed)


@pytest.mark.parametrize(
    ("typed", "language"),
    [
        ("remballe Eva", FR),
        ("dégomme Jean Dupont", FR),
        ("yeet Eva", EN),
        ("boot Eva", EN),
        ("guichet fermé pour lui", FR),
        ("feu vert pour eux", FR),
        ("green light for him", EN),
        ("tous les vendredis jusqu'en juin 10h Point", FR),
        ("balance Eva", FR),
        ("anulle", FR),
        ("language de", EN),
        ("langue en allemand", FR),
        ("weekly", EN),
        ("annuler le sondage", FR),
        ("end the recording", EN),
        ("stop the Eva thing", EN),
        ("prolonger invités jusqu'à 12h", FR),
    ],
)
def test_what_is_no_title_and_no_command_gets_help(typed: str, language: Language):
    assert offered(typed, language) == {FR: "aide", EN: "help"}[language]


@pytest.mark.parametrize(
    ("typed", "language", "line"),
    [
        ("bring it forward an hour", EN, "help move"),
        ("can you push the meeting back by 30 minutes?", EN, "help move"),
        ("avance-la d'une heure", FR, "aide déplacer"),
        ("tu peux l'avancer d'une heure ?", FR, "aide déplacer"),
        ("recule-la de 30 minutes", FR, "déplacer de 30 minutes"),
        ("recule d'une heure", FR, "déplacer d'une heure"),
        ("pousse-la d'une heure", FR, "déplacer d'une heure"),
    ],
)
def test_a_wish_to_move_a_meeting_is_offered_no_move_the_other_way(
    typed: str, language: Language, line: str
):
    assert offered(typed, language) == line


@pytest.mark.parametrize(
    "typed",
    [
        "entretien Eva",
        "recette Tchap",
        "démission Eva",
        "bilan Dupont",
        "réforme Dupont",
        "lunch Bob",
    ],
)
def test_a_noun_before_a_name_is_a_title(typed: str):
    assert read(f"!visio {typed}") == Meet(title=typed)


@pytest.mark.parametrize(
    ("typed", "language", "start", "rule"),
    [
        ("chaque premier lundi du mois 10h Point RH", FR, "2026-12-07T10:00", "MONTHLY;BYDAY=1MO"),
        ("le premier lundi de chaque mois à 10h RH", FR, "2026-12-07T10:00", "MONTHLY;BYDAY=1MO"),
        ("chaque dernier vendredi du mois 14h Bilan", FR, "2026-11-27T14:00", "MONTHLY;BYDAY=-1FR"),
        ("every third Thursday 9am Council", EN, "2026-11-19T09:00", "MONTHLY;BYDAY=3TH"),
        ("HR every first Monday of the month at 10am", EN, "2026-12-07T10:00", "MONTHLY;BYDAY=1MO"),
        ("every Monday and Thursday 10:00 Standup", EN, "2026-11-19T10:00", "WEEKLY;BYDAY=MO,TH"),
        ("du lundi au vendredi 9h30 Mêlée", FR, "2026-11-19T09:30", "WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        (
            "une semaine sur deux lundi 10h Revue",
            FR,
            "2026-11-23T10:00",
            "WEEKLY;INTERVAL=2;BYDAY=MO",
        ),
        ("chaque 1er du mois 10h Point", FR, "2026-12-01T10:00", "MONTHLY;BYMONTHDAY=1"),
        ("chaque mois le premier lundi 10h Revue", FR, "2026-12-07T10:00", "MONTHLY;BYDAY=1MO"),
        ("Mon-Fri 9am Standup", EN, "2026-11-19T09:00", "WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ],
)
def test_what_recurs_is_a_series(typed: str, language: Language, start: str, rule: str):
    made = read(f"!visio {typed}", language=language)
    assert isinstance(made, Meet)
    assert made.start == paris(start)
    assert made.recurrence is not None
    assert made.recurrence.rule == f"FREQ={rule}"


@pytest.mark.parametrize("typed", ["2 fois par semaine 10h Point", "biweekly Monday 10:00 Review"])
def test_of_what_may_recur_in_two_ways_a_sure_line_is_offered(typed: str):
    assert isinstance(read(f"!visio {offered(typed, FR)}"), Meet)


@pytest.mark.parametrize(
    ("typed", "example"),
    [
        ("next Tuesday at three p m budget forecast", "2026-11-24 15:00 budget forecast"),
        ("tomorrow at three thirty p m Review", "tomorrow 15:30 Review"),
        ("7.12. 10:00 Jour fixe", "2026-12-07 10:00 Jour fixe"),
        ("7. 12. 10:00 Jour fixe", "2026-12-07 10:00 Jour fixe"),
        ("Jour fixe 7.12. 10:00", "2026-12-07 10:00 Jour fixe"),
    ],
)
def test_hours_and_dates_as_they_are_spoken_or_dotted(typed: str, example: str):
    assert read(f"!visio {typed}", language=EN) == read(f"!visio {example}", language=EN)


def test_an_hour_spelt_apart_is_read():
    found = read("!visio tomorrow 3:30 p m Review", language=EN)
    assert found == Meet(paris("2026-11-19 15:30"), None, "Review")


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("prolonger jean@x.example jusqu'à 12h", "jean@x.example"),
        ("prolonge le lien de jean@x.example jusqu'à midi", "jean@x.example"),
        ("extend jean@x.example's link until noon", "jean@x.example"),
        ("prolonger Jean jusqu'à 12h", "Jean"),
        ("prolonger jean jusqu'à 12h", "jean"),
        ("extend it until noon", ""),
        ("prolonger la réunion jusqu'à 12h", ""),
    ],
)
def test_a_link_is_extended_until_an_hour(typed: str, who: str):
    found = read(f"!visio {typed}")
    assert isinstance(found, Extend)
    assert found.on is not None
    assert (found.who, found.on(date(2026, 11, 18))) == (who, paris("2026-11-18 12:00"))


@pytest.mark.parametrize(
    ("typed", "language", "example"),
    [
        ("prolonger jean@x.example à 12h", FR, "prolonger jean@x.example 30min"),
        ("prolonger jusqu'à 12h jean@x.example", FR, "prolonger jean@x.example 30min"),
        ("extend Jean to 12:00", EN, "extend Jean 30min"),
        ("rallonge jean@x.example jusqu'à 12h", FR, "prolonger jean@x.example jusqu'à 12h"),
        ("could you extend it by 30 minutes?", EN, "extend it by 30 minutes"),
        ("langue en anglais", FR, "langue en"),
        ("language frnech", EN, "language fr"),
        ("invite paul at partenaire dot example", EN, "invite paul@partenaire.example"),
        ("inviter paul arobase x point example", FR, "inviter paul@x.example"),
        ("retirer jean arobase x point example", FR, "retirer jean@x.example"),
        ("annuler comité", FR, "annuler"),
        ("terminer l'atelier", FR, "terminer"),
        ("end the Atelier", EN, "end"),
        ("supprimer le comité", FR, "terminer"),
        ("mets fin à l'atelier", FR, "terminer"),
        ("prolonge-la d'une heure", FR, "prolonger 1h"),
        ("prolonger15min", FR, "prolonger 15min"),
    ],
)
def test_what_is_offered_is_about_whom_or_what_was_named(
    typed: str, language: Language, example: str
):
    assert offered(typed, language) == example


def test_whoever_is_put_out_is_named_without_the_particle():
    assert read("!visio kick Jean out", language=EN) == Revoke("Jean")


def test_what_is_asked_for_politely_is_shown():
    assert read("!visio may I have the link, please?", language=EN) == Link()
    assert read("!visio may I see the guest list?", language=EN) == Guests()
    assert read("!visio pourrais-je avoir le lien ?") == Link()


@pytest.mark.parametrize("typed", ["Vaccine cold chain", "Vaccine rollout plan"])
def test_a_noun_in_english_is_no_french_imperative(typed: str):
    assert read(f"!visio {typed}", language=EN) == Meet(title=typed)
