"""Hosts whose accounts fail one after the other: alone, tried, back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from pydantic import SecretStr

from bridge.caldav.resting import FAILED, FIRST_REST, LONGEST_REST, PROBED, Resting
from bridge.domain.calendar import CalendarLogin
from bridge.errors import CalendarBusy, CalendarUnconfirmed, CalendarUnreachable
from tests.unit.bridge.caldav.kit import (
    CALENDAR,
    ITSELF,
    Bench,
    bench,
    by_method,
    multistatus,
    says,
)

HOST, OTHER = "dav.example", "quick.example"
DOWN = web.Response(status=502)


def failing(host: str = HOST, accounts: int = FAILED) -> Resting:
    """Return what is known after so many accounts of a host failed at the moment 0."""
    resting = Resting()
    for account in range(accounts):
        resting.failed(host, account, 0.0)
    return resting


def left(resting: Resting, now: float, host: str = HOST) -> float:
    try:
        resting.demand(host, now)
    except CalendarBusy as busy:
        return busy.pause.total_seconds()
    return 0.0


def test_a_host_rests_once_several_accounts_failed_in_a_row():
    assert left(failing(accounts=FAILED - 1), 1) == 0
    assert left(failing(), 1) == FIRST_REST - 1


def test_one_account_alone_never_makes_its_host_rest():
    resting = Resting()
    for now in range(100):
        resting.failed(HOST, 7, float(now))
    assert left(resting, 100) == 0


def test_an_answer_between_them_begins_the_count_anew():
    resting = failing(accounts=FAILED - 1)
    resting.answered(HOST)
    resting.failed(HOST, 99, 1.0)
    assert left(resting, 2) == 0


def test_one_request_tries_whether_it_is_back_and_the_others_wait_for_it():
    resting = failing()
    assert resting.enter(HOST, FIRST_REST)
    assert left(resting, FIRST_REST) == PROBED
    resting.answered(HOST)
    assert left(resting, FIRST_REST) == 0
    assert not resting.enter(HOST, FIRST_REST)


def test_each_rest_is_twice_as_long_up_to_an_hour():
    resting, now, rests = failing(), 0.0, []
    for _ in range(9):
        rests.append(left(resting, now))
        now += rests[-1]
        assert resting.enter(HOST, now)
        resting.failed(HOST, 1, now)
    assert rests[:4] == [60, 120, 240, 480]
    assert rests[-1] == LONGEST_REST


def test_a_try_of_which_nothing_came_is_followed_by_another_one():
    resting = failing()
    assert resting.enter(HOST, FIRST_REST)
    resting.leave(HOST)
    assert resting.enter(HOST, FIRST_REST)


def test_what_was_asked_before_a_rest_does_not_make_it_longer():
    resting = failing()
    resting.failed(HOST, 99, 1.0)
    assert left(resting, 1) == FIRST_REST - 1


def test_another_host_is_asked_meanwhile():
    assert left(failing(), 1, OTHER) == 0


async def look(found: Bench, number: int) -> None:
    login = CalendarLogin(user=f"agent-{number}", secret=SecretStr("word"))
    await found.calendars.look(found.home, login)


async def write(found: Bench, number: int) -> None:
    login = CalendarLogin(user=f"agent-{number}", secret=SecretStr("word"))
    await found.calendars.put(found.url, login, f"{CALENDAR}{number}.ics", "x", '"1"')


@pytest.mark.parametrize(
    ("ask", "error"), [(look, CalendarUnreachable), (write, CalendarUnconfirmed)]
)
async def test_a_host_that_fails_for_all_is_asked_no_more(ask, error):
    async with bench(says(DOWN)) as found:
        for number in range(FAILED):
            with pytest.raises(error):
                await ask(found, number)
        asked = len(found.seen)
        for again in (look, write):
            with pytest.raises(CalendarBusy) as resting:
                await again(found, FAILED)
            assert timedelta(seconds=50) < resting.value.pause <= timedelta(seconds=FIRST_REST)
        assert len(found.seen) == asked


async def test_a_host_that_refuses_some_rests_for_none():
    async with bench(by_method(PROPFIND=says(web.Response(status=403)))) as found:
        for number in range(3 * FAILED):
            with pytest.raises(Exception, match="403"):
                await look(found, number)
        assert len(found.seen) == 3 * FAILED


async def test_one_host_rests_and_another_one_is_asked():
    """A name of the same server is another host."""
    async with bench(says(*[DOWN] * 3 * FAILED, multistatus(ITSELF))) as found:
        for number in range(FAILED):
            with pytest.raises(CalendarUnreachable):
                await look(found, number)
        known = found.wire.networks
        found.wire.networks = replace(known, insecure=known.insecure | {"localhost"})
        found.base = found.base.replace("127.0.0.1", "localhost")
        await look(found, 0)
