"""Nothing is lost, nothing is handled twice, and nothing stops the sync."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.matrix.events import (
    Arrived,
    Batch,
    IncomingMessage,
    Joined,
    MembersChanged,
    Reaction,
    Removed,
    SendRefused,
    Trust,
    Upgraded,
)
from bot.matrix.sync import is_behind
from bridge.clock import SystemClock
from bridge.ids import SalonId, UserId
from tests.bot.conftest import (
    Bot,
    MakeBot,
    MakeUser,
    change_timeline,
    meet,
    notice,
    private_with,
    reached,
)
from tests.bot.fakes import MemoryJournal
from tests.doubles.clocks import SetClock
from tests.servers.faults import Faults
from tests.servers.matrix_client import MatrixUser
from tests.servers.synapse import Synapse


class CrashingJournal(MemoryJournal):
    """Dies while it records a batch that holds something, once."""

    crashes = 1

    async def record(self, batch: Batch) -> None:
        """Keep a batch, or lose it whole."""
        if self.crashes and (batch.incoming or batch.sealed):
            self.crashes -= 1
            raise ConnectionResetError("the database went away")
        await super().record(batch)


async def test_row_c_a_crash_before_the_record_loses_nothing(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
    crashing = CrashingJournal()
    crashing.at, crashing.events = bot.journal.at, bot.journal.events
    bot.journal = crashing
    await alice.send(salon, "!visio avant la panne")
    with pytest.raises(ConnectionResetError):
        await bot.run_to_the_end()
    assert not bot.journal.messages()
    async with bot.running():
        heard = await bot.hears("!visio avant la panne")
    assert heard.trust is Trust.DEVICE


async def test_row_d_hostile_events_do_not_stop_the_sync(
    synapse: Synapse, make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running() as account:
        salon = await meet(alice, bot, encrypted=False)
        for content in hostile_to_device(account_key(bot, account)):
            body = {"messages": {bot.user: {"*": content}}}
            path = f"/_matrix/client/v3/sendToDevice/m.room.encrypted/{id(content)}"
            synapse.call("PUT", path, body, token=alice.nio.access_token)
        proxy.rewrite("GET .*/sync", change_timeline(salon, with_hostile_events))
        await alice.send(salon, "!visio quand même")
        await bot.hears("!visio quand même")
    joined, correction, line = bot.journal.events.values()
    assert isinstance(joined, Joined)
    assert isinstance(correction, IncomingMessage)
    assert correction.replaces == "$x"
    assert isinstance(line, IncomingMessage)


def account_key(bot: Bot, account: Any) -> str:
    """Return the bot's public Curve25519 key."""
    return str(account._parts.maintenance._olm.account.identity_keys["curve25519"])


def hostile_to_device(key: str) -> list[dict[str, Any]]:
    """Return Olm messages that nio and vodozemac raise on."""
    olm = {"algorithm": "m.olm.v1.curve25519-aes-sha2", "sender_key": key}
    bodies: list[Any] = [
        {"type": 0, "body": "not base64 !"},
        {"type": 0, "body": "AAAA"},
        {"type": 1, "body": "%%%"},
        {"type": "zero", "body": None},
        [],
    ]
    return [{**olm, "ciphertext": {key: body}} for body in bodies] + [
        {},
        {**olm, "ciphertext": key},
    ]


def with_hostile_events(event: dict[str, Any]) -> list[dict[str, Any]]:
    """Return an event after many that no handler should see."""
    edit = {"rel_type": "m.replace", "event_id": "$x"}
    line = {"msgtype": "m.text", "body": "!visio"}
    hostile: list[tuple[Any, Any]] = [
        ("m.room.message", {"msgtype": "m.text", "body": {"not": "text"}}),
        ("m.room.message", {"msgtype": ["m.text"], "body": "!visio"}),
        ("m.room.message", {"msgtype": "m.notice", "body": "!visio d'un autre robot"}),
        ("m.room.message", {**line, "m.relates_to": edit, "m.new_content": line}),
        ("m.room.message", ["!visio"]),
        ("m.reaction", {"m.relates_to": {"event_id": "$x", "key": "sans lien"}}),
        ("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": 3, "key": {}}}),
        ("m.room.encrypted", {}),
        ("m.room.encrypted", {"algorithm": "m.megolm.v1.aes-sha2", "session_id": 3}),
        ("m.room.tombstone", {"replacement_room": "!elsewhere:localhost"}),
        ("m.room.member", {"membership": "leave"}),
        (7, None),
    ]
    events = [
        {**event, "event_id": f"$hostile{number}", "type": kind, "content": content}
        for number, (kind, content) in enumerate(hostile)
    ]
    odd = [{**event, "event_id": None}, {**event, "event_id": "$odd", "sender": []}]
    late = {**event, "event_id": "$late", "origin_server_ts": 10**30, "content": {}}
    return [*events, *odd, late, event]


async def test_deep_json_does_not_stop_the_sync(make_bot: MakeBot, make_user: MakeUser) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running():
        salon = await meet(alice, bot, encrypted=False)
        for depth in (400, 800, 940):
            deep: Any = 0
            for _ in range(depth):
                deep = [deep]
            content = {"msgtype": "m.text", "body": "!visio profond", "x": deep}
            try:
                await alice.send_content(salon, content)
            except AssertionError:
                break  # the homeserver has its own limit
        await alice.send(salon, "!visio après")
        await bot.hears("!visio après")


async def test_row_e_a_slow_salon_does_not_hold_up_the_others(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running() as account:
        slow, quick = await meet(alice, bot), await meet(alice, bot)
        release = asyncio.Event()
        proxy.hold(r"PUT .*/send/m.room.encrypted/slow", release)
        stuck = asyncio.create_task(account.send(SalonId(slow), notice("lent"), transaction="slow"))
        await alice.send(quick, "!visio")
        heard = await bot.hears("!visio")
        event = await account.send(heard.salon, notice("vite"), transaction="quick")
        await alice.wait_for(lambda seen: seen.event == event and seen.readable)
        assert not stuck.done()
        release.set()
        event = await stuck
        await alice.wait_for(lambda seen: seen.event == event and seen.readable)


async def test_row_f_a_failing_homeserver_is_asked_less_and_less(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running() as account:
        salon = await meet(alice, bot)
        failure = proxy.answer("GET .*/sync", 500, {"errcode": "M_UNKNOWN"}, times=6)
        await alice.send(salon, "!visio malgré tout")
        await bot.hears("!visio malgré tout")
        assert failure.hits == 6
        assert account.sync_failures_total == 6
    at = [each.at for each in proxy.requests("GET .*/sync") if each.status == 500]
    gaps = [late - early for early, late in pairwise(at)]
    assert all(gap >= 0.025 for gap in gaps)
    assert gaps[-1] > gaps[0]


async def test_row_f_what_is_no_homeserver_is_no_answer(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running():
        salon = await meet(alice, bot, encrypted=False)
        bodies: tuple[object, ...] = ("<html>Portail</html>", "", [])
        for body in bodies:
            proxy.answer("GET .*/sync", 200, body)
        proxy.cut("GET .*/sync", times=2)
        await alice.send(salon, "!visio")
        await bot.hears("!visio")


async def test_row_m_a_kick_is_told_and_the_salon_forgotten(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        salon = await meet(alice, bot)
        assert bot.user in (await account.salon(SalonId(salon))).members
        await alice.kick(salon, bot.user, "merci")
        removed = await bot.gets(Removed)
        assert (removed.salon, removed.by, removed.reason) == (salon, alice.user, "merci")
        with pytest.raises(SendRefused, match="M_FORBIDDEN"):
            await account.send(removed.salon, notice("encore"), transaction="t")
        assert bot.user not in (await account.salon(removed.salon)).members

        await alice.invite(salon, bot.user)
        await bot.until(lambda: len(joins(bot)) == 2)


async def test_removed_and_invited_back_while_off_it_comes_back(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
    for number in range(8):  # more than one answer holds
        await alice.send(salon, f"ligne {number}")
    await alice.kick(salon, bot.user)
    await alice.invite(salon, bot.user)
    async with bot.running():
        assert (await bot.gets(Removed)).by == alice.user
        await bot.until(lambda: len(joins(bot)) == 2)


def joins(bot: Bot) -> list[Joined]:
    """Return our comings in."""
    return [each for each in bot.journal.events.values() if isinstance(each, Joined)]


async def test_row_t_a_gap_longer_than_the_timeline_is_filled_in_order(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
        await alice.send(salon, "!visio avant")
        await bot.hears("!visio avant")
    lines = [f"!visio {number}" for number in range(12)]
    for line in lines:
        await alice.send(salon, line)
    async with bot.running():
        await bot.hears(lines[-1])
    assert [each.body for each in bot.journal.messages()] == ["!visio avant", *lines]


async def test_row_t_a_gap_is_not_filled_beyond_our_joining(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running():
        pass
    salon = await alice.create_room(encrypted=False)
    for number in range(8):
        await alice.send(salon, f"!visio trop tôt {number}")
    await alice.invite(salon, bot.user)
    async with bot.running():
        await bot.gets(Joined)
        await alice.wait_member(salon, bot.user)
        await alice.send(salon, "!visio à temps")
        await bot.hears("!visio à temps")
    assert [each.body for each in bot.journal.messages()] == ["!visio à temps"]


async def test_row_t_a_gap_that_cannot_be_read_now_is_read_later(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url, sync_timeout=0.1), await make_user()
    async with bot.running():
        salon = await meet(alice, bot, encrypted=False)
        other = await meet(alice, bot, encrypted=False)
    for number in range(10):
        await alice.send(salon, f"!visio {number}")
    broken = proxy.answer("GET .*/messages", 502, "Bad gateway", times=-1)
    async with bot.running():
        await bot.hears("!visio 9")
        assert len(bot.journal.messages()) < 10
        await alice.send(other, "!visio ailleurs")
        await bot.hears("!visio ailleurs")  # one salon's gap does not hold up the others
    broken.stop()
    async with bot.running():
        await bot.until(lambda: len(bot.journal.messages()) == 11)


async def test_what_was_said_before_the_first_start_is_not_for_us(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running():
        salon = await meet(alice, bot, encrypted=False)
    await alice.send(salon, "!visio perdu avec la base")
    bot.journal = MemoryJournal()
    async with bot.running():
        await alice.send(salon, "!visio nouveau")
        await bot.hears("!visio nouveau")
    assert len(bot.journal.messages()) == 1


async def test_lines_sent_while_the_bot_was_off_are_heard_once(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
    await alice.send(salon, "!visio pendant l'arrêt")
    async with bot.running():
        await bot.hears("!visio pendant l'arrêt")
        old = bot.journal.at
    bot.journal.at = None if old is None else old
    async with bot.running() as account:
        event = await account.send(SalonId(salon), notice("de retour"), transaction="t")
        await alice.wait_for(lambda seen: seen.event == event and seen.readable)
    assert len(bot.journal.messages()) == 1


async def test_row_s_a_redelivered_batch_changes_nothing(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
    before = bot.journal.at
    await alice.send(salon, "!visio une fois")
    async with bot.running():
        await bot.hears("!visio une fois")
    bot.journal.at = before  # the record of the position was lost, not the event's
    async with bot.running():
        await alice.send(salon, "!visio deux fois")
        await bot.hears("!visio deux fois")
    assert [each.body for each in bot.journal.messages()] == ["!visio une fois", "!visio deux fois"]


async def test_reactions_are_told_with_what_they_are_on(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        salon = await meet(alice, bot)
        card = await account.send(SalonId(salon), notice("carte"), transaction="t")
        event = await alice.react(salon, card, "✅")
        reaction = await bot.gets(Reaction)
        assert (reaction.event, reaction.target, reaction.key) == (event, card, "✅")


async def close(alice: MatrixUser, old: str, new: str) -> None:
    """Say in a salon that it goes on in another."""
    await alice.put_state(old, "m.room.tombstone", {"body": "", "replacement_room": new})


async def test_an_upgraded_salon_is_followed(make_bot: MakeBot, make_user: MakeUser) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        old = SalonId(await meet(alice, bot))
        new = SalonId(await meet(alice, bot, predecessor=old))
        assert not await account.follows(old, new), "the old one says nothing yet"
        await close(alice, old, new)
        upgraded = await bot.gets(Upgraded)
        assert (upgraded.salon, upgraded.replacement, upgraded.by) == (old, new, alice.user)
        assert await account.follows(old, new)


async def test_a_replacement_that_does_not_say_so_gets_nothing(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    """Of a salon where the bot is already, by whoever closes one of theirs, and who knows its id."""
    bot, alice, mallory = make_bot(), await make_user(), await make_user()
    async with bot.running() as account:
        hers = SalonId(await meet(alice, bot))
        his = SalonId(await meet(mallory, bot))
        await close(mallory, his, hers)
        await bot.gets(Upgraded)
        assert not await account.follows(his, hers)
        claims = SalonId(await meet(mallory, bot, predecessor=hers))
        assert not await account.follows(hers, claims)
        await alice.send(hers, "!visio encore là")
        await bot.hears("!visio encore là")


async def test_a_replacement_open_to_all_is_joined_unasked(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        old = await meet(alice, bot)
        new = await alice.create_room(encrypted=False, public=True, predecessor=old)
        await close(alice, old, new)
        await bot.until(lambda: any(each.salon == new for each in joins(bot)))
        assert await account.follows(SalonId(old), SalonId(new))


async def test_a_salon_open_to_all_is_left_at_once_unless_it_says_so(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    """A tombstone brings the bot into no salon of somebody's choice; nor does a crash keep it."""
    bot, mallory = make_bot(homeserver=proxy.url), await make_user()
    async with bot.running():
        old = await meet(mallory, bot)
        trap = await mallory.create_room(encrypted=False, public=True)
        joining = asyncio.Event()
        asking = proxy.hold("POST .*/join/", joining)
        await close(mallory, old, trap)
        await reached(asking)
        unreadable = proxy.answer(f"GET .*{trap[1:12]}.*/state$", 502, "Bad gateway", times=-1)
        joining.set()
        await mallory.wait_member(trap, bot.user)
    unreadable.stop()
    async with bot.running():
        await mallory.wait_for(
            lambda seen: (
                (seen.room, seen.state_key, seen.content.get("membership"))
                == (trap, bot.user, "leave")
            )
        )


async def test_an_invitation_against_the_policy_is_turned_down(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice, mallory = make_bot(), await make_user(), await make_user()
    bot.may_join = lambda inviter, _salon: inviter == alice.user
    async with bot.running():
        refused = await mallory.create_room(invite=[bot.user])
        await mallory.wait_for(
            lambda seen: (seen.state_key, seen.content.get("membership")) == (bot.user, "leave")
        )
        await meet(alice, bot)
    assert refused not in {each.salon for each in bot.journal.events.values()}


async def test_an_invitation_survives_a_crash_before_the_join(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    refusing = proxy.answer("POST .*/join/", 502, "Bad gateway", times=-1)
    async with bot.running():
        await alice.create_room(invite=[bot.user])
        await proxy.seen("POST .*/join/")
    refusing.stop()
    async with bot.running():
        await bot.gets(Joined)


async def test_an_invitation_that_was_withdrawn_is_forgotten(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    waiting = asyncio.Event()
    proxy.hold("POST .*/join/", waiting)
    async with bot.running() as account:
        salon = await alice.create_room(invite=[bot.user])
        await bot.until(lambda: bool(account._parts.membership._acting))
        await alice.kick(salon, bot.user)
        waiting.set()
        await proxy.seen("POST .*/join/")
        await meet(alice, bot)
        assert salon not in {
            pending.room for pending in account._parts.membership._store.memberships()
        }


async def test_a_join_that_hangs_does_not_hold_up_another(
    make_bot: MakeBot, make_user: MakeUser, proxy: Faults
) -> None:
    bot, alice = make_bot(homeserver=proxy.url), await make_user()
    waiting = asyncio.Event()
    proxy.hold("POST .*/join/", waiting)
    async with bot.running():
        slow = await alice.create_room(invite=[bot.user])
        await meet(alice, bot)
        assert slow not in {each.salon for each in joins(bot)}
        waiting.set()
        await bot.until(lambda: slow in {each.salon for each in joins(bot)})


async def test_a_tombstone_against_the_policy_is_not_followed(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice, mallory = make_bot(), await make_user(), await make_user()
    bot.may_join = lambda inviter, _salon: inviter == alice.user
    async with bot.running() as account:
        old = await meet(alice, bot, encrypted=False)
        await alice.invite(old, mallory.user)
        await mallory.join(old)
        levels = {"users": {mallory.user: 100}, "events": {"m.room.tombstone": 50}}
        await alice.put_state(old, "m.room.power_levels", levels)
        trap = await mallory.create_room(encrypted=False, public=True)
        body = {"body": "", "replacement_room": trap}
        await mallory.put_state(old, "m.room.tombstone", body)
        await alice.send(old, "!visio encore là")
        await bot.hears("!visio encore là")
        assert trap not in {
            pending.room for pending in account._parts.membership._store.memberships()
        }
    assert not [each for each in bot.journal.events.values() if isinstance(each, Upgraded)]


async def test_in_a_direct_message_every_line_is_for_us(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(), await make_user()
    async with bot.running() as account:
        salon = await private_with(account, UserId(alice.user))
        await alice.join(salon)
        await alice.wait_member(salon, bot.user)
        await alice.send(salon, "bonjour")
        heard = await bot.hears("bonjour")
        await alice.invite(salon, (await make_user()).user)
        await alice.send(salon, "entre nous")
        await alice.send(salon, "!visio après")
        await bot.hears("!visio après")
    assert heard.salon == salon
    assert "entre nous" not in {each.body for each in bot.journal.messages()}


async def test_somebody_from_outside_is_noticed_by_nothing_but_that(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice, paul, bob = make_bot(), await make_user(), await make_user(), await make_user()
    bot.outside = lambda user: user == paul.user
    async with bot.running():
        salon = await meet(alice, bot, encrypted=False)
        await alice.invite(salon, bob.user)
        await bob.join(salon)
        await alice.invite(salon, paul.user)
        invited = await bot.gets(Arrived)
        await paul.join(salon)
        await bot.until(lambda: len(arrivals(bot)) == 2)
    assert invited.salon == salon
    assert paul.user not in repr(arrivals(bot))


def arrivals(bot: Bot) -> list[Arrived]:
    return [each for each in bot.journal.events.values() if isinstance(each, Arrived)]


async def test_that_people_left_or_got_other_rights_is_told_once_a_batch(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice, bob = make_bot(), await make_user(), await make_user()
    async with bot.running():
        salon = await meet(alice, bot, encrypted=False)
        await alice.invite(salon, bob.user)
        await bob.join(salon)
        await bot.until(lambda: len(changes(bot)) == 1)
        await alice.kick(salon, bob.user)
        await bot.until(lambda: len(changes(bot)) == 2)
    assert {one.salon for one in changes(bot)} == {salon}
    assert bob.user not in repr(changes(bot))


def changes(bot: Bot) -> list[MembersChanged]:
    return [each for each in bot.journal.events.values() if isinstance(each, MembersChanged)]


def in_the_future(position: str | None) -> str:
    """Return a position that the homeserver has not come to yet, as after its database was restored."""
    assert position
    place, _, rest = position.removeprefix("s").partition("_")
    return f"s{int(place) + 100_000}_{rest}"


async def test_a_position_from_the_future_is_noticed_and_nothing_is_missed(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(timeline_limit=3), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
        await alice.send(salon, "!visio connue")
        await bot.hears("!visio connue")
    bot.journal.at = ahead = in_the_future(bot.journal.at)
    for number in range(5):
        await alice.send(salon, f"!visio manquée {number}")
    async with bot.running() as account:
        await bot.hears("!visio manquée 4")
        assert account.rewound_total == 1
        await alice.send(salon, "!visio nouvelle")
        await bot.hears("!visio nouvelle")
        assert account.rewound_total == 1
    heard = [message.body for message in bot.journal.messages()]
    missed = [f"!visio manquée {number}" for number in range(5)]
    assert heard == ["!visio connue", *missed, "!visio nouvelle"]
    assert is_behind(bot.journal.at, ahead)


async def test_after_a_position_from_the_future_what_is_old_stays_unheard(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    bot, alice = make_bot(gap_age=timedelta(0)), await make_user()
    async with bot.running():
        salon = await meet(alice, bot)
    bot.journal.at = in_the_future(bot.journal.at)
    await alice.send(salon, "!visio de longue date")
    async with bot.running() as account:
        assert account.rewound_total == 1
        await alice.send(salon, "!visio nouvelle")
        await bot.hears("!visio nouvelle")
    assert [message.body for message in bot.journal.messages()] == ["!visio nouvelle"]


@pytest.mark.parametrize(
    ("following", "position", "behind"),
    [
        ("s14_1", "s69_1", True),
        ("s69_1", "s69_0", False),
        ("s70_0", "s69_9", False),
        ("m8~1.9_2", "s69_1", True),
        ("opaque", "s69_1", False),
        ("s14", "69", False),
    ],
)
def test_positions_are_compared_where_they_can_be(
    following: str, position: str, behind: bool
) -> None:
    assert is_behind(following, position) is behind


async def test_while_the_database_does_not_take_an_answer_the_homeserver_is_not_what_is_missing(
    make_bot: MakeBot, make_user: MakeUser
) -> None:
    taken, stuck = asyncio.Event(), asyncio.Event()

    class Stuck(MemoryJournal):
        async def record(self, batch: Batch) -> None:
            if batch.incoming:
                stuck.set()
                await taken.wait()
            await super().record(batch)

    clock = SetClock(SystemClock().now())
    bot, alice = make_bot(), await make_user()
    bot.clock, bot.journal = clock, Stuck()
    async with bot.running() as account:
        clock.at += timedelta(minutes=5)
        await alice.create_room(invite=[bot.user])
        await stuck.wait()
        assert account.sync_age == timedelta(0)
        taken.set()
