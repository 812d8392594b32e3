"""A look ahead agrees with what then happens, at each moment, and changes nothing."""

from dataclasses import replace
from datetime import datetime, timedelta

from bridge.domain.admission import LIVEKIT
from bridge.domain.agenda import Kind
from bridge.domain.message import OwnReaction
from bridge.services.foresight.ahead import Foresight
from bridge.services.foresight.foreseen import Foreseen, ToCome
from bridge.services.invitations.invitations import Guest
from bridge.services.reminders.own import OwnReminders
from bridge.services.seats.end_warnings import Endings
from bridge.services.tools import Tools
from tests.doubles.clocks import SetClock
from tests.services.house import ALICE, BOB, HOUR, MINUTE, START, House
from tests.services.test_seats import inside

JEAN = Guest("Jean Dupont", "jean@partenaire.example")
DAY = timedelta(days=1)


def foresight(house: House) -> Foresight:
    tools = Tools(house.store, SetClock(house.clock.now()), house.policy)
    endings = Endings(
        tools=tools, media=None, meetings=house.meetings, invitations=house.invitations
    )
    return Foresight(tools=tools, drafting=house.letters.drafting, endings=endings)


async def happened(house: House, end: datetime) -> tuple[set[tuple[object, ...]], list[str]]:
    """Run the engine until `end`, one moment after the other; return its messages and mails."""
    found: set[tuple[object, ...]] = set()
    turns: list[tuple[datetime, str]] = []
    await house.shown()
    while (due := await house.next_due()) is not None and due < end:
        house.clock.at = max(due, house.clock.now())
        before = await house.planned()
        turns += [(at, kind) for (kind, _), at in before.items() if at <= house.clock.now()]
        mails = len(house.post.sent)
        await house.look_at_pages()
        await house.run_due()
        found |= {
            (house.clock.now(), one.template, one.lane)
            for one in await house.shown()
            if not isinstance(one, OwnReaction)
        }
        found |= {(house.clock.now(), "mail", one.to) for one in house.post.sent[mails:]}
    return found, [
        f"{kind} {at:%d %H:%M}" for at, kind in turns if kind in ("window.open", "window.close")
    ]


def said(seen: list[Foreseen]) -> set[tuple[object, ...]]:
    """Return the same of what was foreseen."""
    messages = {
        (one.at, one.message.template, one.message.lane) for one in seen if one.message is not None
    }
    return messages | {(one.at, "mail", one.mail.to) for one in seen if one.mail is not None}


async def set_up(house: House) -> datetime:
    """Two meetings of tomorrow, with guests, reminders, and a link that closes early."""
    start = START + DAY
    _, occurrence = await house.met(start=start)
    await house.met("two", start=start + 30 * MINUTE)
    await house.invited(JEAN)
    await house.invited(replace(JEAN, name="Léa"), event="i2", to="two", until=start + HOUR)
    own = OwnReminders(house.tools)
    async with house.store() as work:
        await own.set(work, occurrence, BOB, before=15 * MINUTE)
        await own.set(work, occurrence, ALICE, at=start - 3 * HOUR)
    await house.run_due()
    return start


async def test_agrees_with_what_then_happens(house: House):
    start = await set_up(house)
    await house.invited(replace(JEAN, email="zoe@partenaire.example"), event="i3")
    await house.shown()
    seen = list(await foresight(house).look(START, start + 30 * DAY))
    real, turns = await happened(house, start + 30 * DAY)
    assert said(seen) == real
    kinds = {ToCome.OPENS, ToCome.BEGINS, ToCome.ENDS, ToCome.CLOSES}
    windows = sorted(one.at for one in seen if one.what in kinds)
    assert len(windows) == len(turns)
    assert {one.what for one in seen} >= {
        *kinds, ToCome.CARD, ToCome.REMINDER, ToCome.PROBLEMS, ToCome.MAIL, ToCome.FORGETS,
    }  # fmt: skip


async def test_foresees_warnings_of_guests_who_are_inside(house: House):
    house.choose(mode=LIVEKIT)
    await house.met(start=START)
    await inside(house)
    await house.shown()
    seen = list(await foresight(house).look(START, START + 2 * HOUR))
    real, _ = await happened(house, START + 2 * HOUR)
    wanted = {"guest.ends", "guest.ends-again"}
    assert {one for one in said(seen) if one[1] in wanted} == {
        one for one in real if one[1] in wanted
    }
    assert [one.at for one in seen if one.what is ToCome.LEAVES] == [START + HOUR + 15 * MINUTE]


async def test_a_cancelled_meeting_has_nothing_to_come(house: House):
    start = await set_up(house)
    for event in ("ask", "two"):
        _, occurrence = await house.of(event)
        async with house.store() as work:
            await house.meetings.end(work, occurrence)
    await house.run_due()
    await house.shown()
    seen = await foresight(house).look(START, start + HOUR)
    assert {one.what for one in seen} == {ToCome.MAIL}, "guests are told"


async def test_a_meeting_whose_room_is_still_asked_for(house: House):
    await house.asked(start=START + DAY)
    seen = await foresight(house).look(START, START + 2 * DAY)
    assert [one.what for one in seen[:2]] == [ToCome.ROOM, ToCome.CARD]
    assert ToCome.REMINDER in {one.what for one in seen}
    assert ToCome.PROBLEMS not in {one.what for one in seen}


async def test_only_what_is_between_and_nothing_changes(house: House):
    start = await set_up(house)
    before = await house.planned(), await house.messages()
    seen = await foresight(house).look(start - 15 * MINUTE, start - 10 * MINUTE)
    assert {one.at for one in seen} == {start - 15 * MINUTE}
    assert (await house.planned(), await house.messages()) == before
    assert Kind.RECALL in {kind for kind, _ in before[0]}
