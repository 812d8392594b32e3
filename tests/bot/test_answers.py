"""A guest waits, and a person's own client answers from an encrypted salon."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from bot.commands.help import AccountStanding
from bot.commands.wire import talk
from bot.conversation.bucket import Bucket
from bot.conversation.journal import DatabaseJournal
from bot.conversation.lanes import Lanes
from bot.conversation.outbox import OutboxSender
from bot.conversation.router import Router, in_lane
from bot.matrix.account import MatrixAccount, open_account
from bridge.clock import SystemClock
from bridge.domain.invitation import Standing
from bridge.ids import SalonId, UserId, server_of
from bridge.services.invitations.invitations import Guest
from bridge.services.visits.arrivals import Entered
from bridge.store import DATABASE_ERRORS
from bridge.store.claims import InboxRow
from bridge.store.tx import Changed
from tests.bot.conftest import Bot, MakeBot, MakeUser
from tests.servers.matrix_client import MatrixUser, Seen
from tests.services.house import House
from tests.wiring import speaker

PATIENCE = 60.0


@asynccontextmanager
async def talking(bot: Bot, house: House) -> AsyncIterator[None]:
    """Run an account, its router and its sender as the program does, on these services."""
    journal = DatabaseJournal(house.store.inbox, bot.user, house.clock)
    stop = asyncio.Event()
    async with (
        open_account(
            bot.settings,
            journal,
            bot.seeds,
            bot.credentials,
            clock=SystemClock(),
            addressed=bot.addressed,
            may_join=bot.may_join,
            outside=bot.outside,
        ) as account,
        asyncio.TaskGroup() as group,
    ):

        async def pending(_: int) -> list[InboxRow]:
            return list(await house.store.inbox.pending(bot.user, 9))

        router, sender = wired(account, house)
        handling = Lanes(pending, in_lane, router.handle, troubles=DATABASE_ERRORS)

        def changed(what: Changed) -> None:
            if what.inbox:
                handling.wake()
            if what.outbox:
                sender.lanes.wake()

        house.store.on_commit(changed)
        group.create_task(account.run(stop, handling.wake))
        group.create_task(handling.run(stop))
        group.create_task(sender.run(stop))
        try:
            yield
        finally:
            stop.set()


def wired(account: MatrixAccount, house: House) -> tuple[Router, OutboxSender]:
    """Return the inbox's handler and the sender of an account."""
    servers = (server_of(account.user),)
    speaking = speaker(
        house.tools,
        account,
        house.store.outbox,
        talk=talk(
            house.tools,
            account,
            invitations=house.invitations,
            identities=house.identities,
            admitting=house.admitting,
            carrying=house.carrying,
            agents=servers,
            standing=lambda: AccountStanding(account.last_sync_at, signed=account.signed),
            calendars=None,
        ),
        identities=house.identities,
        servers=servers,
        bucket=Bucket(0, 1, time.monotonic),
    )
    return speaking.router, speaking.sender


async def comes(house: House, name: str) -> Entered:
    """Have an invited guest wait at the door."""
    (invited,) = await house.invited(Guest(name), event=f"invite-{name}")
    return await house.visited(invited, name)


async def asked(alice: MatrixUser, salon: str, name: str) -> Seen:
    """Return the notice about a guest, as Alice's client shows it."""
    return await alice.wait_for(
        lambda seen: seen.room == salon and f"{name} (" in seen.body and "attend" in seen.body,
        PATIENCE,
    )


async def told(alice: MatrixUser, notice: Seen, words: str) -> Seen:
    """Return the edit after which a notice says this."""
    return await alice.wait_for(
        lambda seen: seen.replaces == notice.event and words in seen.body, PATIENCE
    )


async def standing(house: House, entered: Entered) -> Standing:
    given = await house.seats.pass_of(entered.visit, entered.secret)
    assert given is not None
    return given.standing


async def test_guests_are_answered_by_reaction_or_by_name(
    make_bot: MakeBot, make_user: MakeUser, salon_house: House
) -> None:
    bot, alice = make_bot(), await make_user()
    me = UserId(alice.user)
    salon_house.identities.emails[me] = "alice@beta.gouv.fr"
    async with talking(bot, salon_house):
        salon = await alice.create_room(invite=[bot.user])
        await alice.wait_member(salon, bot.user)
        await salon_house.met(salon=SalonId(salon), by=me)

        jean = await comes(salon_house, "Jean")
        notice = await asked(alice, salon, "Jean")
        assert notice.encrypted
        assert notice.content["m.mentions"] == {"user_ids": [me]}
        for key in ("✅", "❌"):
            offered = await alice.wait_for(partial(reacts, notice, key))
            assert (offered.sender, offered.encrypted) == (bot.user, False)
        assert await standing(salon_house, jean) is Standing.WAITING, (
            "the bot's own answers nothing"
        )

        await alice.react(salon, notice.event, "👍")
        await alice.react(salon, notice.event, "✅")
        await told(alice, notice, "Jean : entrée accordée par")
        assert await standing(salon_house, jean) is Standing.ADMITTED

        lea = await comes(salon_house, "Léa")
        notice = await asked(alice, salon, "Léa")
        await alice.react(salon, notice.event, "❌\ufe0f")
        await told(alice, notice, "Léa : entrée refusée par")
        assert await standing(salon_house, lea) is Standing.REFUSED

        paul = await comes(salon_house, "Paul")
        notice = await asked(alice, salon, "Paul")
        await alice.send(salon, "!visio admettre Paul")
        await told(alice, notice, "Paul : entrée accordée par")
        assert await standing(salon_house, paul) is Standing.ADMITTED


def reacts(notice: Seen, key: str, seen: Seen) -> bool:
    """Tell whether an event is this reaction to the notice."""
    relation = {"rel_type": "m.annotation", "event_id": notice.event, "key": key}
    return seen.type == "m.reaction" and seen.content.get("m.relates_to") == relation
