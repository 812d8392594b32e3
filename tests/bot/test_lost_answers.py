"""The homeserver acts, and its answer is lost: whatever is asked again is done once."""

import pytest

from bot.matrix.account import MatrixAccount
from bot.matrix.events import Joined, SendLater
from bridge.ids import UserId
from tests.bot.conftest import MakeBot, MakeUser
from tests.bot.test_private import PIN, opened, said, secret
from tests.bot.test_staying import settled
from tests.servers.faults import Faults
from tests.servers.matrix_client import MatrixUser

MAKING = "POST .*/createRoom"
EVERY = (
    "POST .*/login",
    "POST .*/keys/upload",
    "POST .*/keys/device_signing/upload",
    "POST .*/keys/signatures/upload",
    "POST .*/join/",
    MAKING,
    "PUT .*/account_data/m.direct",
    "PUT .*/sendToDevice/m.room.encrypted",
    "PUT .*/send/m.room.encrypted",
    "POST .*/leave",
)
"""All that the bot asks for and that changes something, but what other tests are about."""


async def told(account: MatrixAccount, alice: MatrixUser) -> str | None:
    return await account.confide(UserId(alice.user), secret(alice.user), transaction="1")


async def patiently(account: MatrixAccount, alice: MatrixUser) -> str | None:
    """Tell, as often as an answer is lost on the way."""
    for _ in EVERY:
        try:
            return await told(account, alice)
        except SendLater:
            continue
    raise AssertionError("it never leaves")


async def test_a_direct_message_is_made_once_also_over_a_restart(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    proxy.lose_answer(MAKING)
    async with bot.running() as account:
        with pytest.raises(SendLater) as caught:
            await told(account, alice)
        assert caught.value.alone, "nobody else waits for it"
    async with bot.running() as account:
        event = await told(account, alice)
        assert await told(account, alice) == event
        await opened(alice, bot.user, event)
    assert len(proxy.requests(MAKING)) == 1
    assert len([one for one in alice.nio.rooms.values() if bot.user in one.users]) == 1
    assert not alice.nio.invited_rooms
    assert said(alice).count(PIN) == 1


async def test_each_answer_is_lost_once(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url, backoff_first=0.05), await make_user()
    lost = [proxy.lose_answer(each) for each in EVERY]
    async with bot.running() as account:
        assert account.signed
        salon = await alice.create_room(invite=[bot.user])
        await bot.gets(Joined)
        await opened(alice, bot.user, await patiently(account, alice))
        await alice.leave(salon)
        await proxy.seen(EVERY[-1])
        await settled(account)
        devices = await account._parts.wire.get("/_matrix/client/v3/devices")
    assert [rule.hits for rule in lost] == [1] * len(EVERY)
    assert [one["display_name"] for one in devices["devices"]].count("Parvis") == 1
    assert len(proxy.requests(MAKING)) == 1
    assert said(alice).count(PIN) == 1
