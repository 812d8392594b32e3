"""Logged in once: tokens are renewed, lost keys replaced, and what needs a person says so."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.matrix.errors import AccountExpired, LoggedOut, LoginRefused, StoreLocked, StoreLost
from bot.matrix.events import Joined
from bridge.ids import SalonId, UserId
from tests.bot.conftest import Bot, MakeBot, MakeUser, issue, meet, notice
from tests.bot.fakes import MemoryCredentials
from tests.servers.certificates import write_self_signed
from tests.servers.connect_proxy import connect_proxy
from tests.servers.faults import Faults, faults
from tests.servers.matrix_client import PATIENCE
from tests.servers.synapse import Synapse

pytestmark = pytest.mark.long

LOGIN = "POST .*/login"


def log_out(synapse: Synapse, bot: Bot) -> None:
    """End the bot's session from outside."""
    assert bot.credentials.access
    token = bot.credentials.access.access_token.get_secret_value()
    synapse.call("POST", "/_matrix/client/v3/logout", {}, token=token)


async def test_row_g_a_hard_logout_stops_the_account_with_advice(
    synapse: Synapse, make_bot: MakeBot, proxy: Faults
) -> None:
    bot = make_bot(homeserver=proxy.url, sync_timeout=0.2)
    running = asyncio.create_task(bot.run_to_the_end())
    await proxy.seen("GET .*/sync", 2)
    log_out(synapse, bot)
    with pytest.raises(LoggedOut):
        await running
    syncs = len(proxy.requests("GET .*/sync"))
    assert syncs < 10, "a dead token was used again and again"
    assert LoggedOut.__doc__


async def test_a_start_after_a_hard_logout_makes_a_new_device(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running():
        salon = SalonId(await meet(alice, bot))
    log_out(synapse, bot)
    async with bot.running() as account:
        assert account.signed
        await alice.send(salon, "!visio")
        heard = await bot.hears("!visio")
        event = await account.send(heard.salon, notice("ici"), transaction="t")
        await alice.wait_for(lambda seen: seen.event == event and seen.readable)


async def test_without_a_password_a_hard_logout_needs_a_person(
    synapse: Synapse, make_bot: MakeBot
) -> None:
    bot = issue(synapse, make_bot())
    async with bot.opened():
        pass
    log_out(synapse, bot)
    with pytest.raises(LoggedOut):
        async with bot.opened():
            pass


async def test_an_issued_token_is_used_as_it_is(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = issue(synapse, make_bot()), await make_user()
    bot.settings = replace(bot.settings, homeserver=proxy.url)
    async with bot.running() as account:
        salon = await meet(alice, bot)
        await alice.send(salon, "!visio")
        await bot.hears("!visio")
        assert account.signed
    assert not proxy.requests(LOGIN)
    async with bot.running():
        pass


async def test_a_device_name_is_learnt_from_the_token(synapse: Synapse, make_bot: MakeBot) -> None:
    bot = issue(synapse, make_bot())
    device = bot.settings.device_id
    bot.settings = replace(bot.settings, device_id=None)
    async with bot.opened():
        pass
    assert bot.credentials.access
    assert bot.credentials.access.device_id == device


async def test_a_token_issued_anew_replaces_a_dead_one(synapse: Synapse, make_bot: MakeBot) -> None:
    first = make_bot()
    bot = issue(synapse, first)
    async with bot.opened():
        pass
    log_out(synapse, bot)
    bot.settings = issue(synapse, first).settings  # another device
    async with bot.opened():
        pass
    assert bot.credentials.access
    assert bot.credentials.access.device_id == bot.settings.device_id


async def test_a_lost_store_is_replaced_by_a_new_signed_device(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running():
        salon = SalonId(await meet(alice, bot))
        await alice.send(salon, "!visio un")
        await bot.hears("!visio un")
    assert bot.credentials.access
    old = bot.credentials.access.device_id
    for path in bot.settings.store.iterdir():
        path.unlink()

    async with bot.running() as account:
        assert account.signed
        assert bot.credentials.access.device_id != old
        await alice.wait_for(lambda seen: seen.readable)
        await alice.until(lambda: old not in devices(alice, bot))
        await alice.send(salon, "!visio deux")
        heard = await bot.hears("!visio deux")
        event = await account.send(heard.salon, notice("oui"), transaction="t")
        await alice.wait_for(lambda seen: seen.event == event and seen.readable)


def devices(alice: object, bot: Bot) -> set[str]:
    """Return the bot's devices that a person's client knows."""
    nio = alice.nio  # type: ignore[attr-defined]  # MatrixUser
    return {device.id for device in nio.device_store.active_user_devices(bot.user)}


async def test_a_lost_store_without_a_password_needs_a_person(
    synapse: Synapse, make_bot: MakeBot
) -> None:
    bot = issue(synapse, make_bot())
    async with bot.opened():
        pass
    for path in bot.settings.store.iterdir():
        path.unlink()
    with pytest.raises(StoreLost):
        async with bot.opened():
            pass


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to be one" * 100])
async def test_a_broken_store_is_a_lost_one(make_bot: MakeBot, content: bytes) -> None:
    bot = make_bot()
    async with bot.opened():
        pass
    for path in bot.settings.store.iterdir():
        path.write_bytes(content)
    async with bot.opened() as account:
        assert account.signed
    assert len({each.device_id for each in bot.credentials.history}) == 2


async def test_row_w_another_secret_does_not_open_the_store(make_bot: MakeBot) -> None:
    bot = make_bot()
    async with bot.opened():
        pass
    bot.settings = replace(bot.settings, pickle_secret=SecretStr("DEFAULT_KEY"))
    with pytest.raises(StoreLocked):
        async with bot.opened():
            pass
    assert len(bot.credentials.history) == 1


async def test_the_store_is_ours_alone(make_bot: MakeBot) -> None:
    bot = make_bot()
    async with bot.opened():
        modes = {path.stat().st_mode & 0o777 for path in bot.settings.store.iterdir()}
        assert modes == {0o600}
        assert bot.settings.store.stat().st_mode & 0o777 == 0o700


async def test_wrong_words_are_refused_with_advice(synapse: Synapse, make_bot: MakeBot) -> None:
    bot = make_bot(password=SecretStr("wrong"))
    with pytest.raises(LoginRefused, match="M_FORBIDDEN"):
        async with bot.opened():
            pass
    bot = make_bot(password=None)
    with pytest.raises(LoginRefused):
        async with bot.opened():
            pass
    token_of_another = issue(synapse, make_bot()).settings
    bot.settings = replace(token_of_another, user=UserId("@somebody:localhost"))
    bot.credentials = MemoryCredentials()
    with pytest.raises(LoginRefused):
        async with bot.opened():
            pass


async def test_an_expired_account_is_told_from_a_dead_token(
    make_bot: MakeBot, proxy: Faults
) -> None:
    bot = make_bot(homeserver=proxy.url, sync_timeout=0.2)
    expired = {"errcode": "ORG_MATRIX_EXPIRED_ACCOUNT", "error": "User account has expired"}
    running = asyncio.create_task(bot.run_to_the_end())
    await proxy.seen("GET .*/sync", 2)
    proxy.answer("GET .*/sync", 403, expired, times=-1)
    with pytest.raises(AccountExpired):
        await running


async def test_a_homeserver_that_is_down_at_the_start_is_waited_for(
    synapse: Synapse, make_bot: MakeBot, proxy: Faults
) -> None:
    bot = make_bot(homeserver=proxy.url)
    proxy.answer(".*", 502, "Bad gateway", times=3)
    proxy.cut(LOGIN, times=2)
    async with bot.running() as account:
        assert account.signed


async def test_a_proxy_and_a_private_authority_are_used(
    synapse: Synapse, make_bot: MakeBot, tmp_path: Path
) -> None:
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    write_self_signed(certificate, key)
    async with (
        faults(synapse.url, tls=(certificate, key)) as front,
        connect_proxy() as tunnel,
    ):
        bot = make_bot(homeserver=front.url, proxy=tunnel.url, ca_file=certificate)
        async with bot.opened() as account:
            assert account.signed
        assert set(tunnel.targets) == {front.url.removeprefix("https://")}

        stranger = make_bot(homeserver=front.url)
        opening = asyncio.create_task(stranger.opened().__aenter__())
        await asyncio.wait([opening], timeout=0.5)
        assert not opening.done(), "an unknown authority was believed"
        opening.cancel()


async def test_a_private_authority_stands_beside_the_systems(
    synapse: Synapse, make_bot: MakeBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "system.crt", tmp_path / "system.key"
    write_self_signed(certificate, key)
    private = tmp_path / "private.crt"
    write_self_signed(private, tmp_path / "private.key")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # where OpenSSL finds the system's
    async with faults(synapse.url, tls=(certificate, key)) as front:
        bot = make_bot(homeserver=front.url, ca_file=private)
        async with asyncio.timeout(PATIENCE), bot.opened() as account:
            assert account.signed


async def test_stopping_is_quick(make_bot: MakeBot, make_user: MakeUser) -> None:
    bot, alice = make_bot(sync_timeout=30.0), await make_user()
    clock = asyncio.get_running_loop().time
    async with bot.running():
        await meet(alice, bot)
        assert isinstance(next(iter(bot.journal.events.values())), Joined)
        started = clock()
    assert clock() - started < 1.0
