"""A second homeserver: over federation, and with access tokens that live one second."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bridge.ids import SalonId
from tests.bot.conftest import MakeBot, MakeUser, change_timeline, issue, meet, notice
from tests.servers.faults import Faults, faults
from tests.servers.matrix_client import Seen
from tests.servers.synapse import Synapse

pytestmark = pytest.mark.long

LOGIN = "POST .*/login"


async def test_row_i_a_hanging_homeserver_slows_only_its_own_salons(
    other: Synapse, make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot = make_bot(homeserver=proxy.url, device_query_timeout=2.0)
    alice = await make_user()
    bob = other.register()
    clock = asyncio.get_running_loop().time
    async with bot.running() as account:
        local = SalonId(await meet(alice, bot))
        shared = SalonId(await meet(alice, bot))
        await alice.invite(shared, bob.user)  # his devices were never asked for
        await account.send(local, notice("prêt"), transaction="0")
        other.freeze()
        try:
            started = clock()
            waiting = asyncio.create_task(account.send(shared, notice("a"), transaction="1"))
            await account.send(local, notice("b"), transaction="2")
            assert not waiting.done(), "the unrelated salon had to wait too"
            await waiting
            assert clock() - started < 8.0, "the query was not bounded"
            asked = len(proxy.requests("keys/(query|claim)"))
            await account.send(shared, notice("c"), transaction="3")
            again = len(proxy.requests("keys/(query|claim)")) - asked
            assert not again, "a parked server was asked again"
        finally:
            other.thaw()
        for body in ("a", "b", "c"):
            assert (await alice.wait_for(said(body))).encrypted


def said(body: str) -> Callable[[Seen], bool]:
    """Return whether an event says this."""
    return lambda seen: seen.body == body


async def test_a_person_of_another_homeserver_is_heard_and_answered(
    other: Synapse, make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, bob = make_bot(parking=0.5), await make_user(on=other)
    async with bot.running() as account:
        salon = await meet(bob, bot)  # joined over federation, a room id without a server
        await bob.send(salon, "!visio de loin")
        heard = await bot.hears("!visio de loin")
        event = await account.send(heard.salon, notice("bonjour"), transaction="t")
        answer = await bob.wait_for(lambda seen: seen.event == event and seen.readable)
        assert answer.encrypted


async def test_a_homeserver_whose_clock_is_hours_off_is_heard_at_once(
    other: Synapse, make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    """Synapse says nothing of its own about when an event of another homeserver came."""
    bot, bob = make_bot(homeserver=proxy.url, parking=0.5), await make_user(on=other)
    ahead = timedelta(0)

    def dated(event: dict[str, Any]) -> list[dict[str, Any]]:
        moved = ahead // timedelta(milliseconds=1) if event["sender"] == bob.user else 0
        return [{**event, "origin_server_ts": event["origin_server_ts"] + moved}]

    async with bot.running():
        salon = await meet(bob, bot)
        proxy.rewrite("GET .*/sync", change_timeline(salon, dated))
        for hours in (-26, 3, 30):
            ahead = timedelta(hours=hours)
            await bob.send(salon, f"!visio {hours}")
            heard = await bot.hears(f"!visio {hours}")
            assert abs(bot.clock.now() - heard.sent_at) < timedelta(minutes=1)


async def test_row_h_tokens_are_refreshed_while_running(
    other: Synapse, make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot = make_bot(on=other, sync_timeout=0.5)
    async with faults(other.url) as proxy:
        bot.settings = replace(bot.settings, homeserver=proxy.url)
        async with bot.running():
            await proxy.seen("POST .*/refresh", 3)
            await proxy.seen("GET .*/sync", len(proxy.requests("GET .*/sync")) + 2)
            renewed = len(bot.credentials.history)
        assert renewed >= 4
        async with bot.running():  # the saved refresh token serves the next start
            pass
        assert len(proxy.requests(LOGIN)) == 1


async def test_row_h_a_refresh_whose_answer_is_lost_is_made_again(
    other: Synapse, make_bot: MakeBot
) -> None:
    bot = make_bot(on=other, sync_timeout=0.5)
    async with faults(other.url) as proxy:
        bot.settings = replace(bot.settings, homeserver=proxy.url)
        proxy.lose_answer("POST .*/refresh")
        async with bot.running():
            await proxy.seen("POST .*/refresh", 2)
        assert len(proxy.requests(LOGIN)) == 1


async def test_row_g_after_a_soft_logout_the_device_goes_on(
    other: Synapse, make_bot: MakeBot
) -> None:
    bot = make_bot(on=other)
    async with bot.opened():
        pass
    assert bot.credentials.access
    device = bot.credentials.access.device_id
    bot.credentials.access = replace(bot.credentials.access, refresh_token=None)
    async with faults(other.url) as proxy:
        bot.settings = replace(bot.settings, homeserver=proxy.url, sync_timeout=0.5)
        async with bot.running() as account:
            await proxy.seen(LOGIN)
            assert account.signed
        assert bot.credentials.access.device_id == device


async def test_a_second_token_for_the_same_device_is_used_when_the_first_is_dead(
    other: Synapse, make_bot: MakeBot
) -> None:
    first = make_bot(on=other)
    bot = issue(other, first)
    async with bot.opened():
        pass
    renewed = issue(other, first, device=bot.settings.device_id)  # the first token dies of it
    bot.settings = replace(renewed.settings, store=bot.settings.store)
    async with bot.opened() as account:
        assert account.signed
    assert bot.credentials.access
    assert bot.credentials.access.device_id == bot.settings.device_id
