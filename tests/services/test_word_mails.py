"""Guests are told another title, and other topics: their calendars show both."""

from dataclasses import replace
from datetime import timedelta

import pytest_asyncio

from bridge.domain.event import GuestEvent
from bridge.domain.mail import Mail, MailKind
from bridge.domain.scope import WholeSeries
from bridge.domain.series import Reach
from bridge.services.invitations.invitations import Guest
from bridge.services.meetings.topics import Topics
from tests.services.house import HOUR, MINUTE, START, House
from tests.services.test_series import WEEK, planned
from tests.services.test_series_changes import TUESDAY, Weekly
from tests.services.test_series_mails import Told

LEA = Guest("Léa Roux", "lea@partenaire.example")


@pytest_asyncio.fixture(loop_scope="session")
async def met(house: House) -> House:
    """A meeting in five hours, with one guest who has their mail."""
    await house.met(start=START + 5 * HOUR)
    await house.invited(LEA)
    await house.run_due()
    return house


@pytest_asyncio.fixture(loop_scope="session")
async def told(house: House) -> Told:
    """Tuesdays at ten, without an end, with a guest of all dates."""
    weekly = Weekly(house, await planned(house, "FREQ=WEEKLY", TUESDAY))
    await house.invited(LEA, scope=WholeSeries())
    await house.run_due()
    return Told(weekly)


async def renamed(house: House, title: str) -> None:
    async with house.store() as work:
        await house.changes.rename(work, await house.of(), title)


async def written(house: House, text: str) -> None:
    async with house.store() as work:
        await Topics(house.tools).write(work, (await house.of())[0], text)


async def later(house: House, by: timedelta = 5 * MINUTE) -> None:
    await house.run_until(house.clock.now() + by)


def kinds(house: House) -> list[MailKind]:
    return [one.kind for one in house.composed]


def numbers(house: House) -> list[int]:
    return [one.event.sequence for one in house.composed if one.event is not None]


async def rows(house: House) -> list[Mail]:
    (guest,) = await house.guests()
    async with house.store.reading() as work:
        return list(await work.mails.to([guest.id]))


async def test_another_title_is_told_with_the_same_sequence(met: House):
    await renamed(met, "Revue")
    await later(met, by=MINUTE / 2)
    assert kinds(met) == [MailKind.INVITATION]
    await later(met)
    assert kinds(met) == [MailKind.INVITATION, MailKind.RENAMED]
    assert met.composed[-1].title == "Revue"
    assert numbers(met) == [0, 0], "SEQUENCE rises for the time, the place and the rule alone"
    stamps = [one.made_at for one in met.composed]
    assert stamps[0] != stamps[1]
    assert len({one.message_id for one in met.composed}) == 2
    await later(met)
    assert len(met.composed) == 2


async def test_renamed_and_back_within_a_minute_is_told_to_nobody(met: House):
    await renamed(met, "Revue")
    await renamed(met, "Budget ask")
    await later(met)
    assert kinds(met) == [MailKind.INVITATION]


async def test_other_topics_are_told(met: House):
    await written(met, "1. Budget")
    await later(met)
    assert kinds(met)[1:] == [MailKind.TOPICS]
    assert met.composed[-1].topics == "1. Budget"
    await written(met, "")
    await later(met)
    assert kinds(met)[1:] == [MailKind.TOPICS] * 2
    assert numbers(met) == [0, 0, 0]


async def test_a_title_and_topics_within_a_minute_are_one_mail(met: House):
    await written(met, "1. Budget")
    await renamed(met, "Revue")
    await later(met)
    assert kinds(met)[1:] == [MailKind.RENAMED]
    assert met.composed[-1].topics == "1. Budget"


async def test_moved_and_renamed_is_one_mail_about_the_move(met: House):
    async with met.store() as work:
        about = await met.of()
        await met.changes.move(work, about, about[1].wall_start + HOUR)
    await renamed(met, "Revue")
    await later(met)
    assert kinds(met)[1:] == [MailKind.MOVED]
    assert met.composed[-1].title == "Revue"
    await later(met)
    assert len(met.composed) == 2


async def test_a_mail_of_before_says_nothing_of_words(met: House):
    (mail,) = await rows(met)
    async with met.store() as work:
        await work.mails.save(replace(mail, words=None))
    await renamed(met, "Revue")
    await later(met)
    assert kinds(met) == [MailKind.INVITATION]


async def test_a_series_that_is_renamed_is_one_mail_about_all_its_dates(told: Told):
    await told.weekly.rename(TUESDAY, "Revue", Reach.ALL)
    await told.later()
    assert told.kinds[1:] == [MailKind.RENAMED]
    assert told.mails[-1].title == "Revue"
    event: GuestEvent = told.event()
    assert event.recurrence is not None
    assert event.sequence == 0


async def test_topics_of_a_series_are_one_mail(told: Told):
    await written(told.house, "1. Budget")
    await told.later()
    assert told.kinds[1:] == [MailKind.TOPICS]


async def test_one_date_renamed_is_about_it_and_told_once(told: Told):
    await told.weekly.rename(TUESDAY + WEEK, "Revue")
    await told.later()
    assert told.kinds[1:] == [MailKind.RENAMED]
    assert told.event().original == TUESDAY + WEEK
    assert told.mails[-1].title == "Revue"
    await told.weekly.move(TUESDAY + 2 * WEEK, TUESDAY + 2 * WEEK + HOUR)
    await told.later()
    assert told.kinds[2:] == [MailKind.MOVED], "the other one was told already"


async def test_who_is_invited_later_knows_the_title_of_a_date(house: House):
    weekly = Weekly(house, await planned(house, "FREQ=WEEKLY", TUESDAY))
    await house.run_due()
    await weekly.rename(TUESDAY + WEEK, "Revue")
    await house.invited(LEA, scope=WholeSeries())
    await house.run_due()
    await weekly.move(TUESDAY + 2 * WEEK, TUESDAY + 2 * WEEK + HOUR)
    await later(house)
    assert kinds(house) == [MailKind.INVITATION, MailKind.MOVED]
    assert house.composed[0].title == "Mêlée", "the series', and not one date's"
