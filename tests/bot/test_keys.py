"""Other people's new devices can always reach the bot, and every client believes it."""

from typing import Any

import pytest
import vodozemac

from bot.matrix.crosssigning import canonical, export_seeds, import_seeds
from bot.matrix.errors import StoreLost
from tests.bot.conftest import Bot, MakeBot, MakeUser, meet, notice
from tests.servers.faults import Faults
from tests.servers.matrix_client import MatrixUser
from tests.servers.synapse import Synapse

pytestmark = pytest.mark.long

ONE_TIME_KEYS = 50


def claim(synapse: Synapse, user: MatrixUser, bot: Bot) -> dict[str, Any]:
    """Take a key of the bot's device, as a new device would; return it."""
    assert bot.credentials.access
    device = bot.credentials.access.device_id
    answer = synapse.call(
        "POST",
        "/_matrix/client/v3/keys/claim",
        {"one_time_keys": {bot.user: {device: "signed_curve25519"}}},
        token=user.nio.access_token,
    )
    (key,) = answer["one_time_keys"][bot.user][device].values()
    return dict(key)


async def test_row_a_one_time_keys_are_refilled_from_zero(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running():
        await proxy.seen("keys/upload", 2)  # the keys, then the fallback key
    for _ in range(ONE_TIME_KEYS):
        assert "fallback" not in claim(synapse, alice, bot)
    assert claim(synapse, alice, bot)["fallback"] is True

    uploads = len(proxy.requests("keys/upload"))
    async with bot.running():
        await proxy.seen("keys/upload", uploads + 1)
        assert "fallback" not in claim(synapse, alice, bot)


async def test_row_b_the_fallback_key_serves_sixty_new_devices_during_an_outage(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
        await proxy.seen("keys/upload", 2)
    for _ in range(60):
        claim(synapse, alice, bot)
    new_device = await make_user(person=alice.person)
    await new_device.send(salon, "!visio depuis mon nouvel appareil")

    async with bot.running() as account:
        heard = await bot.hears("!visio depuis mon nouvel appareil")
        event = await account.send(heard.salon, notice("entendu"), transaction="t")
        for device in (alice, new_device):
            answer = await device.wait_for(lambda seen: seen.event == event and seen.readable)
            assert answer.body == "entendu"


async def test_the_device_is_signed_before_anything_is_joined_or_sent(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running() as account:
        assert account.signed
    lines = [each.line for each in proxy.noted]
    signed = next(i for i, line in enumerate(lines) if "signatures/upload" in line)
    assert signed < next(i for i, line in enumerate(lines) if "/sync" in line)

    answer = synapse.call(
        "POST",
        "/_matrix/client/v3/keys/query",
        {"device_keys": {bot.user: []}},
        token=alice.nio.access_token,
    )
    assert chain_holds(answer, bot)


def chain_holds(answer: dict[str, Any], bot: Bot) -> bool:
    """Check master → self-signing → device with vodozemac, as clients do."""
    assert bot.credentials.access
    master = answer["master_keys"][bot.user]
    self_signing = answer["self_signing_keys"][bot.user]
    device = answer["device_keys"][bot.user][bot.credentials.access.device_id]
    for signer, subject in ((master, self_signing), (self_signing, device)):
        ((key_id, public),) = signer["keys"].items()
        signature = subject["signatures"][bot.user][key_id]
        assert "=" not in signature + key_id
        vodozemac.Ed25519PublicKey.from_base64(public).verify_signature(
            canonical(subject), vodozemac.Ed25519Signature.from_base64(signature)
        )
    return True


async def test_a_second_start_publishes_nothing_again(make_bot: MakeBot, proxy: Faults) -> None:
    bot = make_bot(homeserver=proxy.url)
    async with bot.opened():
        pass
    uploads = len(proxy.requests("POST .*/keys/(device_signing|signatures|upload)"))
    async with bot.opened() as account:
        assert account.signed
    assert len(proxy.requests("POST .*/keys/(device_signing|signatures|upload)")) == uploads


async def test_a_crash_between_saving_the_seeds_and_publishing_heals(
    make_bot: MakeBot, proxy: Faults
) -> None:
    bot = make_bot(homeserver=proxy.url)
    proxy.answer("device_signing/upload", 400, {"errcode": "M_UNKNOWN"})
    with pytest.raises(Exception, match="M_UNKNOWN"):
        async with bot.opened():
            pass
    seeds = bot.seeds.seeds
    assert seeds
    async with bot.opened() as account:
        assert account.signed
    assert bot.seeds.seeds == seeds


async def test_a_homeserver_that_wants_more_than_a_password_leaves_the_device_unsigned(
    make_bot: MakeBot, proxy: Faults
) -> None:
    bot = make_bot(homeserver=proxy.url)
    asked = {"session": "s", "flows": [{"stages": ["m.login.sso"]}], "params": {}}
    proxy.answer("device_signing/upload", 401, asked, times=2)
    async with bot.opened() as account:
        assert not account.signed
    async with bot.opened() as account:
        assert account.signed


async def test_an_old_copy_of_the_keys_is_recognised(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running():
        await proxy.seen("keys/upload", 2)
    copies = {each: each.read_bytes() for each in bot.settings.store.iterdir()}
    for _ in range(3):
        claim(synapse, alice, bot)
    async with bot.running():
        await proxy.seen("keys/upload", 3)
    for each in bot.settings.store.iterdir():
        each.unlink()
    for path, content in copies.items():
        path.write_bytes(content)
    for _ in range(3):
        claim(synapse, alice, bot)

    with pytest.raises(StoreLost):
        await bot.run_to_the_end()

    devices = {each.device_id for each in bot.credentials.history}
    async with bot.opened() as account:
        assert account.signed
    assert bot.credentials.access
    assert bot.credentials.access.device_id not in devices


async def test_imported_seeds_sign_another_device_of_the_same_account(make_bot: MakeBot) -> None:
    bot = make_bot()
    async with bot.opened():
        pass
    other = Bot(bot.settings)
    other.seeds.seeds = import_seeds(export_seeds(bot.seeds.seeds or {}))
    async with other.opened() as account:
        assert account.signed
    assert bot.credentials.access
    assert other.credentials.access
    assert bot.credentials.access.device_id != other.credentials.access.device_id
