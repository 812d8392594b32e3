"""A direct message is made once, whatever becomes of the homeserver's answer."""

import pytest

from bot.matrix.account import MatrixAccount
from bot.matrix.events import SendLater
from bridge.ids import UserId
from tests.bot.conftest import MakeBot, MakeUser
from tests.bot.test_private import PIN, opened, said, secret
from tests.servers.faults import Faults
from tests.servers.matrix_client import MatrixUser


async def told(account: MatrixAccount, alice: MatrixUser) -> str | None:
    return await account.confide(UserId(alice.user), secret(alice.user), transaction="1")


async def test_the_answer_to_its_making_is_lost(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    """Also over a restart: who is invited sees one invitation, and one message."""
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    proxy.lose_answer("POST .*/createRoom")
    async with bot.running() as account:
        with pytest.raises(SendLater) as caught:
            await told(account, alice)
        assert caught.value.alone, "nobody else waits for it"
    async with bot.running() as account:
        event = await told(account, alice)
        assert await told(account, alice) == event
        await opened(alice, bot.user, event)
    assert len(proxy.requests("POST .*/createRoom")) == 1
    assert len([one for one in alice.nio.rooms.values() if bot.user in one.users]) == 1
    assert not alice.nio.invited_rooms
    assert said(alice).count(PIN) == 1
