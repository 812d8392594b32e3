import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.client import HERE, JsClient, missing
from tests.peers.wire import PeerError
from tests.servers.require import need
from tests.servers.synapse import Person, Synapse, running_synapse

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    need(not missing(), missing() or "")
    with running_synapse(tmp_path_factory.mktemp("synapse")) as synapse:
        yield synapse


def of(homeserver: Synapse, person: Person) -> JsClient:
    return JsClient(homeserver.url, person.user, person.password)


async def test_two_isolating_clients_exchange_an_encrypted_line(homeserver: Synapse) -> None:
    alice, bob = homeserver.register(), homeserver.register()
    async with of(homeserver, alice) as hers, of(homeserver, bob) as his:
        salon = await hers.create("Comité", invite=[bob.user])
        await his.joined(salon)
        await hers.joined(salon, bob.user)
        line = await hers.say(salon, "Bonjour Bob", formatted_body="<b>Bonjour</b> Bob")

        read = await his.reads("Bonjour", sender=alice.user)
        assert (read.event, read.html, read.msgtype) == (line, "<b>Bonjour</b> Bob", "m.text")
        assert (read.sent_as, read.failure, read.shield) == ("m.room.encrypted", None, "NONE")
        assert read.notify
        [device] = await his.devices(alice.user)
        assert (device.device, device.signed_by_owner) == (hers.device, True)
        assert not device.needs_approval

        await his.react(salon, line, "👍")
        reaction = await hers.wait_for(lambda one: one.kind == "m.reaction")
        assert (reaction.relates_to["event_id"], reaction.sender) == (line, bob.user)


async def test_an_edit_is_what_a_person_sees_in_the_end(homeserver: Synapse) -> None:
    async with of(homeserver, homeserver.register()) as hers:
        salon = await hers.create("Seule")
        line = await hers.say(salon, "avant")
        edit = {"rel_type": "m.replace", "event_id": line}
        changed = {"msgtype": "m.text", "body": "après"}
        await hers.say(salon, "* après", **{"m.new_content": changed, "m.relates_to": edit})
        await hers.wait_for(lambda one: one.replaces == line)
        assert (hers.seen[line].body, hers.shown(line)) == ("avant", "après")


async def test_an_isolating_client_does_not_read_an_unsigned_device(homeserver: Synapse) -> None:
    alice, bob = homeserver.register(), homeserver.register()
    unsigned = of(homeserver, alice)
    unsigned.sign = unsigned.isolate = False
    async with unsigned as hers, of(homeserver, bob) as his:
        salon = await hers.create("Comité", invite=[bob.user])
        await his.joined(salon)
        await hers.joined(salon, bob.user)
        line = await hers.say(salon, "illisible")
        refused = await his.wait_for(lambda one: one.event == line and bool(one.failure))
        assert (refused.failure, refused.body) == ("UNSIGNED_SENDER_DEVICE", "")
        [device] = await his.devices(alice.user)
        assert not device.signed_by_owner


async def test_a_clear_line_is_seen_as_such(homeserver: Synapse) -> None:
    alice, bob = homeserver.register(), homeserver.register()
    async with of(homeserver, alice) as hers, of(homeserver, bob) as his:
        salon = await hers.create("Forum", invite=[bob.user], encrypted=False)
        await his.joined(salon)
        await hers.say(salon, "à tous")
        read = await his.reads("à tous")
        assert (read.sent_as, read.shield) == ("m.room.message", None)


async def test_a_wrong_password_is_the_homeserver_s_own_refusal(homeserver: Synapse) -> None:
    person = homeserver.register()
    with pytest.raises(PeerError, match="M_FORBIDDEN"):
        async with JsClient(homeserver.url, person.user, "wrong"):
            pass


def test_the_lock_names_no_place_to_download_from() -> None:
    lock = json.loads(Path(HERE / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert all("resolved" not in entry for entry in packages.values())
    assert all(entry["integrity"] for entry in packages.values())
