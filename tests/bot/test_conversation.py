"""A person and the bot in one salon, encrypted end to end."""

from bot.matrix.events import Joined, Trust
from tests.bot.conftest import MakeBot, MakeUser


async def test_a_command_is_heard_and_the_answer_is_read(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        salon = await alice.create_room(invite=[bot.user])
        joined = await bot.gets(Joined)
        assert (joined.salon, joined.invited_by) == (salon, alice.user)

        await alice.wait_member(salon, bot.user)
        await alice.send(salon, "!visio")
        heard = await bot.hears("!visio")
        assert (heard.salon, heard.sender, heard.trust) == (salon, alice.user, Trust.DEVICE)

        content = {"msgtype": "m.notice", "body": "voici"}
        event = await account.send(heard.salon, content, transaction="r-1")
        answer = await alice.wait_for(lambda seen: seen.event == event and seen.readable)
        assert (answer.body, answer.encrypted) == ("voici", True)


async def test_the_bot_shows_its_name(make_bot: MakeBot, make_user: MakeUser) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        await account.introduce("Visio")
        shown = await alice.nio.get_displayname(bot.user)
        assert shown.displayname == "Visio"
