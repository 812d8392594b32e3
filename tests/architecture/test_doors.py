"""Each heavy or untyped library has one package that knows it (docs/decisions/0001-frame.md)."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("config", "bridge", "bot", "federation")
DOORS = {
    "confusable_homoglyphs": "bot/conversation/lookalikes.py",
    "nio": "bot/matrix/",
    "vodozemac": "bot/matrix/",
    "peewee": "bot/matrix/",
    "jose": "bridge/tokens/",
    "sqlalchemy": "bridge/store/",
    "alembic": "bridge/store/",
    "apscheduler": "bridge/agenda/",
    "aiosmtplib": "bridge/mail/",
    "imapclient": "bridge/mail/letterbox.py",
    "caldav": "bridge/caldav/library.py",
    "dns": "bridge/caldav/",
    "lxml": "bridge/caldav/",
    "icalendar": "bridge/calendars/",
    "recurring_ical_events": "bridge/calendars/",
    "holidays": "bridge/calendars/holidays.py",
    "pydantic_settings": "config/",
    "typer": "bot/",
}


@cache
def imports(path: Path) -> set[str]:
    """Return the top-level packages that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return found


FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.mark.parametrize("library", sorted(DOORS))
def test_a_library_has_one_door(library):
    users = {str(path.relative_to(ROOT)) for path in FILES if library in imports(path)}
    assert users, f"nothing imports {library} any more"
    assert all(user.startswith(DOORS[library]) for user in users), sorted(users)


def test_only_the_clock_tells_the_time():
    telling = ("datetime.now(", "datetime.utcnow(", "time.time(")
    users = {
        str(path.relative_to(ROOT))
        for path in FILES
        if any(call in path.read_text("utf-8") for call in telling)
    }
    assert users <= {"bridge/clock.py"}


def test_bot_and_federation_never_meet_but_in_the_composition_root():
    meeting = {
        str(path.relative_to(ROOT))
        for path in FILES
        if path.is_relative_to(ROOT / "bot") and "federation" in imports(path)
    }
    assert meeting == {"bot/program/app.py", "bot/program/federating.py"}


def uses(*names: str) -> set[str]:
    """Return the files of the bot that name one of these, outside the door of Matrix."""
    return {
        str(path.relative_to(ROOT))
        for path in FILES
        if not path.is_relative_to(ROOT / "bot/matrix")
        and any(name in path.read_text("utf-8") for name in names)
    }


def test_what_is_for_one_person_alone_has_one_way_out():
    """`Account.send` takes a salon's words, `Account.confide` a person's, and nothing else sends."""
    assert uses("account.send(", "account.confide(") == {"bot/conversation/outbox.py"}
    assert uses("Confidence(") == {"bot/conversation/wording.py"}
    assert uses("m.direct", "directs.") == set()
