"""A message for one person reaches exactly that person, whoever comes into the salon."""

import asyncio

from bot.matrix.events import Confidence, Confiding
from bridge.ids import SalonId, UserId
from tests.bot.conftest import MakeBot, MakeUser, meet, notice, reached, state_once
from tests.servers.faults import Faults
from tests.servers.matrix_client import MatrixUser

PIN = "PIN 476 291"


def secret(to: str, body: str = PIN) -> Confiding:
    """Return words for one person alone, wherever they are said."""

    async def words(_: SalonId) -> Confidence:
        return Confidence(to=UserId(to), content=notice(body))

    return words


async def opened(alice: MatrixUser, bot: str, event: str | None) -> str:
    """Accept what the bot invites to until an event is read; return its salon."""
    assert event is not None
    await alice.until(
        lambda: (
            any(room.inviter == bot for room in alice.nio.invited_rooms.values())
            or any(seen.event == event and seen.readable for seen in alice._seen.values())
        )
    )
    for room in list(alice.nio.invited_rooms):
        await alice.join(room)
    seen = await alice.wait_for(lambda seen: seen.event == event and seen.readable)
    assert seen.encrypted
    return seen.room


def said(reader: MatrixUser) -> list[str]:
    """Return everything that somebody's client can read."""
    return [seen.body for seen in reader._seen.values() if seen.readable]


async def test_a_direct_message_with_a_third_person_in_it_is_none(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice, mallory = make_bot(), await make_user(), await make_user()
    person = UserId(alice.user)
    async with bot.running() as account:
        three = await meet(alice, bot, direct=True)
        state = await state_once(account, three, lambda state: state.direct)
        assert state.members == {alice.user, bot.user}
        first = await account.confide(person, secret(alice.user, "à deux"), transaction="1")
        assert await opened(alice, bot.user, first) == three, "what a person opened is used"
        await alice.invite(three, mallory.user)
        # Neither the sync nor the invited person has to act first: the homeserver is asked.
        event = await account.confide(
            person, secret(alice.user), transaction="2", prefer=SalonId(three)
        )
        await mallory.join(three)
        two = await opened(alice, bot.user, event)
        assert two != three
        await state_once(account, three, lambda state: not state.direct)
        end = await account.send(SalonId(three), notice("à trois"), transaction="3")
        await mallory.wait_for(lambda seen: seen.event == end and seen.readable)
        again = await account.confide(person, secret(alice.user), transaction="4")
        assert await opened(alice, bot.user, again) == two, "it is found again"
    assert PIN not in said(mallory)
    assert "à deux" not in said(mallory)


async def test_a_third_person_who_comes_while_the_key_is_shared(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice, mallory = make_bot(homeserver=proxy.url), await make_user(), await make_user()
    async with bot.running() as account:
        salon = await meet(alice, bot, direct=True)
        await state_once(account, salon, lambda state: state.direct)
        shared = asyncio.Event()
        sharing = proxy.hold("PUT .*/sendToDevice/m.room.encrypted", shared)
        words = secret(alice.user)
        telling = asyncio.create_task(account.confide(UserId(alice.user), words, transaction="1"))
        await reached(sharing)
        await alice.invite(salon, mallory.user)
        await mallory.join(salon)
        shared.set()
        assert await opened(alice, bot.user, await telling) != salon
    assert not proxy.requests(f"PUT .*{salon[1:10]}.*/send/"), "nothing left there"
    assert PIN not in said(mallory)


async def test_a_third_person_who_comes_while_it_leaves(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    """They get the event, and never its key: not with the next line of the salon either."""
    bot, alice, mallory = make_bot(homeserver=proxy.url), await make_user(), await make_user()
    async with bot.running() as account:
        salon = await meet(alice, bot, direct=True)
        await state_once(account, salon, lambda state: state.direct)
        leaving = asyncio.Event()
        sending = proxy.hold("PUT .*/send/m.room.encrypted/", leaving)
        telling = asyncio.create_task(
            account.confide(UserId(alice.user), secret(alice.user), transaction="1")
        )
        await reached(sending)
        await alice.invite(salon, mallory.user)
        await mallory.join(salon)
        leaving.set()
        event = await telling
        assert await opened(alice, bot.user, event) == salon
        end = await account.send(SalonId(salon), notice("à trois"), transaction="2")
        await mallory.wait_for(lambda seen: seen.event == end and seen.readable)
        sealed = await mallory.wait_for(lambda seen: seen.event == event)
        keys = {session.id for session in mallory.nio.olm.inbound_group_store}
    assert not sealed.readable
    assert keys, "she has the key of what is said to three"
    assert sealed.content["session_id"] not in keys, "and not this one, from whatever line on"
    assert PIN not in said(mallory)
