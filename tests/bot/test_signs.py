"""A person's client shows that Parvis is typing, until it says something."""

import asyncio

import nio

from bridge.ids import SalonId
from tests.bot.conftest import MakeBot, MakeUser, meet, notice


async def test_typing_is_seen_until_the_answer_is(make_bot: MakeBot, make_user: MakeUser) -> None:
    bot, alice = make_bot(), await make_user()
    seen: asyncio.Queue[bool] = asyncio.Queue()

    async def typing(_: nio.MatrixRoom, event: nio.TypingNoticeEvent) -> None:
        seen.put_nowait(bot.user in event.users)

    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        alice.nio.add_ephemeral_callback(typing, nio.TypingNoticeEvent)
        account.at_work(salon)
        assert await seen.get()
        await account.send(salon, notice("voilà"), transaction="t")
        assert not await seen.get()
