"""The state of a salon, whatever nio's own view of it."""

import pytest

from bot.matrix.events import CREATOR_LEVEL, Joined, LevelsChanged, SendRefused
from bridge.ids import SalonId, UserId
from tests.bot.conftest import MakeBot, MakeUser, meet, notice, state_once


@pytest.mark.parametrize(
    ("version", "founder"),
    [("12", CREATOR_LEVEL), pytest.param("11", 100, marks=pytest.mark.long)],
)
async def test_row_l_levels_are_the_homeservers(
    make_bot: MakeBot, make_user: MakeUser, version: str, founder: int
) -> None:
    bot, alice, carol = make_bot(), await make_user(), await make_user()
    async with bot.running() as account:
        salon = await meet(alice, bot, version=version)
        await alice.invite(salon, carol.user)
        await carol.join(salon)
        person = UserId(carol.user)
        base = {alice.user: 100} if version == "11" else {}
        levels = {"users": {**base, carol.user: 50}, "users_default": 0}
        await alice.put_state(salon, "m.room.power_levels", levels)
        state = await state_once(account, salon, lambda state: state.level(person) == 50)
        assert state.level(UserId(alice.user)) == founder
        assert state.version == version

        levels = {"users": base, "users_default": 0}
        await alice.put_state(salon, "m.room.power_levels", levels)
        await state_once(account, salon, lambda state: state.level(person) == 0)

        await carol.leave(salon)
        state = await state_once(account, salon, lambda state: person not in state.members)
        assert state.level(person) == 0


async def test_the_kind_of_a_salon_is_read(make_bot: MakeBot, make_user: MakeUser) -> None:
    bot, alice = make_bot(), await make_user()
    rule = {
        "type": "im.vector.room.access_rules",
        "state_key": "",
        "content": {"rule": "restricted"},
    }
    async with bot.running() as account:
        await alice.nio.set_displayname("Alice [Dinum]")
        salon = await meet(alice, bot, name="Projet", state=[rule])
        state = await account.salon(SalonId(salon))
        assert (state.name, state.encrypted, state.direct) == ("Projet", True, False)
        assert (state.join_rule, state.access_rule) == ("invite", "restricted")
        assert state.members == {alice.user, bot.user}
        assert state.names >= {"Alice [Dinum]"}
        await alice.put_state(salon, "im.vector.room.access_rules", {"rule": "unrestricted"})
        await alice.put_state(salon, "m.room.join_rules", {"join_rule": "public"})
        await state_once(
            account,
            salon,
            lambda state: (state.access_rule, state.join_rule) == ("unrestricted", "public"),
        )


async def test_where_it_may_not_speak_its_state_says_so(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot, version="11"))
        assert (await account.salon(salon)).may_speak(bot.user)
        levels = {"users": {alice.user: 100}, "events": {"m.room.encrypted": 50}}
        await alice.put_state(salon, "m.room.power_levels", levels)
        assert (await bot.gets(LevelsChanged)).salon == salon
        await state_once(account, salon, lambda state: not state.may_speak(bot.user))
        with pytest.raises(SendRefused, match="M_FORBIDDEN"):
            await account.send(salon, notice("annonce"), transaction="t")


async def test_a_space_is_no_salon(make_bot: MakeBot, make_user: MakeUser) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        space = SalonId(await meet(alice, bot, encrypted=False, space=True))
        assert (await account.salon(space)).space
        assert (await bot.gets(Joined)).invited_by == alice.user
