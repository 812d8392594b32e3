"""`parvis dates`, which needs no settings and no database."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.program.cli import app

AT = ["--at", "2026-11-18T10:00", "--zone", "Europe/Paris", "--language", "fr"]


pytestmark = pytest.mark.usefixtures("undone")


def dates(*typed: str) -> Result:
    return CliRunner().invoke(app, ["dates", *typed])


def test_a_phrase_with_its_title_and_people():
    found = dates('demain 14h30 45min "Budget" avec jean@partenaire.example', *AT, "--json")
    assert json.loads(found.output) == {
        "start": "2026-11-19T14:30",
        "end": "2026-11-19T15:15",
        "recurrence": None,
        "zone": "Europe/Paris",
        "spans": [[0, 6], [7, 12], [13, 18]],
        "refused": None,
    }


def test_a_recurrence_is_lines_of_rfc_5545():
    found = json.loads(dates("tous les lundis à 9h sauf le 7/12", *AT, "--json").output)
    assert found["recurrence"] == "RRULE:FREQ=WEEKLY;BYDAY=MO\nEXDATE:20261207T090000"


def test_a_refusal_has_its_code_and_no_times():
    found = json.loads(dates("jeudi prochain 10h", *AT, "--json").output)
    assert (found["start"], found["end"], found["recurrence"]) == (None, None, None)
    assert found["refused"] == "day-ambiguous"


def test_a_file_gives_a_line_for_each_phrase(tmp_path: Path):
    file = tmp_path / "phrases"
    file.write_text("demain 9h\n\nhier 9h\n", encoding="utf-8")
    found = [
        json.loads(line)
        for line in dates("--file", str(file), *AT, "--json").output.split("\n")[:-1]
    ]
    assert [one["start"] for one in found] == ["2026-11-19T09:00", None, None]
    assert [one["refused"] for one in found] == [None, None, "past"]


def test_a_sentence_has_the_date_in_full():
    assert dates("demain 9h", *AT).output == "Compris\u00a0: jeudi 19 novembre 2026 9h\n"
    english = dates("tomorrow 9am", *AT[:-1], "en").output
    assert english == "Understood: Thursday 19 November 2026 09:00\n"
    assert "jeudi 26 novembre 2026 10h" in dates("jeudi prochain 10h", *AT).output
    assert dates("Budget", *AT).output == "Aucune date\u00a0: maintenant.\n"


def test_holidays_of_alsace_and_moselle():
    typed = ("tous les vendredis 9h sauf jours fériés jusqu'au 30 avril 2027", *AT, "--json")
    assert "20270326T090000" not in dates(*typed).output
    assert "20270326T090000" in dates(*typed, "--alsace-moselle").output


@pytest.mark.parametrize(
    "typed",
    [
        (),
        ("demain", "--zone", "Europe/Trifouilly"),
        ("demain", "--at", "demain"),
        ("demain", "--language", "de"),
    ],
)
def test_what_can_not_be_read_is_said(typed: tuple[str, ...]):
    found = dates(*typed)
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.startswith("parvis: ")
