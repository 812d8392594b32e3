"""When an account is looked at again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr

from bridge.domain.calendar import CalendarAccount, CalendarLogin
from bridge.domain.polls import PollPace, after_failure, next_poll
from bridge.ids import CalendarAccountId, UserId

MINUTE = timedelta(minutes=1)
PACE = PollPace(
    soon=MINUTE, busy=5 * MINUTE, idle=15 * MINUTE, night=60 * MINUTE, zone="Europe/Paris"
)
TUESDAY = datetime(2026, 12, 1, 9, tzinfo=UTC)
ACCOUNT = CalendarAccount(
    id=CalendarAccountId(UUID(int=1)),
    owner=UserId("@alice:agent.tchap"),
    home="https://calendars.example/alice/",
    login=CalendarLogin(secret=SecretStr("secret")),
    linked_at=TUESDAY,
)


@pytest.mark.parametrize(
    ("now", "changed", "pause"),
    [
        (TUESDAY, timedelta(minutes=5), PACE.soon),
        (TUESDAY, timedelta(hours=5), PACE.busy),
        (TUESDAY, None, PACE.idle),
        (TUESDAY + timedelta(hours=12), timedelta(hours=5), PACE.night),
        (TUESDAY + timedelta(days=4), None, PACE.night),
        (TUESDAY + timedelta(hours=12), timedelta(minutes=1), PACE.soon),
    ],
)
def test_calendars_that_change_are_looked_at_often(
    now: datetime, changed: timedelta | None, pause: timedelta
) -> None:
    account = replace(ACCOUNT, changed_at=None if changed is None else now - changed)
    waited = next_poll(account, PACE, now) - now
    assert pause * 0.8 <= waited <= pause * 1.2


def test_accounts_do_not_come_together() -> None:
    several = [replace(ACCOUNT, id=CalendarAccountId(UUID(int=number))) for number in range(100)]
    assert len({next_poll(one, PACE, TUESDAY) for one in several}) == 100


def test_a_server_that_fails_is_left_alone_for_longer_each_time() -> None:
    waits = [
        after_failure(replace(ACCOUNT, failures=failures), PACE, TUESDAY) - TUESDAY
        for failures in (1, 4, 8, 40)
    ]
    assert waits == sorted(waits)
    assert waits[0] <= 3 * MINUTE
    assert timedelta(hours=4) < waits[-1] < timedelta(hours=8)
