import json
from pathlib import Path

import pytest

from benchmarks.report import table, write_json, write_page
from benchmarks.rows import Bound, Measure, Options, Row, Subject, rows_of

FAST = Bound("ratio", "≤", 1.5, "ms")
MANY = Bound("value", "≥", 60, "/s")


async def nothing(_: Options) -> list[Measure]:
    return []


SUBJECT = Subject("chat", nothing, {"chat.p50": FAST, "chat.rate": MANY})


@pytest.mark.parametrize(
    ("bound", "measure", "holds"),
    [
        (FAST, Measure("a", 150, "ms", 100), True),
        (FAST, Measure("a", 150.1, "ms", 100), False),
        (FAST, Measure("a", 1, "ms"), False),
        (FAST, Measure("a", 1, "ms", 0), False),
        (MANY, Measure("a", 60, "/s", 1), True),
        (MANY, Measure("a", 59.9, "/s"), False),
    ],
)
def test_a_bound_is_on_the_ratio_or_on_the_value(bound, measure, holds):
    assert Row("a", measure, bound).holds is holds


def test_a_bound_that_was_not_measured_does_not_hold():
    rows = rows_of([SUBJECT], [Measure("chat.p50", 100, "ms", 80), Measure("chat.cpu", 9, "ms")])
    assert [(row.name, row.holds) for row in rows] == [
        ("chat.p50", True),
        ("chat.rate", False),
        ("chat.cpu", True),
    ]


def test_each_row_of_the_file_has_the_same_seven_keys(tmp_path: Path):
    path = tmp_path / "build" / "bench.json"
    write_json(rows_of([SUBJECT], [Measure("chat.p50", 123.456, "ms", 100)]), path)
    assert json.loads(path.read_text()) == [
        {
            "name": "chat.p50",
            "value": 123.5,
            "unit": "ms",
            "peer": 100.0,
            "ratio": 1.235,
            "bound": "ratio ≤ 1.5",
            "holds": True,
        },
        {
            "name": "chat.rate",
            "value": None,
            "unit": "/s",
            "peer": None,
            "ratio": None,
            "bound": "≥ 60 /s",
            "holds": False,
        },
    ]


def test_the_table_has_a_line_for_each_row():
    rows = rows_of([SUBJECT], [Measure("chat.p50", 123.456, "ms", 100)])
    assert table(rows).splitlines() == [
        "name       value  unit  peer  ratio  bound        holds",
        "chat.p50   123.5  ms    100   1.235  ratio ≤ 1.5  yes",
        "chat.rate  –      /s    –     –      ≥ 60 /s      NO",
    ]


def test_the_page_keeps_everything_but_its_table(tmp_path: Path):
    page = tmp_path / "benchmarks.md"
    page.write_text(
        "before\n<!-- table: written by make bench -->\nstale\n<!-- end of table -->\nafter\n"
    )
    for _ in range(2):
        write_page(rows_of([SUBJECT], []), "A machine.", page)
    text = page.read_text()
    assert text.startswith("before\n<!-- table: written by make bench -->\nA machine.\n\n| name |")
    assert text.endswith("| NO |\n<!-- end of table -->\nafter\n")
    assert "stale" not in text
    assert text.count("chat.rate") == 1


def test_a_page_without_its_marks_is_left_alone(tmp_path: Path):
    page = tmp_path / "benchmarks.md"
    page.write_text("no marks")
    with pytest.raises(ValueError, match="marks"):
        write_page([], "A machine.", page)
    assert page.read_text() == "no marks"


def test_a_quick_run_has_fewer_rounds_but_some():
    assert Options().rounds(40) == 40
    assert Options(quick=True).rounds(40) == 5
    assert Options(quick=True).rounds(8) == 3
