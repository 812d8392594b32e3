"""Encrypted content, which no homeserver checks first: it may be anything."""

import json
from typing import Any

import vodozemac

from bot.matrix.crosssigning import unpadded
from tests.bot.conftest import MakeBot, MakeUser, change_timeline, meet
from tests.servers.faults import Faults
from tests.servers.matrix_client import MatrixUser
from tests.servers.synapse import Synapse

DEEP = "[" * 5_000 + "]" * 5_000


def hostile_texts(salon: str) -> list[str]:
    """Return possible contents of a decrypted line."""
    line = {"type": "m.room.message", "room_id": salon, "content": {"msgtype": "m.text"}}
    whole = json.dumps(line)
    return [
        "",
        "no JSON",
        "null",
        "[]",
        '"!visio"',
        "{}",
        DEEP,
        whole[:-2] + f', "body": {DEEP}}}}}',
        whole[:-2] + f', "body": {"9" * 5_000}}}}}',
        whole[:-2] + ', "body": NaN}}',
        json.dumps({**line, "content": []}),
        json.dumps({**line, "type": 3}),
        json.dumps({**line, "room_id": None}),
    ]


async def test_no_encrypted_line_stops_the_sync(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
        await alice.send(salon, "!visio avant")
        await bot.hears("!visio avant")
        contents = [encrypted(alice, salon, text) for text in hostile_texts(salon)]

        def after_hostile(event: dict[str, Any]) -> list[dict[str, Any]]:
            hostile = [
                {**event, "event_id": f"$hostile{number}", "content": content}
                for number, content in enumerate(contents)
            ]
            return [*hostile, event]

        proxy.rewrite("GET .*/sync", change_timeline(salon, after_hostile))
        await alice.send(salon, "!visio après")
        await bot.hears("!visio après")
    assert [each.body for each in bot.journal.messages()] == ["!visio avant", "!visio après"]


def encrypted(user: MatrixUser, salon: str, text: str) -> dict[str, Any]:
    """Return the content of an encrypted event around any text."""
    olm = user.nio.olm
    session = olm.outbound_group_sessions[salon]
    return {
        "algorithm": "m.megolm.v1.aes-sha2",
        "ciphertext": session.encrypt(text),
        "device_id": user.nio.device_id,
        "sender_key": olm.account.identity_keys["curve25519"],
        "session_id": session.id,
    }


async def test_no_key_stops_the_sync(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    token = alice.nio.access_token
    async with bot.running():
        salon = await meet(alice, bot, encrypted=False)
        assert bot.credentials.access
        device = bot.credentials.access.device_id
        query: dict[str, object] = {"device_keys": {bot.user: []}}
        answer = synapse.call("POST", "/_matrix/client/v3/keys/query", query, token=token)
        ours = answer["device_keys"][bot.user][device]["keys"][f"curve25519:{device}"]
        wanted = {"one_time_keys": {bot.user: {device: "signed_curve25519"}}}
        for number, text in enumerate(["", "null", "[]", "{}", DEEP, f'{{"keys": {DEEP}}}']):
            answer = synapse.call("POST", "/_matrix/client/v3/keys/claim", wanted, token=token)
            (key,) = answer["one_time_keys"][bot.user][device].values()
            body = {"messages": {bot.user: {device: olm_message(ours, key["key"], text)}}}
            path = f"/_matrix/client/v3/sendToDevice/m.room.encrypted/hostile{number}"
            synapse.call("PUT", path, body, token=token)
        await alice.send(salon, "!visio")
        await bot.hears("!visio")


def olm_message(ours: str, one_time_key: str, text: str) -> dict[str, Any]:
    """Return the content of a to-device event around any text, from a device nobody knows."""
    account = vodozemac.Account()
    session = account.create_outbound_session(
        vodozemac.Curve25519PublicKey.from_base64(ours),
        vodozemac.Curve25519PublicKey.from_base64(one_time_key),
    )
    kind, body = session.encrypt(text.encode()).to_parts()
    return {
        "algorithm": "m.olm.v1.curve25519-aes-sha2",
        "sender_key": account.curve25519_key.to_base64(),
        "ciphertext": {ours: {"type": kind, "body": unpadded(body)}},
    }
