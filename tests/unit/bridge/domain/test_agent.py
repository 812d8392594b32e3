"""When what is seen of an agent is written down again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.agent import Agent, Identity, Method
from bridge.ids import UserId

KNOWN = Agent(
    user=UserId("@camille:agent.tchap"),
    name="Camille",
    identity=Identity("camille@example.org", Method.MAP),
    seen_at=datetime(2026, 12, 1, 9, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("seen", "news"),
    [
        (KNOWN, False),
        (replace(KNOWN, seen_at=KNOWN.seen_at + timedelta(hours=23)), False),
        (replace(KNOWN, seen_at=KNOWN.seen_at + timedelta(days=1)), True),
        (replace(KNOWN, name="Camille M."), True),
        (replace(KNOWN, identity=None), True),
    ],
)
def test_a_day_or_a_change_is_worth_a_write(seen: Agent, news: bool) -> None:
    """Or whoever uses Parvis each week would be forgotten as if they never had."""
    assert KNOWN.is_news(seen) is news
