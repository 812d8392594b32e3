"""Another client of the account makes an identity of its own; an operator puts ours back."""

import asyncio
from dataclasses import replace

import pytest
from pydantic import SecretStr

from bot.matrix.account import MatrixAccount
from bot.matrix.crosssigning import CrossSigningKeys, new_seeds, published_master
from bot.matrix.errors import IdentityRefused, LoggedOut
from bot.matrix.takeback import TakeBack
from tests.bot.conftest import Bot, MakeBot, MakeUser, issue, meet, notice
from tests.bot.fakes import MemoryCredentials
from tests.servers.faults import Faults
from tests.servers.matrix_client import PATIENCE
from tests.servers.synapse import Synapse

pytestmark = pytest.mark.long

KEYS = "/_matrix/client/v3/keys"


def usurped(synapse: Synapse, bot: Bot) -> str:
    """Sign in to the bot's account elsewhere and reset its identity; return the new master key."""
    assert bot.settings.password
    who: dict[str, object] = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": bot.user},
        "password": bot.settings.password.get_secret_value(),
    }
    token = synapse.call("POST", "/_matrix/client/v3/login", who)["access_token"]
    identity = CrossSigningKeys.of(bot.user, new_seeds())
    body = {**identity.upload("X", None), "auth": who}
    synapse.call("POST", f"{KEYS}/device_signing/upload", body, token=token)
    synapse.call("POST", "/_matrix/client/v3/logout", {}, token=token)
    return identity.public("master")


def master(synapse: Synapse, bot: Bot) -> str | None:
    """Return the master key that everybody sees."""
    asker = synapse.call("POST", "/_matrix/client/v3/login", _password(synapse))["access_token"]
    query: dict[str, object] = {"device_keys": {bot.user: []}}
    return published_master(synapse.call("POST", f"{KEYS}/query", query, token=asker), bot.user)


def _password(synapse: Synapse) -> dict[str, object]:
    person = synapse.register()
    return {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": person.user},
        "password": person.password,
    }


def ours(bot: Bot) -> str:
    """Return the master key of the seeds that the bot keeps."""
    assert bot.seeds.seeds
    return CrossSigningKeys.of(bot.user, bot.seeds.seeds).public("master")


def back(bot: Bot) -> TakeBack:
    """Return the part that operators' commands use."""
    assert bot.credentials.access
    return TakeBack(bot.settings, bot.seeds, bot.credentials.access)


async def until(account: MatrixAccount, *, signed: bool) -> None:
    """Return once the running account knows whether it is signed."""
    async with asyncio.timeout(PATIENCE):
        while account.signed is not signed:
            await asyncio.sleep(0.02)


async def test_an_identity_made_before_the_first_start_is_left_alone_until_it_is_reset(
    synapse: Synapse, make_bot: MakeBot
) -> None:
    bot = make_bot()
    theirs = usurped(synapse, bot)
    async with bot.running() as account:
        assert not account.signed
        assert bot.seeds.seeds is None
        assert master(synapse, bot) == theirs
        assert await back(bot).reset()
        assert master(synapse, bot) == ours(bot)
        await until(account, signed=True)
    async with bot.opened() as account:
        assert account.signed


async def test_an_identity_replaced_while_the_bot_runs_is_noticed_and_put_back(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        salon = await meet(alice, bot)
        before = ours(bot)
        theirs = usurped(synapse, bot)
        await until(account, signed=False)
        assert master(synapse, bot) == theirs
        assert await back(bot).reset()
        await until(account, signed=True)
        assert master(synapse, bot) == ours(bot)
        assert ours(bot) not in (before, theirs), "Synapse takes none a second time"
        await alice.send(salon, "!visio après")
        heard = await bot.hears("!visio après")
        event = await account.send(heard.salon, notice("oui"), transaction="t")
        await alice.wait_for(lambda seen: seen.event == event and seen.readable)


async def test_a_new_identity_where_ours_leaked(synapse: Synapse, make_bot: MakeBot) -> None:
    bot = make_bot()
    async with bot.running() as account:
        before = ours(bot)
        assert await back(bot).reset()
        assert ours(bot) == before, "nothing was wrong"
        assert await back(bot).reset(anew=True)
        assert ours(bot) != before
        assert master(synapse, bot) == ours(bot)
        await until(account, signed=True)


@pytest.mark.parametrize("password", [None, SecretStr("not the password")])
async def test_what_the_homeserver_refuses_changes_nothing(
    synapse: Synapse, make_bot: MakeBot, password: SecretStr | None
) -> None:
    bot = make_bot()
    async with bot.opened():
        pass
    before, theirs = bot.seeds.seeds, usurped(synapse, bot)
    bot.settings = replace(bot.settings, password=password)
    for anew in (False, True):
        with pytest.raises(IdentityRefused):
            await back(bot).reset(anew=anew)
        assert bot.seeds.seeds == before
    assert master(synapse, bot) == theirs


async def test_a_session_that_is_over_is_told(synapse: Synapse, make_bot: MakeBot) -> None:
    bot = make_bot()
    async with bot.opened():
        pass
    assert bot.credentials.access
    token = bot.credentials.access.access_token.get_secret_value()
    synapse.call("POST", "/_matrix/client/v3/logout", {}, token=token)
    with pytest.raises(LoggedOut):
        await back(bot).reset()


async def test_the_device_of_an_issued_token_is_signed_too(
    synapse: Synapse, make_bot: MakeBot
) -> None:
    """The account was opened in another client first, as its mailbox had to be confirmed."""
    made = make_bot()
    usurped(synapse, made)
    bot = issue(synapse, made)
    async with bot.opened() as account:
        assert not account.signed
    bot.settings = replace(bot.settings, password=made.settings.password)
    assert await back(bot).reset()
    bot.settings = replace(bot.settings, password=None)
    async with bot.opened() as account:
        assert account.signed


async def test_a_look_that_fails_is_made_again(
    synapse: Synapse, make_bot: MakeBot, proxy: Faults
) -> None:
    bot = make_bot(homeserver=proxy.url)
    async with bot.running() as account:
        away = proxy.answer("POST .*/keys/query", 502, "<h1>Bad gateway</h1>", times=2)
        usurped(synapse, bot)
        await until(account, signed=False)
        assert away.times == 0


async def test_two_bots_with_one_account_do_not_fight(make_bot: MakeBot) -> None:
    bot = make_bot()
    async with bot.opened():
        pass
    stranger = Bot(bot.settings, credentials=MemoryCredentials())
    async with stranger.opened() as account:
        assert not account.signed
    assert stranger.seeds.seeds is None
    async with bot.opened() as account:
        assert account.signed
