"""The author of a line, and lines with an unknown key or author."""

import json
from typing import Any

import pytest
import structlog

from bot.matrix.crosssigning import CrossSigningKeys, new_seeds
from bot.matrix.events import Trust, Undecryptable
from bridge.ids import EventId, SalonId
from tests.bot.conftest import MakeBot, MakeUser, change_timeline, meet, notice
from tests.servers.faults import Faults
from tests.servers.matrix_client import MatrixUser
from tests.servers.synapse import Synapse

SYNC = "GET .*/sync"


async def test_row_n_a_line_presented_as_somebody_elses_is_told_as_forged(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot = make_bot(homeserver=proxy.url, key_patience=1.0)
    alice, mallory = await make_user(), await make_user()
    async with bot.running() as account:
        salon = await meet(alice, bot)
        await alice.invite(salon, mallory.user)
        await mallory.join(salon)
        await mallory.wait_member(salon, bot.user)

        def as_alice(event: dict[str, Any]) -> list[dict[str, Any]]:
            forged = event["type"] == "m.room.encrypted" and event["sender"] == mallory.user
            return [{**event, "sender": alice.user} if forged else event]

        rule = proxy.rewrite(SYNC, change_timeline(salon, as_alice))
        await mallory.send(salon, "!visio terminer")
        await bot.until(lambda: bool(bot.journal.waiting))  # Alice may have a new device
        forged = await bot.hears("!visio terminer")
        assert (forged.sender, forged.trust) == (alice.user, Trust.FORGED)
        assert account.forged_total == 1

        rule.stop()
        await mallory.send(salon, "!visio moi-même")
        assert (await bot.hears("!visio moi-même")).trust is Trust.DEVICE


async def test_a_line_of_a_new_device_waits_for_the_news_of_it(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    """After an outage between homeservers the lines come first, the lists of devices later."""
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    late, kept = True, list[str]()

    def tell_later(body: dict[str, Any]) -> dict[str, Any]:
        lists = body.setdefault("device_lists", {})
        kept.extend(lists.get("changed", []))
        lists["changed"] = [] if late else list(kept)
        return body

    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        await account.send(salon, notice("un"), transaction="1")  # her devices are known now
        proxy.rewrite(SYNC, tell_later)
        new = await make_user(person=alice.person)
        await new.send(salon, "!visio du nouvel appareil")
        await bot.until(lambda: bool(bot.journal.waiting))
        assert account.forged_total == 0
        late = False
        await alice.send(salon, "bonjour")  # so that a sync comes
        assert (await bot.hears("!visio du nouvel appareil")).trust is Trust.DEVICE


async def test_a_line_in_clear_in_an_encrypted_salon_is_told_as_forged(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running() as account:
        salon = await meet(alice, bot)
        content = {"msgtype": "m.text", "body": "!visio terminer"}

        def in_clear(event: dict[str, Any]) -> list[dict[str, Any]]:
            sealed = event["type"] == "m.room.encrypted"
            return [{**event, "type": "m.room.message", "content": content} if sealed else event]

        proxy.rewrite(SYNC, change_timeline(salon, in_clear))
        await alice.send(salon, "bonjour")
        assert (await bot.hears("!visio terminer")).trust is Trust.FORGED
        assert account.forged_total == 1


async def test_what_nio_cannot_read_is_not_logged(
    make_bot: MakeBot, make_user: MakeUser, caplog: pytest.LogCaptureFixture
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
        await alice.send(salon, "Le dossier est confidentiel", extra={"formatted_body": 3})
        await alice.send(salon, "!visio")
        await bot.hears("!visio")
    assert "confidentiel" not in caplog.text


async def test_a_line_from_a_signed_device_says_so(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    sign_device(synapse, alice)
    async with bot.running():
        salon = await meet(alice, bot)
        await alice.send(salon, "!visio")
        assert (await bot.hears("!visio")).trust is Trust.SIGNED


def sign_device(synapse: Synapse, user: MatrixUser) -> None:
    """Give a person a cross-signing identity that vouches for their device."""
    identity = CrossSigningKeys.of(user.user, new_seeds())
    keys = "/_matrix/client/v3/keys"
    token = user.nio.access_token
    upload = identity.upload("X", "")
    upload["master_key"].pop("signatures")
    synapse.call("POST", f"{keys}/device_signing/upload", upload, token=token)
    answer = synapse.call("POST", f"{keys}/query", {"device_keys": {user.user: []}}, token=token)
    device = answer["device_keys"][user.user][user.nio.device_id]
    signed = identity.sign("self_signing", device)
    body = {user.user: {user.nio.device_id: signed}}
    assert synapse.call("POST", f"{keys}/signatures/upload", body, token=token) == {"failures": {}}


class HeldKeys:
    """Keeps the to-device messages of a bot's syncs back, until they are released."""

    def __init__(self) -> None:
        self.holding = True
        self.kept: list[dict[str, Any]] = []

    def __call__(self, body: dict[str, Any]) -> dict[str, Any]:
        """Rewrite one sync."""
        to_device = body.setdefault("to_device", {"events": []})
        if self.holding:
            self.kept += to_device["events"]
            to_device["events"] = []
        else:
            to_device["events"] = [*self.kept, *to_device["events"]]
            self.kept = []
        return body


async def test_row_r_a_line_whose_key_comes_late_is_heard(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
        held = HeldKeys()
        proxy.rewrite(SYNC, held)
        await alice.send(salon, "!visio en avance sur sa clé")
        await bot.until(lambda: bool(bot.journal.waiting))
        assert "en avance" not in json.dumps([dict(x.source) for x in bot.journal.waiting.values()])
        held.holding = False
        await alice.send(salon, "bonjour")  # so that a sync comes
        heard = await bot.hears("!visio en avance sur sa clé")
        assert heard.trust is Trust.DEVICE
        await bot.until(lambda: not bot.journal.waiting)


async def test_row_r_it_is_heard_while_our_own_keys_are_refused(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
        held = HeldKeys()
        proxy.rewrite(SYNC, held)
        no_keys = {"errcode": "M_UNKNOWN"}
        proxy.answer("POST .*/keys/upload", 500, no_keys, times=-1)
        proxy.rewrite(SYNC, used_up)
        await alice.send(salon, "!visio en avance")
        await bot.until(lambda: bool(bot.journal.waiting))
        await proxy.seen("POST .*/keys/upload", len(proxy.requests("keys/upload")) + 1)
        held.holding = False
        await alice.send(salon, "bonjour")  # so that a sync comes
        await bot.hears("!visio en avance")


def used_up(body: dict[str, Any]) -> dict[str, Any]:
    """Return a sync that says that all one-time keys are used up."""
    return {**body, "device_one_time_keys_count": {"signed_curve25519": 0}}


async def test_row_r_a_key_that_comes_after_a_restart_still_serves(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    held = HeldKeys()
    async with bot.running():
        salon = await meet(alice, bot)
        proxy.rewrite(SYNC, held)
        await alice.send(salon, "!visio")
        await bot.until(lambda: bool(bot.journal.waiting))
    held.holding = False
    async with bot.running():
        await bot.hears("!visio")


async def test_row_r_a_line_whose_key_never_comes_is_told_once(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url, key_patience=0.3), await make_user()
    async with bot.running() as account:
        salon = await meet(alice, bot)
        proxy.rewrite(SYNC, HeldKeys())
        event = await alice.send(salon, "!visio")
        words = {"msgtype": "m.text", "body": "!visio demain"}
        edit = {"rel_type": "m.replace", "event_id": event}
        await alice.send_content(salon, {**words, "m.new_content": words, "m.relates_to": edit})
        told = await bot.gets(Undecryptable)
        assert (told.event, told.sender) == (event, alice.user)
        await bot.until(lambda: not bot.journal.waiting)
        assert account.undecryptable_total == 1, "its correction tells nothing more"


async def test_row_q_a_withheld_key_is_logged(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
        content = {"algorithm": "m.megolm.v1.aes-sha2", "code": "m.unverified", "room_id": salon}
        with structlog.testing.capture_logs() as logs:
            synapse.call(
                "PUT",
                "/_matrix/client/v3/sendToDevice/m.room_key.withheld/1",
                {"messages": {bot.user: {"*": content}}},
                token=alice.nio.access_token,
            )
            await alice.send(salon, "!visio")
            await bot.hears("!visio")
    withheld = [each for each in logs if each["event"] == "matrix.key_withheld"]
    assert [(each["code"], each["salon"]) for each in withheld] == [("m.unverified", salon)]


async def test_row_s_a_replayed_line_is_dropped_even_after_a_restart(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
        await alice.send(salon, "!visio une fois")
        await bot.hears("!visio une fois")
    sealed = [each for each in alice.history(salon) if each.body == "!visio une fois"]
    (stored,) = [
        each
        for each in (await alice.nio.room_messages(salon, "", limit=5)).chunk
        if each.event_id == sealed[0].event
    ]
    original = await raw_event(alice, salon, stored.event_id)

    def replay(event: dict[str, Any]) -> list[dict[str, Any]]:
        return [{**original, "event_id": f"$replay{event['event_id'][7:]}"}, event]

    proxy.rewrite(SYNC, change_timeline(salon, replay))
    async with bot.running():
        await alice.send(salon, "!visio autre chose")
        await bot.hears("!visio autre chose")
    bodies = [each.body for each in bot.journal.messages()]
    assert bodies == ["!visio une fois", "!visio autre chose"]


async def raw_event(user: MatrixUser, salon: str, event: str) -> dict[str, Any]:
    """Return an event as the homeserver has it."""
    path = f"/_matrix/client/v3/rooms/{salon}/event/{event}"
    headers = {"Authorization": f"Bearer {user.nio.access_token}"}
    answer = await user.nio.send("GET", path, headers=headers)
    found: dict[str, Any] = await answer.json()
    return found


async def test_lines_of_others_leave_nothing_behind(make_bot: MakeBot, make_user: MakeUser) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
        await alice.send(salon, "Le dossier est confidentiel")
        await alice.send(salon, "!visio")
        await bot.hears("!visio")
    assert [each.body for each in bot.journal.messages()] == ["!visio"]
    assert not bot.journal.waiting
    for path in bot.settings.store.iterdir():
        assert b"confidentiel" not in path.read_bytes()


async def test_our_own_lines_are_not_heard(make_bot: MakeBot, make_user: MakeUser) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        salon = await meet(alice, bot)
        text = {"msgtype": "m.text", "body": "!visio de moi"}
        await account.send(SalonId(salon), text, transaction="t")
        await alice.send(salon, "!visio")
        await bot.hears("!visio")
        assert [each.sender for each in bot.journal.messages()] == [alice.user]
        await account.send(SalonId(salon), notice("fin"), transaction="t2")


@pytest.mark.parametrize("encrypted", [True, False])
async def test_threads_replies_and_mentions_are_read(
    make_bot: MakeBot, make_user: MakeUser, encrypted: bool
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running():
        salon = await meet(alice, bot, encrypted=encrypted)
        root = await alice.send(salon, "un fil")
        relation = {
            "rel_type": "m.thread",
            "event_id": root,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": root},
        }
        extra = {"m.relates_to": relation, "m.mentions": {"user_ids": [bot.user]}}
        await alice.send(salon, "!visio", extra=extra)
        heard = await bot.hears("!visio")
        assert (heard.thread, heard.reply_to) == (EventId(root), None)
        assert heard.mentions == frozenset({bot.user})
        reply = {"m.relates_to": {"m.in_reply_to": {"event_id": root}}}
        await alice.send(salon, "> <@x> un fil\n\n!visio lien", extra=reply)
        # `addressed` sees the line without its quotation.
        assert (await bot.hears("!visio lien")).reply_to == root
