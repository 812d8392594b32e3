"""The security page tells limits, settings, files and places that are so."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.conversation import pacing
from bridge.domain import proof
from bridge.domain.meeting import AccessLevel
from bridge.domain.quota import Pace
from bridge.services.visits import arrivals
from bridge.store.tables import visits
from config import sections
from federation.door import gate, knocks, streams
from federation.door.settings import Rate
from tests.defaults import default_policy, door_limits

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
PAGE = (DOCS / "security.md").read_text(encoding="utf-8")
FLAT = " ".join(PAGE.split())
MINUTE, TEN_MINUTES = 60, 600


def rows(header: str) -> dict[str, list[str]]:
    """Return the rows of the table with this header, by their first cell."""
    (table,) = re.findall(
        rf"^\| {re.escape(header)} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE
    )
    cells = [[one.strip() for one in line.strip("|").split("|")] for line in table.splitlines()]
    return {name: rest for name, *rest in cells}


def test_the_tests_that_it_names_exist() -> None:
    named = set(re.findall(r"`(tests/[\w/.]+)`", PAGE))
    assert len(named) > 10
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_the_pages_that_it_names_exist() -> None:
    named = set(re.findall(r"\]\(([\w/.-]+)\)", PAGE))
    assert len(named) > 5
    assert [one for one in named if not (DOCS / one).exists()] == []


def test_the_limits_of_the_door() -> None:
    limits, told = door_limits(), rows("what | default | setting, in `[door.limits]`")
    minute, ten = "{} a minute", "{} in 10 minutes"
    assert told == {
        "requests; counted apart, what waiting pages ask": [
            f"{minute.format(limits.requests.burst)} each",
            "`requests`",
        ],
        "the same of a browser with a cookie that was checked, each by itself": [
            "as many",
            "`requests`",
        ],
        "webhooks of the media server": ["6,000 a minute", ""],
        "forms for links, good and bad": ["6,000 a minute", ""],
        "forms for links that exist": [minute.format(limits.entries.burst), "`forms`"],
        "forms of one page that holds a cookie: passes, proofs, a host's buttons": [
            "as many, each page by itself",
            "`forms`",
        ],
        "forms for one link, a host's too, from one network": [
            ten.format(limits.per_code.burst),
            "`per_link`",
        ],
        "streams open at once: pages that are told of changes": [
            f"{limits.streams}, and {streams.PER_VISIT} for one visit",
            "`streams`",
        ],
        "browsers with one link for which the door knocks at Visio at once": [
            f"{knocks.PER_LINK}, the first that came",
            "none",
        ],
        "requests for feeds; counted apart": ["as many as requests", "`requests`"],
        "requests for one feed, from one network": [
            f"{gate.READS.burst * 3600 / gate.READS.seconds:.0f} an hour",
            "none",
        ],
        "requests for feeds that nobody has": [
            f"{gate.LOST.burst * TEN_MINUTES / gate.LOST.seconds:.0f} in 10 minutes",
            "none",
        ],
        "forms for links that nobody has": [
            f"{ten.format(limits.misses.burst)}, then no further such form from there",
            "`misses`",
        ],
    }
    assert gate._HOOKS == gate._TRIES == Rate(6000, MINUTE)
    assert limits.requests.seconds == limits.entries.seconds == MINUTE
    assert limits.per_code.seconds == limits.misses.seconds == TEN_MINUTES


def test_the_limits_of_agents() -> None:
    limits, told = sections.QuotaSettings(), rows("what | default | setting, in `[limits]`")
    hour = "{} an hour"
    assert list(told.values()) == [
        [f"{limits.rooms}, {hour.format(limits.salon_rooms)}", "`rooms`, `salon_rooms`"],
        [hour.format(limits.addresses), "`addresses`"],
        [hour.format(limits.mails), "`mails`"],
        [f"{limits.lines} in 10 minutes", "`lines`"],
        [str(limits.welcome), "`welcome`"],
        [str(limits.topics), "`topics`"],
        ["20 in 10 minutes", "none"],
        ["1 a day in one salon", "none"],
    ]
    assert Pace(20, timedelta(minutes=10)) == pacing._OUTSIDE


def test_what_a_proof_may_cost() -> None:
    told = rows("| mailed code | PIN")
    assert (proof.DIGITS, proof.TRIES, proof.MOST) == (6, 5, 3)
    assert (timedelta(minutes=10), timedelta(hours=1)) == (proof.LASTS, proof.SPAN)
    assert told["wrong tries"][0].startswith("5,")
    assert told["how long"][0] == "10 minutes from when its mail left"
    assert told["how many"][0] == "3 an hour for one invitation"
    one_in = 10**proof.DIGITS // (proof.TRIES * proof.MOST)
    assert f"one chance in {one_in // 1000},000 each hour" in FLAT


def test_the_numbers_of_links_and_names() -> None:
    assert default_policy().visits_per_invitation == 100, "a hundred newest visits"
    assert arrivals._NAMES == 5, "up to five other names"
    assert default_policy().announce_every == timedelta(minutes=10)


def test_all_that_is_kept_of_a_visit_is_told() -> None:
    """Another column is another sentence under "What is kept"."""
    ours = {"id", "invitation", "occurrence", "digest", "question", "number", "knock", "proved"}
    ours |= {"vouched_by"}
    typed = {"name", "language"}
    moments = {"created_at", "followed_at", "asked_at", "seen_at", "left_at", "refused_at"}
    assert {one.name for one in visits.columns} == ours | typed | moments | {"refused_by"}
    assert f"{len(moments)} moments" in FLAT


def test_links_of_the_door_are_where_a_proxy_is_told_not_to_log() -> None:
    (pattern,) = re.findall(r"map \$request_uri .* \{ ~(\S+) /-; default", PAGE)
    views = (ROOT / "federation" / "door" / "views").glob("*.py")
    routes = [one for path in views for one in re.findall(r'"(/\w*/\{code:)', path.read_text())]
    assert len(routes) >= 2
    assert [one for one in routes if not re.match(pattern, one)] == []


def test_no_room_is_open_to_everybody() -> None:
    access = {"url": "https://v.example", "client_id": "x", "secret": "s" * 40}
    with pytest.raises(ValidationError, match="level"):
        sections.VisioSettings.model_validate({**access, "level": AccessLevel.PUBLIC.value})
    for folder in ("bot", "bridge/services", "federation", "config"):
        for path in (ROOT / folder).rglob("*.py"):
            assert "AccessLevel.PUBLIC" not in path.read_text(encoding="utf-8"), path
