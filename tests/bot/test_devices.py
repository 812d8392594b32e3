"""Every device of a salon's people gets the key, whatever other devices and servers do."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import vodozemac

from bot.matrix.crosssigning import canonical, unpadded
from bot.matrix.events import SendLater
from bridge.ids import SalonId
from tests.bot.conftest import MakeBot, MakeUser, meet, notice, state_once
from tests.servers.faults import Faults
from tests.servers.matrix_client import Seen
from tests.servers.synapse import Person, Synapse

pytestmark = pytest.mark.long


async def test_row_j_a_failed_claim_does_not_block_the_salon(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        await make_user(person=alice.person)  # a device without a session
        proxy.answer("POST .*/keys/claim", 500, {"errcode": "M_UNKNOWN"})
        with pytest.raises(SendLater):
            await account.send(salon, notice("réponse"), transaction="t")
        event = await account.send(salon, notice("réponse"), transaction="t")
        await alice.wait_for(lambda seen: seen.event == event and seen.readable)


async def test_a_failed_share_is_made_again(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        proxy.answer("PUT .*/sendToDevice/", 500, {"errcode": "M_UNKNOWN"})
        with pytest.raises(SendLater):
            await account.send(salon, notice("réponse"), transaction="t")
        event = await account.send(salon, notice("réponse"), transaction="t")
        await alice.wait_for(lambda seen: seen.event == event and seen.readable)


class BareDevice:
    """A device in the raw: it has what the test gives it, and nothing repairs it."""

    def __init__(self, synapse: Synapse, person: Person) -> None:
        self._synapse = synapse
        self.user = person.user
        self.device = f"BARE{secrets.token_hex(3).upper()}"
        self.account = vodozemac.Account()
        self.since = ""
        identifier = {"type": "m.id.user", "user": person.user}
        login = {
            "type": "m.login.password",
            "identifier": identifier,
            "password": person.password,
            "device_id": self.device,
        }
        self.token = synapse.call("POST", "/_matrix/client/v3/login", login)["access_token"]
        self.call("POST", "keys/upload", {"device_keys": self.device_keys()})

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Make a request as this device."""
        return self._synapse.call(method, f"/_matrix/client/v3/{path}", body, token=self.token)

    def device_keys(self) -> dict[str, Any]:
        """Return the signed device keys."""
        keys = {
            "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
            "device_id": self.device,
            "user_id": self.user,
            "keys": {
                f"curve25519:{self.device}": self.account.curve25519_key.to_base64(),
                f"ed25519:{self.device}": self.account.ed25519_key.to_base64(),
            },
        }
        return self.signed(keys)

    def give_one_time_keys(self) -> None:
        """Upload five."""
        self.account.generate_one_time_keys(5)
        keys = {
            f"signed_curve25519:{name}": self.signed({"key": key.to_base64()})
            for name, key in self.account.one_time_keys.items()
        }
        self.call("POST", "keys/upload", {"one_time_keys": keys})
        self.account.mark_keys_as_published()

    def signed(self, subject: dict[str, Any]) -> dict[str, Any]:
        """Return `subject` with this device's signature."""
        signature = self.account.sign(canonical(subject)).to_base64()
        return {**subject, "signatures": {self.user: {f"ed25519:{self.device}": signature}}}

    def keys_received(self, sender: str) -> int:
        """Return how many encrypted to-device messages came from `sender` since last asked."""
        answer = self.call("GET", f"sync?timeout=0{self.since}")
        self.since = f"&since={answer['next_batch']}"
        events = answer.get("to_device", {}).get("events", [])
        return sum((e["type"], e["sender"]) == ("m.room.encrypted", sender) for e in events)


async def test_row_k_a_device_without_keys_is_served_once_it_has_some(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(parking=0.05), await make_user()
    bare = BareDevice(synapse, alice.person)
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        event = await account.send(salon, notice("un"), transaction="1")
        await alice.wait_for(lambda seen: seen.event == event and seen.readable)
        assert bare.keys_received(bot.user) == 0
        bare.give_one_time_keys()
        await asyncio.sleep(0.06)  # the parking of that device is over
        event = await account.send(salon, notice("deux"), transaction="2")
        await alice.wait_for(lambda seen: seen.event == event and seen.readable)
        assert bare.keys_received(bot.user) == 1


async def test_a_session_that_cannot_be_opened_is_replaced(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    bare = BareDevice(synapse, alice.person)
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        await account.send(salon, notice("un"), transaction="1")  # so that the device is known
        assert bare.keys_received(bot.user) == 0
        bare.give_one_time_keys()
        assert bot.credentials.access
        answer = bare.call("POST", "keys/query", {"device_keys": {bot.user: []}})
        device = bot.credentials.access.device_id
        key = answer["device_keys"][bot.user][device]["keys"][f"curve25519:{device}"]
        session = bare.account.create_outbound_session(
            vodozemac.Curve25519PublicKey.from_base64(key),
            vodozemac.Curve25519SecretKey().public_key(),  # a one-time key that nobody has
        )
        kind, body = session.encrypt(b"{}").to_parts()
        content = {
            "algorithm": "m.olm.v1.curve25519-aes-sha2",
            "sender_key": bare.account.curve25519_key.to_base64(),
            "ciphertext": {key: {"type": kind, "body": unpadded(body)}},
        }
        messages = {"messages": {bot.user: {device: content}}}
        bare.call("PUT", "sendToDevice/m.room.encrypted/1", messages)
        async with asyncio.timeout(15):
            while not bare.keys_received(bot.user):  # a dummy, in the new session
                await asyncio.sleep(0.02)


async def test_malformed_devices_of_one_person_do_not_silence_the_salon(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    bare = BareDevice(synapse, alice.person)
    bare.give_one_time_keys()

    def spoil_devices(body: dict[str, Any]) -> dict[str, Any]:
        for devices in body.get("device_keys", {}).values():
            for name, device in devices.items():
                if name == bare.device:
                    device["keys"][f"ed25519:{name}"] = "not a key"
            devices.setdefault("ODD", {"user_id": 3})
            devices.setdefault("ODDER", [])
        return body

    def spoil_keys(body: dict[str, Any]) -> dict[str, Any]:
        for devices in body["one_time_keys"].values():
            for name in devices:
                if name == bare.device:
                    devices[name] = {"signed_curve25519:AAAA": {"key": 3}}
        return body

    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        spoiled = proxy.rewrite("POST .*/keys/query", spoil_devices)
        event = await account.send(salon, notice("un"), transaction="1")
        await alice.wait_for(lambda seen: seen.event == event and seen.readable)
        spoiled.stop()
    proxy.rewrite("POST .*/keys/claim", spoil_keys)
    async with bot.running() as account:
        event = await account.send(salon, notice("deux"), transaction="2")
        await alice.wait_for(lambda seen: seen.event == event and seen.readable)


async def test_a_new_device_of_a_person_is_served_with_the_key_in_use(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        await account.send(salon, notice("un"), transaction="1")
        sharing = account._parts.sender._sharing
        key = sharing._olm.outbound_group_sessions[salon].id
        new = await make_user(person=alice.person)
        await new.send(salon, "!visio du nouvel appareil")
        await bot.hears("!visio du nouvel appareil")
        event = await account.send(salon, notice("deux"), transaction="2")
        for device in (alice, new):
            await device.wait_for(readable(event))
        assert sharing._olm.outbound_group_sessions[salon].id == key


async def test_row_o_devices_have_random_names(make_bot: MakeBot) -> None:
    names = set()
    for bot in (make_bot(), make_bot()):
        async with bot.opened():
            assert bot.credentials.access
            names.add(bot.credentials.access.device_id)
    assert len(names) == 2
    assert all(len(name) == 10 for name in names)


async def test_row_p_a_restart_makes_a_new_key_that_everybody_gets(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        events = [await account.send(salon, notice("un"), transaction="1")]
    async with bot.running() as account:
        events.append(await account.send(salon, notice("deux"), transaction="2"))
        for event in events:
            await alice.wait_for(readable(event))


async def test_row_p_a_salon_s_own_rotation_is_followed(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    content = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "rotation_period_msgs": 2,
        "rotation_period_ms": 7_200_000,
    }
    encryption = {"type": "m.room.encryption", "state_key": "", "content": content}
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot, encrypted=False, state=[encryption]))
        sessions = account._parts.sender._sharing._olm.outbound_group_sessions
        keys = []
        for number in range(3):
            event = await account.send(salon, notice(str(number)), transaction=str(number))
            await alice.wait_for(readable(event))
            keys.append(sessions[salon].id)
        assert keys[0] == keys[1] != keys[2]
        assert sessions[salon].max_age == timedelta(hours=2)


def readable(event: str) -> Callable[[Seen], bool]:
    """Return whether this event was read."""
    return lambda seen: seen.event == event and seen.readable


async def test_who_left_does_not_get_the_next_key(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice, carol = make_bot(), await make_user(), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        await alice.invite(salon, carol.user)
        await carol.join(salon)
        await bot.until(lambda: True)
        event = await account.send(salon, notice("à toutes"), transaction="1")
        await carol.wait_for(lambda seen: seen.event == event and seen.readable)
        sharing = account._parts.sender._sharing
        before = sharing._olm.outbound_group_sessions[salon].id
        await carol.leave(salon)
        await alice.wait_for(
            lambda seen: (seen.state_key, seen.content.get("membership")) == (carol.user, "leave")
        )
        await state_once(account, salon, lambda state: carol.user not in state.members)
        await account.send(salon, notice("à Alice"), transaction="2")
        session = sharing._olm.outbound_group_sessions[salon]
        assert session.id != before
        assert {user for user, _device in session.users_shared_with} == {alice.user}


async def test_row_u_new_keys_under_an_old_device_name_are_accepted(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    bare = BareDevice(synapse, alice.person)
    bare.give_one_time_keys()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        await account.send(salon, notice("un"), transaction="1")
    bare.account = vodozemac.Account()

    def replace(body: dict[str, Any]) -> dict[str, Any]:
        if bare.device in body["device_keys"].get(alice.user, {}):
            body["device_keys"][alice.user][bare.device] = bare.device_keys()
        return body

    proxy.rewrite("POST .*/keys/query", replace)
    async with bot.running() as account:
        await account.send(salon, notice("deux"), transaction="2")
        devices = account._parts.sender._sharing._olm.device_store[alice.user]
        assert devices[bare.device].ed25519 == bare.account.ed25519_key.to_base64()
    async with bot.running() as account:  # and it is so in the file
        await account.send(salon, notice("trois"), transaction="3")
        devices = account._parts.sender._sharing._olm.device_store[alice.user]
        assert devices[bare.device].ed25519 == bare.account.ed25519_key.to_base64()
