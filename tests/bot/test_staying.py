"""It stays where somebody is, and never as the one who runs the salon."""

import asyncio

import pytest

from bot.matrix.account import MatrixAccount
from bot.matrix.events import Removed
from bot.matrix.raw import route, text
from bridge.ids import SalonId, UserId
from tests.bot.conftest import Bot, MakeBot, MakeUser, meet, state_once
from tests.servers.faults import Faults
from tests.servers.matrix_client import MatrixUser

pytestmark = pytest.mark.long


async def settled(account: MatrixAccount) -> None:
    """Return once the account has looked at every salon that it wished to."""
    async with asyncio.timeout(10):
        while account._parts.membership._store.memberships():
            await asyncio.sleep(0.01)


async def meet_three(alice: MatrixUser, carol: MatrixUser, bot: Bot, **kinds: str) -> SalonId:
    """Make a salon with a running bot and two people in it."""
    salon = await meet(alice, bot, **kinds)
    await alice.invite(salon, carol.user)
    await carol.join(salon)
    return SalonId(salon)


async def test_it_leaves_when_nobody_is_left(make_bot: MakeBot, make_user: MakeUser) -> None:
    bot, alice, carol = make_bot(), await make_user(), await make_user()
    async with bot.running() as account:
        salon = await meet_three(alice, carol, bot)
        await alice.leave(salon)
        await state_once(account, salon, lambda state: alice.user not in state.members)
        await carol.send(salon, "!visio encore là ?")
        await bot.hears("!visio encore là ?")
        await carol.leave(salon)
        gone = await bot.gets(Removed)
        assert (gone.salon, gone.by) == (salon, bot.user)


async def test_it_leaves_what_was_left_while_it_was_off(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
    await alice.leave(salon)
    refusing = proxy.answer("POST .*/leave", 502, "Bad gateway", times=-1)
    async with bot.running():
        await proxy.seen("POST .*/leave")
    refusing.stop()
    async with bot.running():
        assert (await bot.gets(Removed)).by == bot.user


async def test_it_waits_for_who_is_invited(make_bot: MakeBot, make_user: MakeUser) -> None:
    bot, alice, carol = make_bot(), await make_user(), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        await alice.invite(salon, carol.user)
        await alice.leave(salon)
        await state_once(account, salon, lambda state: alice.user not in state.members)
        await settled(account)
        await carol.join(salon)
        await carol.send(salon, "!visio me voici")
        await bot.hears("!visio me voici")


async def test_it_stays_in_a_salon_that_it_is_only_making(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    """A homeserver tells of the levels before it has sent the invitation."""
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        elsewhere = await meet(alice, bot)
        wire = account._parts.wire
        made = await wire.post(route("createRoom"), {"preset": "private_chat"})
        await alice.send(elsewhere, "!visio")
        await bot.hears("!visio")  # so the sync has told of the levels too
        await settled(account)
        salon = text(made, "room_id")
        await wire.post(route("rooms", salon, "invite"), {"user_id": alice.user})
        await alice.join(salon)


@pytest.mark.parametrize("version", ["11", "12"])
async def test_made_administrator_it_steps_down(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults, version: str
) -> None:
    """Once, though the homeserver's answer is lost."""
    bot = make_bot(homeserver=proxy.url, backoff_first=0.05)
    alice, carol, me = await make_user(), await make_user(), bot.user
    stepping = proxy.lose_answer("PUT .*/state/m.room.power_levels")
    founder = {alice.user: 100} if version == "11" else {}
    async with bot.running() as account:
        salon = await meet_three(alice, carol, bot, version=version)
        levels = {"users": {**founder, me: 100, carol.user: 50}, "invite": 7}
        event = await alice.put_state(salon, "m.room.power_levels", levels)
        changed = await alice.wait_for(
            lambda seen: seen.type == "m.room.power_levels" and seen.sender == me
        )
        assert changed.event != event
        assert changed.content["users"] == {**founder, carol.user: 50}
        assert changed.content["invite"] == 7
        state = await state_once(account, salon, lambda state: state.level(me) == 0)
        assert state.level(UserId(carol.user)) == 50
        await settled(account)
        await alice.send(salon, "fin")
        await alice.wait_for(lambda seen: seen.body == "fin")
    # The request may be made twice, since it says the same; the salon sees one change.
    assert stepping.hits == 1
    mine = [each for each in alice.history(salon) if each.sender == me]
    assert [each.type for each in mine].count("m.room.power_levels") == 1


async def test_the_only_administrator_stays_one(make_bot: MakeBot, make_user: MakeUser) -> None:
    bot, alice, carol = make_bot(), await make_user(), await make_user()
    async with bot.running() as account:
        salon = await meet_three(alice, carol, bot, version="11")
        await alice.put_state(salon, "m.room.power_levels", {"users": {bot.user: 100}})
        await state_once(account, salon, lambda state: state.level(bot.user) == 100)
        await settled(account)
        await alice.send(salon, "!visio")
        await bot.hears("!visio")
        assert (await account.salon(salon)).level(bot.user) == 100
