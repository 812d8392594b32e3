import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.language.clock import LENGTH
from bot.language.ends import understand_length, understand_until
from bot.language.line import Line
from bot.language.meeting import Meet
from bot.language.pieces import pieces_of
from bot.language.refusals import Here
from bot.language.text import normal
from bridge.errors import Misunderstood, Refused, TimeRefused
from bridge.i18n import Language

from .reading import EN, FR, NOW, PARIS, here, paris, read, refused

ROWS = list(
    csv.DictReader(
        Path(__file__).with_name("date_phrases.tsv").read_text().splitlines(), delimiter="\t"
    )
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["phrase"])
def test_phrases_of_the_contract_are_right_or_refused(row: dict[str, str]):
    now = datetime.fromisoformat(row["reference (Europe/Paris)"]).replace(tzinfo=PARIS)
    language = Language(row["language"])
    line = f"!visio {row['phrase']}"
    try:
        command = read(line, language=language, now=now)
    except Refused:
        reason = refused(line, language=language, now=now).parameters["reason"]
        assert row["accepted starts"] == "refuse" or reason in UNREAD
    else:
        assert isinstance(command, Meet)
        assert command.title == ""
        assert command.start == paris(row["accepted starts"])
        assert row["end"] == "" or command.end == paris(
            f"{row['accepted starts'][:11]}{row['end']}"
        )


UNREAD = {"recurrence", "hour-ambiguous"}

READ = [
    # typed, start, end, title
    ("", "", "", ""),
    ("14h30-15h30", "2026-11-18T14:30", "2026-11-18T15:30", ""),
    ("14h30-15h30 Comité", "2026-11-18T14:30", "2026-11-18T15:30", "Comité"),
    ("14h30 – 15h30 : Comité", "2026-11-18T14:30", "2026-11-18T15:30", "Comité"),
    ("de 14h à 15h30", "2026-11-18T14:00", "2026-11-18T15:30", ""),
    ("entre 14h et 15h", "2026-11-18T14:00", "2026-11-18T15:00", ""),
    ("between 2pm and 3pm", "2026-11-18T14:00", "2026-11-18T15:00", ""),
    ("14h jusqu’à 15h", "2026-11-18T14:00", "2026-11-18T15:00", ""),
    ("14h, jusqu'à demain 01h", "2026-11-18T14:00", "2026-11-19T01:00", ""),
    ("14-15h Point", "2026-11-18T14:00", "2026-11-18T15:00", "Point"),
    ("14h-15", "2026-11-18T14:00", "2026-11-18T15:00", ""),
    ("14:00-15", "2026-11-18T14:00", "2026-11-18T15:00", ""),
    ("22h-minuit", "2026-11-18T22:00", "2026-11-19T00:00", ""),
    ("22h-24h", "2026-11-18T22:00", "2026-11-19T00:00", ""),
    ("14h - 3 sujets", "2026-11-18T14:00", "", "3 sujets"),
    ("14h à Paris", "2026-11-18T14:00", "", "à Paris"),
    ("demain 9h 45min", "2026-11-19T09:00", "2026-11-19T09:45", ""),
    ("demain, 9h, 45 min, Point budget, suite", "2026-11-19T09:00", "2026-11-19T09:45", "Point budget, suite"),
    ("45min demain 9h Point", "2026-11-19T09:00", "2026-11-19T09:45", "Point"),
    ("9h demain", "2026-11-19T09:00", "", ""),
    ("demain 9h pendant 10h", "2026-11-19T09:00", "2026-11-19T19:00", ""),
    ("14h 2h", "2026-11-18T14:00", "2026-11-18T16:00", ""),
    ("14h 1h30", "2026-11-18T14:00", "2026-11-18T15:30", ""),
    ("14h 1 h 30", "2026-11-18T14:00", "2026-11-18T15:30", ""),
    ("14h 1h30min", "2026-11-18T14:00", "2026-11-18T15:30", ""),
    ("14h 1h 30min", "2026-11-18T14:00", "2026-11-18T15:30", ""),
    ("14h 1 heure 30 minutes", "2026-11-18T14:00", "2026-11-18T15:30", ""),
    ("14 h 30", "2026-11-18T14:30", "", ""),
    ("14 heures", "2026-11-18T14:00", "", ""),
    ("14 heures 30", "2026-11-18T14:30", "", ""),
    ("demain 02h", "2026-11-19T02:00", "", ""),
    ("tomorrow 9:00", "2026-11-19T09:00", "", ""),
    ("tomorrow 9am", "2026-11-19T09:00", "", ""),
    ("2:30 p.m. Review", "2026-11-18T14:30", "", "Review"),
    ("12pm", "2026-11-18T12:00", "", ""),
    ("tomorrow 12am", "2026-11-19T00:00", "", ""),
    ("tomorrow 9-10am Review", "2026-11-19T09:00", "2026-11-19T10:00", "Review"),
    ("tomorrow 9am-10am", "2026-11-19T09:00", "2026-11-19T10:00", ""),
    ("tomorrow from 9am to noon", "2026-11-19T09:00", "2026-11-19T12:00", ""),
    ("tomorrow 2-3:30pm", "2026-11-19T14:00", "2026-11-19T15:30", ""),
    ("tomorrow at 15", "2026-11-19T15:00", "", ""),
    ("tomorrow morning at 9", "2026-11-19T09:00", "", ""),
    ("ce soir 8h-10h Apéro", "2026-11-18T20:00", "2026-11-18T22:00", "Apéro"),
    ("8h du soir", "2026-11-18T20:00", "", ""),
    ("3h de l’après-midi", "2026-11-18T15:00", "", ""),
    ("cet après-midi 14h", "2026-11-18T14:00", "", ""),
    ("14h jusqu'à ce soir 8h", "2026-11-18T14:00", "2026-11-18T20:00", ""),
    ("demain midi et demi Déjeuner", "2026-11-19T12:30", "", "Déjeuner"),
    ("demain midi moins le quart Déjeuner", "2026-11-19T11:45", "", "Déjeuner"),
    ("demain 14h et demie Revue", "2026-11-19T14:30", "", "Revue"),
    ("demain 8h et quart Revue", "2026-11-19T08:15", "", "Revue"),
    ("demain 10h moins le quart Revue", "2026-11-19T09:45", "", "Revue"),
    ("demain 14h une demi-heure Revue", "2026-11-19T14:00", "2026-11-19T14:30", "Revue"),
    ("demain 14h 1h et demie Revue", "2026-11-19T14:00", "2026-11-19T15:30", "Revue"),
    ("demain 8h du mat Revue", "2026-11-19T08:00", "", "Revue"),
    ("demain 8h en soirée Revue", "2026-11-19T20:00", "", "Revue"),
    ("demain 14h (heure de Paris) Revue", "2026-11-19T14:00", "", "Revue"),
    ("demain 14h heure locale Revue", "2026-11-19T14:00", "", "Revue"),
    ("demain 14h → 15h Revue", "2026-11-19T14:00", "2026-11-19T15:00", "Revue"),
    ("Mai 68", "", "", "Mai 68"),
    ("Région Est", "", "", "Région Est"),
    ("demain 14h Est de la France", "2026-11-19T14:00", "", "Est de la France"),
    ("demain 14h Story time", "2026-11-19T14:00", "", "Story time"),
    ("@14h30 Point", "2026-11-18T14:30", "", "Point"),
    ("2026-12-01 14:30", "2026-12-01T14:30", "", ""),
    ("2026-12-01T14:30 Point", "2026-12-01T14:30", "", "Point"),
    ("le 2026-12-01 à 14h30", "2026-12-01T14:30", "", ""),
    ("10h", "2026-11-18T10:00", "", ""),
    ("jusqu'à 18h", "", "2026-11-18T18:00", ""),
    ("jusqu’à 18h Point", "", "2026-11-18T18:00", "Point"),
    ("until 6pm", "", "2026-11-18T18:00", ""),
    ("until tonight 8pm", "", "2026-11-18T20:00", ""),
    ("30min", "", "2026-11-18T10:30", ""),
    ("45 minutes Point", "", "2026-11-18T10:45", "Point"),
    ("90 min", "", "2026-11-18T11:30", ""),
    ("pendant 2h", "", "2026-11-18T12:00", ""),
    ("for 1h30 Review", "", "2026-11-18T11:30", "Review"),
    ("2 hours", "", "2026-11-18T12:00", ""),
    ("1h30min", "", "2026-11-18T11:30", ""),
    ("\"14h, c'est l'heure\"", "", "", "14h, c'est l'heure"),
    ("« Point à 14h »", "", "", "Point à 14h"),
    ("“Lundi”", "", "", "Lundi"),
    ("„Demain“", "", "", "Demain"),
    ("demain 14h « 14h, c'est l'heure »", "2026-11-19T14:00", "", "14h, c'est l'heure"),
    ('14h "sans fin', "2026-11-18T14:00", "", "sans fin"),
    ('"14"', "", "", "14"),
    ("Point budget", "", "", "Point budget"),
    ("maintenant", "", "", ""),
    ("tout de suite", "", "", ""),
    ("right now", "", "", ""),
    ("« Maintenant »", "", "", "Maintenant"),
    ("45min maintenant", "", "2026-11-18T10:45", ""),
    ("Bilan de mars", "", "", "Bilan de mars"),
    ("Objectifs 2027", "", "", "Objectifs 2027"),
    ("Réunion tous les agents", "", "", "Réunion tous les agents"),
    ("Avenir dans la fonction publique", "", "", "Avenir dans la fonction publique"),
    ("🎉", "", "", "🎉"),
    ("-", "", "", ""),
    ("Jusqu'à la fin", "", "", "Jusqu'à la fin"),
    ("jusqua 18h Point", "", "2026-11-18T18:00", "Point"),
    ("14h jusque 15h", "2026-11-18T14:00", "2026-11-18T15:00", ""),
    ("15.30 Point", "2026-11-18T15:30", "", "Point"),
    ("14.30-15.30 Point", "2026-11-18T14:30", "2026-11-18T15:30", "Point"),
    ("Point à 15.30", "2026-11-18T15:30", "", "Point"),
    ("lundi 10h Point", "2026-11-23T10:00", "", "Point"),
    ("14h vendredi", "2026-11-20T14:00", "", ""),
    ("1er décembre 14h Point", "2026-12-01T14:00", "", "Point"),
    ("le 3 janv. à 9h", "2027-01-03T09:00", "", ""),
    ("December 3rd, 2027 at 2pm", "2027-12-03T14:00", "", ""),
    ("dans 2h", "2026-11-18T12:00", "", ""),
    ("dans 20 minutes Point", "2026-11-18T10:20", "", "Point"),
    ("in half an hour", "2026-11-18T10:30", "", ""),
    ("dans une demi-heure", "2026-11-18T10:30", "", ""),
    ("demain en début d'après-midi à 3h", "2026-11-19T15:00", "", ""),
    ("Point à 14h", "2026-11-18T14:00", "", "Point"),
    ("14h Point 45min", "2026-11-18T14:00", "2026-11-18T14:45", "Point"),
    ("14h « Point » 45min", "2026-11-18T14:00", "2026-11-18T14:45", "Point"),
    ("après-demain 11h Point", "2026-11-20T11:00", "", "Point"),
    ("le 3 à 10h Point", "2026-12-03T10:00", "", "Point"),
    ("lundi prochain à 9h30 1h30 CODIR", "2026-11-23T09:30", "2026-11-23T11:00", "CODIR"),
    ("24/12 10h30-12h Point", "2026-12-24T10:30", "2026-12-24T12:00", "Point"),
    ("Point budget le 3 décembre à 10h", "2026-12-03T10:00", "", "Point budget"),
    ("demian 14h Point", "2026-11-19T14:00", "", "Point"),
    ("14h tommorow Point", "2026-11-19T14:00", "", "Point"),
    ("vendrdi 14h Point", "2026-11-20T14:00", "", "Point"),
    ("3 decmbre 14h Point", "2026-12-03T14:00", "", "Point"),
    ("demain 1430 Point", "2026-11-19T14:30", "", "Point"),
    ("demain 14h 45' Point", "2026-11-19T14:00", "2026-11-19T14:45", "Point"),
    ("demain quarter to 3pm Point", "2026-11-19T14:45", "", "Point"),
    ("de 14 à 16 demain Point", "2026-11-19T14:00", "2026-11-19T16:00", "Point"),
    ("14h \u202eevil\u200b", "2026-11-18T14:00", "", "evil"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "start", "end", "title"), READ, ids=[row[0] for row in READ])
@pytest.mark.parametrize("language", Language)
def test_reads(typed: str, start: str, end: str, title: str, language: Language):
    expected = Meet(paris(start) if start else None, paris(end) if end else None, title)
    assert read(f"!visio {typed}", language=language) == expected


REFUSED = [
    # typed, reason, French example, English example
    ("9h", "past", "demain 9h", "tomorrow 9:00"),
    ("9:00 Point", "past", "demain 9h Point", "tomorrow 9:00 Point"),
    ("9h-9h45 « Lundi »", "past", 'demain 9h-9h45 "Lundi"', 'tomorrow 9:00-9:45 "Lundi"'),
    ("9h 45min", "past", "demain 9h 45min", "tomorrow 9:00 45min"),
    ("9h 13h30 30min", "past", 'demain 9h "30min"', 'tomorrow 9:00 "30min"'),
    ("9h-8h", "past", "demain 9h", "tomorrow 9:00"),
    ("9h-25h", "past", "demain 9h", "tomorrow 9:00"),
    ("2h-23h", "past", "demain 02h", "tomorrow 02:00"),
    ("hier 14h", "past", "demain 14h", "tomorrow 14:00"),
    ("yesterday Review", "past", "demain 14h30 Review", "tomorrow 14:30 Review"),
    ("2026-11-17 14h", "past", "demain 14h", "tomorrow 14:00"),
    ("2026-11-17", "past", "demain 14h30", "tomorrow 14:30"),
    ("0001-01-01 00:00", "past", "demain 00h", "tomorrow 00:00"),
    ("jusqu'à 9h", "past-end", "pendant 30min", "for 30min"),
    ("jusqu'à 2026-11-17 9h", "past-end", "pendant 30min", "for 30min"),
    ("25h", "impossible", "demain 14h30", "tomorrow 14:30"),
    ("14h75 Point", "impossible", "demain 14h30 Point", "tomorrow 14:30 Point"),
    ("13pm", "impossible", "demain 14h30", "tomorrow 14:30"),
    ("14h-25h", "impossible", "demain 14h30", "tomorrow 14:30"),
    ("jusqu'à 25h", "impossible", "demain 14h30", "tomorrow 14:30"),
    ("2027-02-31 14:00", "impossible", "2027-02-28 14h", "2027-02-28 14:00"),
    ("demain matin 14h", "impossible", "demain 14h30", "tomorrow 14:30"),
    ("2027-03-28 02:30", "gap", "2027-03-28 03h30", "2027-03-28 03:30"),
    ("2027-03-28 01:30-02:30", "gap", "2027-03-28 03h30", "2027-03-28 03:30"),
    ("2027-10-31 02:30", "fold", "2027-10-31 03h30", "2027-10-31 03:30"),
    ("15h-14h", "end-before-start", "15h 30min", "15:00 30min"),
    ("15h-15h Point", "end-before-start", "15h 30min Point", "15:00 30min Point"),
    ("22h-0h", "end-before-start", "22h 30min", "22:00 30min"),
    ("demain 14h jusqu'à 2026-11-18 15h", "end-before-start", "demain 14h 30min", "tomorrow 14:00 30min"),
    ("demain 1h-23h", "too-long", "demain 01h 30min", "tomorrow 01:00 30min"),
    ("14h 721min", "too-long", "14h 30min", "14:00 30min"),
    ("jusqu'à minuit", "too-long", "30min", "30min"),
    ("0min", "too-short", "30min", "30min"),
    ("14h 0h", "too-short", "14h 30min", "14:00 30min"),
    ("9999-12-31 24h", "too-far", "demain 14h30", "tomorrow 14:30"),
    ("2062-12-01 14:30", "too-far", "demain 14h30", "tomorrow 14:30"),
    ("14h jusqu'à 9999-12-31 24h", "too-far", "demain 14h30", "tomorrow 14:30"),
    ("demain", "no-time", "demain 14h30", "tomorrow 14:30"),
    ("ce soir Point", "no-time", "18h30 Point", "18:30 Point"),
    ("ce matin Point", "no-time", "11h Point", "11:00 Point"),
    ("cette après-midi Point", "no-time", "14h30 Point", "14:30 Point"),
    ("demain matin", "no-time", "demain 9h", "tomorrow 9:00"),
    ("2026-12-01", "no-time", "2026-12-01 14h30", "2026-12-01 14:30"),
    ("demain jusqu'à 18h", "no-time", "demain 14h30-18h", "tomorrow 14:30-18:00"),
    ("jusqu'à demain", "no-time", "demain 14h30", "tomorrow 14:30"),
    ("14h jusqu'à demain Point", "no-time", "demain 14h30 Point", "tomorrow 14:30 Point"),
    ("demain 2h", "hour-ambiguous", "jeudi 19 novembre 2026 14h", "Thursday 19 November 2026 14:00"),
    ("demain à 5h Point", "hour-ambiguous", "jeudi 19 novembre 2026 17h Point", "Thursday 19 November 2026 17:00 Point"),
    ("à 3", "hour-ambiguous", "demain 15h", "tomorrow 15:00"),
    ("2026-12-01 at 9", "hour-ambiguous", "2026-12-01 9h", "2026-12-01 9:00"),
    ("jusqu'à 6", "hour-ambiguous", "jusqu'à 18h", "until 18:00"),
    ("tomorrow 11-1pm", "hour-ambiguous", "demain 11h-13h", "tomorrow 11:00-13:00"),
    ("2h", "length-ambiguous", "pendant 2h", "for 2h"),
    ("2h Point", "length-ambiguous", "pendant 2h Point", "for 2h Point"),
    ("1h30", "length-ambiguous", "pendant 1h30", "for 1h30"),
    ("1 h 30", "length-ambiguous", "pendant 1h30", "for 1h30"),
    ("2h 45min", "length-ambiguous", "pendant 2h45", "for 2h45"),
    ("6h 9h", "length-ambiguous", "pendant 12h", "for 12h"),
    ("demain 9h 10h", "end-ambiguous", "demain 9h-10h", "tomorrow 9:00-10:00"),
    ("14h 15h 30 Point", "end-ambiguous", "14h-15h30 Point", "14:00-15:30 Point"),
    ("14h-15h 45min", "two-ends", "14h 45min", "14:00 45min"),
    ("jusqu'à 18h 45min", "two-ends", "45min", "45min"),
    ("minuit", "midnight", "demain 00h", "tomorrow 00:00"),
    ("tomorrow at midnight", "midnight", "2026-11-20 00h", "2026-11-20 00:00"),
    ("14h 30 Point", "minutes-apart", "14h30 Point", "14h30 Point"),
    ("14h 30 1h 20 Point", "minutes-apart", "14h30 1h20 Point", "14h30 1h20 Point"),
    ("Comité du lundi", "date-unknown", '"Comité du lundi"', '"Comité du lundi"'),
    ("mercredi", "day-ambiguous", "mercredi 25 novembre 2026 14h30", "Wednesday 25 November 2026 14:30"),
    ("jeudi prochain 14h Point", "day-ambiguous", "jeudi 26 novembre 2026 14h Point", "Thursday 26 November 2026 14:00 Point"),
    ("3/12 minuit", "midnight", "2026-12-04 00h", "2026-12-04 00:00"),
    ("3 mars 2062 9h", "too-far", "demain 9h", "tomorrow 9:00"),
    ("3 mars 2020 9h", "past", "demain 9h", "tomorrow 9:00"),
    ("31/02 9h", "impossible", "2027-02-28 9h", "2027-02-28 9:00"),
    ("tous les jours", "recurrence", "tous les jours à partir du 19 novembre 2026 14h30", "every day starting on 19 November 2026 14:30"),
    ("de 9 à 10", "hour-ambiguous", "demain 9h-10h", "tomorrow 9:00-10:00"),
    ("Marathon de 100h", "date-unknown", '"Marathon de 100h"', '"Marathon de 100h"'),
    ("14:30:00", "date-unknown", '"14:30:00"', '"14:30:00"'),
    ("2026-12-01 2026-12-02", "no-time", '2026-12-01 14h30 "2026-12-02"', '2026-12-01 14:30 "2026-12-02"'),
    ("Point à 9h", "past", "demain 9h Point", "tomorrow 9:00 Point"),
    ("Point budget 45min", "time-misplaced", "45min Point budget", "45min Point budget"),
    ("14h 15:30 Point", "time-misplaced", "14h-15h30 Point", "14:00-15:30 Point"),
    ("Point 2h", "length-ambiguous", "pendant 2h Point", "for 2h Point"),
    ("9h heure de La Réunion Point", "zone", "demain 06h Point", "tomorrow 06:00 Point"),
    ("9h heure réunionnaise Point", "zone", "demain 06h Point", "tomorrow 06:00 Point"),
    ("demain 14h heure de Trifouilly", "zone-unknown", 'demain 14h "heure de Trifouilly"', 'demain 14h "heure de Trifouilly"'),
    ("jeudi 2 décembre 14h Point", "weekday", "2026-12-02 14h Point", "2026-12-02 14:00 Point"),
    ("tous les lundis CODIR", "recurrence", "tous les lundis à partir du 23 novembre 2026 14h30 CODIR", "every Monday starting on 23 November 2026 14:30 CODIR"),
    ("bimensuel 14h Revue", "recurrence", "jeudi 19 novembre 2026 14h Revue", "Thursday 19 November 2026 14:00 Revue"),
    ("la semaine prochaine 10h Point", "day-missing", "2026-11-23 10h Point", "2026-11-23 10:00 Point"),
    ("bientôt", "day-missing", "demain 14h30", "tomorrow 14:30"),
    ("demain à dix heures et demie Point", "hour-ambiguous", "demain 10h30 Point", "tomorrow 10:30 Point"),
    ("demain 14h ou 15h Point", "times-several", "demain 14h Point", "tomorrow 14:00 Point"),
    ("demain 14h10 et demie", "impossible", "demain 14h30", "tomorrow 14:30"),
    ("14", "title-numeric", '"14"', '"14"'),
    ("demain 14h 3-4", "title-numeric", 'demain 14h "3-4"', 'demain 14h "3-4"'),
    ("Offre http://evil.example/gagnez", "title-address", "Offre", "Offre"),
    ("demain 14h Point www.evil.example", "title-address", "demain 14h Point", "demain 14h Point"),
    ('"Offre HTTPS://evil.example ici"', "title-address", "Offre ici", "Offre ici"),
    ("Ｗｗｗ．evil.example", "title-address", "Point budget", "Budget"),
    ("https：／／evil.example Point à 14h", "title-address", '"Point à 14h"', '"Point à 14h"'),
    ("14h https://evil.example", "title-address", "14h Point budget", "14h Budget"),
    ("\u3164", "title-unseen", "Point budget", "Budget"),
    ("demain 14h \u2800", "title-unseen", "demain 14h Point budget", "demain 14h Budget"),
    ('"\u115f\u1160"', "title-unseen", "Point budget", "Budget"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "reason", "french", "english"), REFUSED, ids=[row[0] for row in REFUSED]
)
def test_refuses_with_an_example(typed: str, reason: str, french: str, english: str | None):
    for language, example in ((FR, french), (EN, english)):
        refusal = refused(f"!visio {typed}", language=language)
        assert refusal.parameters["reason"] == reason
        assert example is None or refusal.parameters["example"] == f"!visio {example}"


def test_what_is_refused_is_named_as_it_was_typed():
    assert refused("!visio Réunion Après-Demain").parameters["understood"] == "Après-Demain"
    assert refused("!visio 25H Point").parameters["understood"] == "25H"


def test_a_minute_begun_is_not_past():
    now = NOW + timedelta(seconds=40)
    assert read("!visio 10h", now=now) == Meet(paris("2026-11-18T10:00"))
    assert isinstance(refused("!visio 10h", now=now + timedelta(seconds=20)), TimeRefused)


def test_a_delay_ends_at_the_next_whole_minute():
    assert read("!visio dans 2h", now=NOW) == Meet(paris("2026-11-18T12:00"))
    later = NOW + timedelta(seconds=1)
    assert read("!visio dans 2h", now=later) == Meet(paris("2026-11-18T12:01"))


@pytest.mark.parametrize(
    ("typed", "start", "zone"),
    [
        ("demain 14h heure de La Réunion", "2026-11-19T11:00", "Indian/Reunion"),
        ("demain 14h UTC", "2026-11-19T15:00", "UTC"),
        ("demain 14h GMT+2", "2026-11-19T13:00", "Etc/GMT-2"),
        ("demain 3pm EST", "2026-11-19T21:00", "America/New_York"),
    ],
)
def test_an_hour_of_another_zone_keeps_it(typed: str, start: str, zone: str):
    assert read(f"!visio {typed} Point") == Meet(paris(start), title="Point", zone=zone)


AGAIN = [
    ("weekdays at 9:30 Stand-up", EN, None),
    ("weekdays at 9:30 except public holidays Stand-up", EN, "FR"),
    ("every working day at 9:30 Stand-up", EN, "FR"),
    ("business days 9:30 Stand-up", EN, "FR"),
    ("tous les jours ouvrés 9h30 Stand-up", FR, "FR"),
    ("jours ouvrés 9h30 Stand-up", FR, "FR"),
    ("du lundi au vendredi 9h30 Stand-up", FR, None),
    ("tous les jours de la semaine 9h30 Stand-up", FR, None),
]


@pytest.mark.parametrize(("typed", "language", "holidays"), AGAIN, ids=[row[0] for row in AGAIN])
def test_working_days_leave_out_public_holidays(
    typed: str, language: Language, holidays: str | None
):
    command = read(f"!visio {typed}", language=language)
    assert isinstance(command, Meet)
    assert command.title == "Stand-up"
    assert command.recurrence is not None
    assert command.recurrence.rule == "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
    assert command.recurrence.holidays == holidays


def test_figures_alone_are_a_day_and_a_month_in_french_only():
    line = "!visio 01/12/2026 14h30"
    assert read(line, language=FR) == Meet(paris("2026-12-01T14:30"))
    assert refused(line, language=EN).parameters["reason"] == "day-ambiguous"


def test_tomorrow_is_the_salon_s_and_not_ours():
    now = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)
    command = read("!visio demain 9h", now=now, zone="Europe/Paris")
    assert command == Meet(paris("2026-11-20T09:00"))


def test_the_example_of_a_past_time_avoids_tomorrow_s_clock_change():
    now = datetime(2027, 3, 27, 12, 0, tzinfo=PARIS)
    assert refused("!visio 02:30", now=now).parameters["example"] == "!visio 2027-03-29 02h30"


def test_a_length_is_counted_in_true_hours_across_a_clock_change():
    command = read("!visio 2027-03-28 01:00 2h")
    assert isinstance(command, Meet)
    assert command.start is not None
    assert command.end == command.start + timedelta(hours=2)
    assert command.end == paris("2027-03-28T04:00")


def test_half_an_hour_of_clock_change():
    lord_howe = "Australia/Lord_Howe"
    assert refused("!visio 2027-10-03 02:15", zone=lord_howe).parameters["reason"] == "gap"
    assert refused("!visio 2027-04-04 01:45", zone=lord_howe).parameters["reason"] == "fold"


def test_the_longest_meeting_is_told():
    refusal = refused("!visio 14h 13h")
    assert refusal.parameters["hours"] == "12"


# --- until and for how long -----------------------------------------------------------------


def until(typed: str) -> datetime:
    return understand_until(Line.of(normal(typed)), here())


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("18h", "2026-11-18T18:00"),
        ("demain 18h.", "2026-11-19T18:00"),
        ("18h demain", "2026-11-19T18:00"),
        ("minuit", "2026-11-19T00:00"),
        ("ce soir 8h", "2026-11-18T20:00"),
        ("2026-12-01 18:00", "2026-12-01T18:00"),
        ("vendredi 18h", "2026-11-20T18:00"),
        ("18h vendredi", "2026-11-20T18:00"),
        ("le 3 décembre à 18h", "2026-12-03T18:00"),
        ("lundi prochain 10h.", "2026-11-23T10:00"),
        ("demain 18h heure de La Réunion", "2026-11-19T15:00"),
    ],
)
def test_reads_an_end(typed: str, moment: str):
    assert until(typed) == paris(moment)


@pytest.mark.parametrize(
    ("typed", "error", "reason"),
    [
        ("", Misunderstood, "until-unread"),
        ("18h Point", Misunderstood, "until-unread"),
        ("la fin", Misunderstood, "until-unread"),
        ("18h 30min", Misunderstood, "until-unread"),
        ("14h-18h", Misunderstood, "until-unread"),
        ("18h jusqu'à demain", Misunderstood, "until-unread"),
        ("demain", Misunderstood, "no-time"),
        ("6", Misunderstood, "until-unread"),
        ("vendredi", Misunderstood, "no-time"),
        ("jeudi prochain 18h", Misunderstood, "day-ambiguous"),
        ("tous les lundis 18h", Misunderstood, "until-unread"),
        ("vendredi 18h Point", Misunderstood, "until-unread"),
        ("à 6", Misunderstood, "hour-ambiguous"),
        ("9h", TimeRefused, "past"),
        ("2h", TimeRefused, "past"),
        ("25h", TimeRefused, "impossible"),
    ],
)
def test_refuses_an_end(typed: str, error: type[Refused], reason: str):
    with pytest.raises(error) as raised:
        until(typed)
    assert raised.value.parameters["reason"] == reason


@pytest.mark.parametrize(
    ("typed", "minutes", "before", "after"),
    [
        ("30min", 30, "", ""),
        ("2h", 120, "", ""),
        ("jean@x.example 1h30", 90, "jean@x.example ", ""),
        ("de 30 min pour Jean", 30, "", " pour Jean"),
        ("encore 30 min de plus", 30, "", ""),
        ("by another 45 minutes", 45, "", ""),
        ("+30min", 30, "", ""),
    ],
)
def test_reads_a_length(typed: str, minutes: int, before: str, after: str):
    span, left, right = understand_length(Line.of(typed), here())
    assert (span, left.text, right.text) == (timedelta(minutes=minutes), before, after)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "length-missing"),
        ("Jean", "length-missing"),
        ("0min", "too-short"),
        ("13h", "too-long"),
    ],
)
def test_refuses_a_length(typed: str, reason: str):
    with pytest.raises(Refused) as raised:
        understand_length(Line.of(typed), here())
    assert raised.value.parameters["reason"] == reason


def test_pieces_are_read_from_any_place():
    context: Here = here()
    found, end = pieces_of("point a 14h", context, 6)
    assert found.start is not None
    assert (found.start.hour, end) == (14, 11)
    assert LENGTH.match("9h45x") is None


def test_other_zones():
    command = read("!visio 14:30", zone="America/Martinique", language=EN)
    zone = ZoneInfo("America/Martinique")
    assert command == Meet(datetime(2026, 11, 18, 14, 30, tzinfo=zone).astimezone(UTC))
