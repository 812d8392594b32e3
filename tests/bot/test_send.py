"""A message arrives once, encrypted if it must be, or the error says when to retry."""

import asyncio
from typing import Any

import pytest

from bot.matrix.events import Removed, SendLater, SendRefused
from bridge.ids import SalonId, UserId
from tests.bot.conftest import MakeBot, MakeUser, meet, notice, private_with, state_once
from tests.servers.faults import Faults
from tests.servers.synapse import Synapse

CLEAR = "PUT .*/send/m.room.message/"


async def test_encryption_once_seen_is_never_forgotten(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running():
        salon = SalonId(await meet(alice, bot))

    def hide(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in events if each["type"] != "m.room.encryption"]

    proxy.rewrite(r"GET .*/state$", hide)
    proxy.answer("GET .*/state/m.room.encryption", 404, {"errcode": "M_NOT_FOUND"}, times=-1)
    async with bot.running() as account:
        event = await account.send(salon, notice("secret"), transaction="t")
        seen = await alice.wait_for(lambda seen: seen.event == event and seen.readable)
        assert seen.encrypted
        assert (await account.salon(salon)).encrypted
    assert not proxy.requests(CLEAR)


async def test_a_salon_that_turns_encrypted_gets_no_clear_text(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot, encrypted=False))
        await account.send(salon, notice("public"), transaction="1")
        asleep = asyncio.Event()
        proxy.hold("GET .*/sync", asleep, times=-1)  # we are not told of the change
        await alice.put_state(salon, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
        event = await account.send(salon, notice("secret"), transaction="2")
        seen = await alice.wait_for(lambda seen: seen.event == event and seen.readable)
        assert seen.encrypted
        asleep.set()
    assert len(proxy.requests(CLEAR)) == 1


async def test_an_answer_that_was_announced_need_not_ask_for_the_encryption(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    """But only one answer need not, and not after a change in the salon."""
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    asking = "GET .*/state/m.room.encryption"
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot, encrypted=False))
        for expected in (1, 2):
            account.at_work(salon)
            await proxy.seen(asking, 2 * expected - 1)
            for number in (1, 2):
                await account.send(salon, notice("vu"), transaction=f"{expected}.{number}")
            assert len(proxy.requests(asking)) == 2 * expected
        account.at_work(salon)
        await proxy.seen(asking, 5)
        await alice.put_state(salon, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
        await bot.until(lambda: account._parts.rooms.known_encrypted(salon))
        event = await account.send(salon, notice("secret"), transaction="3")
        seen = await alice.wait_for(lambda seen: seen.event == event and seen.readable)
        assert seen.encrypted


async def test_the_key_of_an_announced_answer_is_shared_ahead(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        account.at_work(salon)
        await proxy.seen("PUT .*/sendToDevice/m.room.encrypted", 1)
        event = await account.send(salon, notice("vu"), transaction="1")
        await alice.wait_for(lambda seen: seen.event == event and seen.readable)
        assert len(proxy.requests("PUT .*/sendToDevice/m.room.encrypted")) == 1


async def test_nothing_is_sent_while_the_encryption_is_not_known(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot, encrypted=False))
        proxy.answer("GET .*/state/m.room.encryption", 500, {"errcode": "M_UNKNOWN"})
        with pytest.raises(SendLater):
            await account.send(salon, notice("où ?"), transaction="1")
    assert not proxy.requests(CLEAR)


@pytest.mark.parametrize("encrypted", [True, False])
async def test_a_transaction_gives_one_event_even_when_the_answer_is_lost(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults, encrypted: bool
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot, encrypted=encrypted))
        proxy.lose_answer("PUT .*/send/m.room.*/r-1", times=9)
        with pytest.raises(SendLater):
            await account.send(salon, notice("une fois"), transaction="r-1")
        proxy.rules.clear()
        event = await account.send(salon, notice("une fois"), transaction="r-1")
    async with bot.running() as account:  # and after a restart
        assert await account.send(salon, notice("une fois"), transaction="r-1") == event
        end = await account.send(salon, notice("fin"), transaction="r-2")
        await alice.wait_for(lambda seen: seen.event == end)
    assert [each.body for each in alice.history(salon)].count("une fois") == 1


async def test_a_limit_says_when(make_bot: MakeBot, make_user: MakeUser, proxy: Faults) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    limits: list[tuple[object, dict[str, str], float]] = [
        ({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1500}, {}, 1.5),
        ({"errcode": "M_LIMIT_EXCEEDED"}, {"Retry-After": "3"}, 3.0),
        ("<html>", {}, 5.0),
    ]
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot, encrypted=False))
        for body, headers, after in limits:
            proxy.answer(CLEAR, 429, body, headers=headers)
            with pytest.raises(SendLater) as later:
                await account.send(salon, notice("vite"), transaction="1")
            assert later.value.after == after


async def test_what_the_homeserver_will_never_take_is_refused(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        with pytest.raises(SendRefused, match="M_TOO_LARGE"):
            await account.send(salon, notice("x" * 70_000), transaction="1")
        with pytest.raises(SendRefused, match="M_FORBIDDEN"):
            await account.send(SalonId("!nowhere"), notice("x"), transaction="2")


async def test_a_gateway_that_refuses_is_not_the_homeserver(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot, encrypted=False))
        proxy.answer(CLEAR, 403, "<html>Interdit</html>")
        with pytest.raises(SendLater):
            await account.send(salon, notice("x"), transaction="1")


async def test_a_hanging_homeserver_ends_the_wait(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url, send_timeout=0.3), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot, encrypted=False))
        never = asyncio.Event()
        proxy.hold(CLEAR, never)
        with pytest.raises(SendLater, match="timeout"):
            await account.send(salon, notice("x"), transaction="1")
        await account.send(salon, notice("x"), transaction="1")
        never.set()


async def test_reactions_and_edits_can_be_placed_without_a_key(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        line = await alice.send(salon, "!visio")
        relation = {"rel_type": "m.annotation", "event_id": line, "key": "👍"}
        event = await account.send(
            salon, {"m.relates_to": relation}, transaction="1", kind="m.reaction"
        )
        await alice.wait_for(lambda seen: seen.event == event and seen.type == "m.reaction")
        card = await account.send(salon, notice("carte"), transaction="2")
        edit = {"rel_type": "m.replace", "event_id": card}
        content = {**notice("* carte 2"), "m.new_content": notice("carte 2"), "m.relates_to": edit}
        event = await account.send(salon, content, transaction="3")
        seen = await alice.wait_for(lambda seen: seen.event == event and seen.readable)
        assert (seen.replaces, seen.encrypted) == (card, True)


async def test_a_direct_message_is_made_once_and_found_again(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    person = UserId(alice.user)
    async with bot.running() as account:
        first, second = await asyncio.gather(
            private_with(account, person), private_with(account, person)
        )
        assert first == second
        event = await account.send(first, notice("entre nous"), transaction="1")
        await alice.join(first)
        seen = await alice.wait_for(lambda seen: seen.event == event and seen.readable)
        assert seen.encrypted
        state = await account.salon(first)
        assert (state.encrypted, state.direct) == (True, True)
    async with bot.running() as account:
        assert await private_with(account, person) == first
        await alice.leave(first)
        await state_once(account, first, lambda state: person not in state.members)
        other = await private_with(account, person)
        assert other != first


async def test_a_direct_message_that_a_person_opened_is_used(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        salon = await meet(alice, bot, direct=True)
        await state_once(account, salon, lambda state: state.direct)
        assert await private_with(account, UserId(alice.user)) == salon


async def test_a_direct_message_that_another_client_noted_is_kept(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        first = await private_with(account, UserId(alice.user))
        assert bot.credentials.access
        token = bot.credentials.access.access_token.get_secret_value()
        path = f"/_matrix/client/v3/user/{bot.user}/account_data/m.direct"
        noted = {alice.user: [first], "@zoe:a.test": ["!elsewhere"]}
        synapse.call("PUT", path, noted, token=token)
        carol = await make_user()
        second = await private_with(account, UserId(carol.user))
        assert synapse.call("GET", path, token=token) == {**noted, carol.user: [second]}


async def test_names_are_shown_or_made_up(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    await alice.nio.set_displayname("Alice [Dinum]")
    async with bot.opened() as account:
        assert await account.display_name(UserId(alice.user)) == "Alice [Dinum]"
        assert await account.display_name(UserId("@bob:elsewhere.test")) == "bob"
        asked = len(proxy.requests("/profile/"))
        assert await account.display_name(UserId(alice.user)) == "Alice [Dinum]"
        assert len(proxy.requests("/profile/")) == asked


async def test_a_name_whose_homeserver_hangs_is_not_waited_for(
    make_bot: MakeBot, proxy: Faults
) -> None:
    never = asyncio.Event()
    held = proxy.hold("GET .*/profile/.*hangs", never, times=-1)
    bot = make_bot(homeserver=proxy.url, device_query_timeout=0.1)
    async with asyncio.timeout(20), bot.opened() as account:
        for _ in range(3):
            assert await account.display_name(UserId("@bob:hangs.test")) == "bob"
    assert held.hits == 1, "it was asked again and again"
    never.set()


async def test_leaving_is_for_good(make_bot: MakeBot, make_user: MakeUser) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        await account.leave(salon)
        await alice.wait_for(
            lambda seen: (seen.state_key, seen.content.get("membership")) == (bot.user, "leave")
        )
        with pytest.raises(SendRefused):
            await account.send(salon, notice("encore"), transaction="t")


async def test_put_out_while_its_key_is_shared(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    shared = asyncio.Event()
    async with bot.running() as account:
        salon = SalonId(await meet(alice, bot))
        proxy.hold("PUT .*/sendToDevice/m.room.encrypted", shared)
        sending = asyncio.create_task(account.send(salon, notice("bonjour"), transaction="t"))
        await proxy.seen("POST .*/keys/claim")
        await account.leave(salon)
        await bot.gets(Removed)
        shared.set()
        with pytest.raises(SendRefused):
            await sending
