"""Webhooks of the media server: once, twice, and too many to remember."""

from datetime import datetime

import pytest

from bridge.domain.admission import LIVEKIT
from bridge.services.enforcement.webhooks import (
    FOREIGN,
    GENUINE,
    NOTED,
    Heard,
    Hearing,
    WebhookWorth,
)
from tests.services.house import MINUTE, START, House

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def hears(house: House) -> Hearing:
    """Of a house that holds a key of the media server."""
    house.choose(mode=LIVEKIT)
    return house.hearing


async def test_a_webhook_counts_once_and_only_if_our_key_signs_it(hears: Hearing):
    assert await hears.hear("ours", b"1") == Heard(WebhookWorth.GENUINE, "r")
    assert await hears.hear("ours", b"1") == Heard(WebhookWorth.AGAIN)
    assert await hears.hear("", b"1") == Heard(WebhookWorth.FOREIGN)


async def test_only_the_last_ten_thousand_webhooks_are_remembered(hears: Hearing):
    await hears.hear("ours", b"first")
    hears._known.update({str(number): None for number in range(9_999)})
    await hears.hear("ours", b"one more")
    assert len(hears._known) == 10_000
    assert (await hears.hear("ours", b"one more")).worth is WebhookWorth.AGAIN
    assert (await hears.hear("ours", b"first")).worth is WebhookWorth.GENUINE


async def test_the_arrival_of_webhooks_is_recorded_once_a_minute(house: House, hears: Hearing):

    async def noted(name: str) -> datetime | None:
        async with house.store.reading() as work:
            return await work.once.last(name)

    await hears.hear("ours", b"1")
    assert (await noted(GENUINE), await noted(FOREIGN)) == (START, None)
    house.clock.at = START + MINUTE / 2
    await hears.hear("ours", b"2")
    await hears.hear("", b"")
    assert (await noted(GENUINE), await noted(FOREIGN)) == (START, house.clock.at)
    house.clock.at = START + NOTED
    await hears.hear("ours", b"3")
    assert await noted(GENUINE) == START + NOTED
