"""The last outcome of each part, and the time for which it counts."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bridge.errors import MailRefused, MailUnreachable
from bridge.vitals import REMEMBERED, SLOW, Part, Vitals
from tests.doubles.clocks import SetClock

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
TICK = timedelta(seconds=1)


def talk(vitals: Vitals, error: Exception | None = None) -> Callable[[], None]:
    def converse() -> None:
        with vitals.watching(Part.MAIL, MailUnreachable):
            if error is not None:
                raise error

    return converse


def test_what_was_never_tried_is_not_ill() -> None:
    assert [Vitals(SetClock(NOW)).ailing(part) for part in Part] == [None] * len(Part)


def test_the_last_outcome_counts() -> None:
    vitals = Vitals(SetClock(NOW))
    with pytest.raises(MailUnreachable):
        talk(vitals, MailUnreachable("refused"))()
    assert vitals.ailing(Part.MAIL) == "MailUnreachable"
    assert vitals.ailing(Part.VISIO) is None
    talk(vitals)()
    assert vitals.ailing(Part.MAIL) is None


def test_who_refuses_is_there_and_a_fault_of_ours_tells_nothing() -> None:
    vitals = Vitals(SetClock(NOW))
    vitals.failed(Part.MAIL, "reset")
    with pytest.raises(ZeroDivisionError):
        talk(vitals, ZeroDivisionError())()
    assert vitals.ailing(Part.MAIL) == "reset"
    with pytest.raises(MailRefused):
        talk(vitals, MailRefused("no such mailbox"))()
    assert vitals.ailing(Part.MAIL) is None


def test_a_failure_that_nobody_tried_again_is_forgotten() -> None:
    clock = SetClock(NOW)
    vitals = Vitals(clock)
    vitals.failed(Part.MAIL, "reset")
    clock.at += REMEMBERED
    assert vitals.ailing(Part.MAIL) == "reset"
    clock.at += TICK
    assert vitals.ailing(Part.MAIL) is None


async def test_who_answers_too_slowly_is_ill_while_we_wait_and_once_we_gave_up() -> None:
    clock, begun = SetClock(NOW), asyncio.Event()
    vitals = Vitals(clock)

    async def converse() -> None:
        with vitals.watching(Part.MAIL, MailUnreachable):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(converse())
    await begun.wait()
    clock.at += SLOW
    assert vitals.ailing(Part.MAIL) is None
    clock.at += TICK
    assert vitals.ailing(Part.MAIL) == "slow"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert vitals.ailing(Part.MAIL) == "slow"


async def test_who_is_left_at_once_is_not_slow() -> None:
    vitals = Vitals(SetClock(NOW))
    with pytest.raises(TimeoutError), vitals.watching(Part.MEDIA):
        async with asyncio.timeout(0):
            await asyncio.Event().wait()
    assert vitals.ailing(Part.MEDIA) is None
