"""Shows the rows: a table on the screen, build/bench.json, and the table in docs."""

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.rows import Row

_CHECKOUT = Path(__file__).resolve().parent.parent
JSON = _CHECKOUT / "build" / "bench.json"
PAGE = _CHECKOUT / "docs" / "benchmarks.md"
_BEGIN, _END = "<!-- table: written by make bench -->", "<!-- end of table -->"
_HEADINGS = ("name", "value", "unit", "peer", "ratio", "bound", "holds")


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text in columns."""
    lines = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def write_json(rows: Sequence[Row], path: Path = JSON) -> None:
    """Write the rows as a list of objects."""
    path.parent.mkdir(parents=True, exist_ok=True)
    records = [row.record() for row in rows]
    path.write_text(json.dumps(records, indent=1, ensure_ascii=False) + "\n")


def write_page(rows: Sequence[Row], machine: str, path: Path = PAGE) -> None:
    """Replace the table of the page, and the description of the machine above it."""
    text = path.read_text()
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{path} has lost the marks between which its table stands")
    rule = tuple("---" for _ in _HEADINGS)
    lines = [_HEADINGS, rule, *(_cells(row) for row in rows)]
    body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    path.write_text(f"{before}{begin}\n{machine}\n\n{body}\n{end}{after}")


def _cells(row: Row) -> tuple[str, ...]:
    record = row.record()
    return tuple(_cell(record[heading]) for heading in _HEADINGS)


def _cell(value: object) -> str:
    match value:
        case None:
            return "–"
        case True:
            return "yes"
        case False:
            return "NO"
        case float():
            return f"{value:g}"
        case _:
            return str(value)
