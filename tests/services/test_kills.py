"""A process killed at any commit, and started again, ends where an undisturbed one does."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bridge.domain.admission import LIVEKIT
from bridge.domain.authority import Act
from bridge.domain.meeting import Meeting, MeetingState, Occurrence
from bridge.domain.scope import WholeSeries
from bridge.domain.series import Reach, Recurrence
from bridge.errors import MailRefused, VisioUnknownAgent
from bridge.ids import EventId
from bridge.ports import UnitOfWork
from bridge.services.invitations.invitations import Guest, Invited, Terms
from bridge.services.meetings.handing import Handing
from bridge.services.meetings.lifecycle import MeetingRequest
from bridge.services.reminders.own import OwnReminders
from bridge.services.visits.arrivals import Entered
from tests.defaults import SETTINGS
from tests.doubles.ports import Killed, MortalWorks
from tests.services.admissions import held
from tests.services.house import BOB, HOUR, MINUTE, START, House, said
from tests.services.test_seats import code_of, inside

LEA, JEAN = Guest("Léa Roux", "lea@partenaire.example"), Guest("Jean Dupont")
DAY = timedelta(days=1)
PLAYS: dict[str, Callable[[House], Awaitable[None]]] = {}


@dataclass
class Line:
    """A command as the bot runs it: its effects and the mark that it is done commit together."""

    house: House
    event: str

    async def run(self, act: Callable[[House, UnitOfWork], Awaitable[None]]) -> None:
        works = self.house.works or self.house.store
        async with works() as work:
            if await work.inbox.done(EventId(f"${self.event}")):
                await act(self.house, work)


def play(function: Callable[[House], Awaitable[None]]) -> Callable[[House], Awaitable[None]]:
    PLAYS[function.__name__] = function
    return function


async def _meet(house: House) -> None:
    async def act(house: House, work: UnitOfWork) -> None:
        await house.meetings.ask(work, said(), MeetingRequest(title="Budget"))

    await Line(house, "ask").run(act)
    await house.run_due()


@play
async def a_meeting(house: House) -> None:
    await _meet(house)


@play
async def a_refusal(house: House) -> None:
    if not house.visio.asked:
        house.visio.troubles.extend([VisioUnknownAgent(), VisioUnknownAgent()])
    await _meet(house)


@play
async def guests(house: House) -> None:
    async def act(house: House, work: UnitOfWork) -> None:
        about = await house.meetings.current(work, said("invite"), Act.INVITE)
        await house.invitations.invite(work, said("invite"), about, [LEA, JEAN])

    await _meet(house)
    await Line(house, "invite").run(act)
    await house.run_due()


@play
async def a_refused_address(house: House) -> None:
    house.post.troubles.clear()
    house.post.troubles.extend([MailRefused(), MailRefused()])
    await guests(house)


@play
async def the_whole_life(house: House) -> None:
    async def extend(house: House, work: UnitOfWork) -> None:
        _, occurrence = await house.meetings.current(work, said("extend"), Act.EXTEND)
        await house.meetings.extend(work, occurrence, HOUR)

    async def withdraw(house: House, work: UnitOfWork) -> None:
        _, occurrence = await house.meetings.current(work, said("withdraw"), Act.WITHDRAW)
        found = await house.invitations.find(work, occurrence, "léa")
        await house.invitations.revoke(work, occurrence, found)

    async def end(house: House, work: UnitOfWork) -> None:
        _, occurrence = await house.meetings.current(work, said("end"), Act.END)
        await house.meetings.end(work, occurrence)

    await guests(house)
    await Line(house, "extend").run(extend)
    await Line(house, "withdraw").run(withdraw)
    house.clock.at = START + 30 * MINUTE
    await Line(house, "end").run(end)
    await house.run_due()


@play
async def a_handover(house: House) -> None:
    """A meeting with guests gets another organiser, and one of its guests' mails says so."""

    async def hand(house: House, work: UnitOfWork) -> None:
        about = await house.meetings.current(work, said("hand"), Act.HAND_OVER)
        await Handing(house.meetings).ask(work, said("hand"), about, BOB)

    async def plan(house: House, work: UnitOfWork) -> None:
        wanted = MeetingRequest(title="Budget", start=START + DAY)
        await house.meetings.ask(work, said(), wanted)

    async def invite(house: House, work: UnitOfWork) -> None:
        about = await house.meetings.current(work, said("invite"), Act.INVITE)
        await house.invitations.invite(work, said("invite"), about, [LEA])

    await Line(house, "ask").run(plan)
    await house.run_due()
    await Line(house, "invite").run(invite)
    await house.run_due()
    await Line(house, "hand").run(hand)
    await house.run_until(house.clock.now() + 2 * MINUTE)


@play
async def a_series(house: House) -> None:
    """It is planned with a guest, moved from its second date on; a date is cancelled."""
    first = START + 2 * DAY

    async def plan(house: House, work: UnitOfWork) -> None:
        weekly = Recurrence(rule="FREQ=WEEKLY;COUNT=12")
        wanted = MeetingRequest(title="Budget", start=first, end=first + HOUR, recurrence=weekly)
        made = await house.planning.plan(work, said(), wanted)
        assert made is not None
        about = (made.meeting, made.occurrences[0])
        terms = Terms(scope=WholeSeries())
        await house.invitations.invite(work, said("invite"), about, [LEA, JEAN], terms)

    async def second(house: House, work: UnitOfWork) -> tuple[Meeting, Occurrence]:
        known = await work.meetings.by_card(EventId("$ask"))
        assert known is not None
        dates = await work.meetings.occurrences_of(known[0].id)
        return known[0], dates[1]

    async def move(house: House, work: UnitOfWork) -> None:
        about = await second(house, work)
        later = about[1].wall_start + DAY
        await house.changes.move(work, about, later, reach=Reach.FOLLOWING)

    async def cancel(house: House, work: UnitOfWork) -> None:
        await house.changes.cancel(work, await second(house, work))

    await Line(house, "ask").run(plan)
    await house.run_due()
    await Line(house, "move").run(move)
    await Line(house, "cancel").run(cancel)
    await house.run_until(START + 12 * DAY)
    await house.run_due()


@play
async def reminders(house: House) -> None:
    """A salon's, an agent's, put off once, and an organiser's, whose guest's link closes early."""
    start = START + 2 * HOUR

    async def meet(house: House, work: UnitOfWork) -> None:
        await house.meetings.ask(work, said(), MeetingRequest(title="Budget", start=start))

    async def prepare(house: House, work: UnitOfWork) -> None:
        about = await house.meetings.current(work, said("prepare"), Act.INVITE)
        terms = Terms(until=start + MINUTE)
        await house.invitations.invite(work, said("prepare"), about, [JEAN], terms)
        await OwnReminders(house.tools).set(work, about[1], BOB, before=30 * MINUTE)

    async def put_off(house: House, work: UnitOfWork) -> None:
        (mine,) = await work.reminders.of_occurrence((await house.of())[1].id)
        both = await work.meetings.both(mine.occurrence)
        assert both is not None
        await OwnReminders(house.tools).snooze(work, mine, both[1], 5 * MINUTE)

    await Line(house, "ask").run(meet)
    await house.run_due()
    await Line(house, "prepare").run(prepare)
    await house.run_until(max(start - 29 * MINUTE, house.clock.now()))
    await Line(house, "put-off").run(put_off)
    await house.run_until(start + 2 * HOUR)


async def state(house: House) -> dict[str, object]:
    """Return everything that somebody could notice, without ids and orphaned rooms.

    Nor mails reported as uncertain: a kill hides whether they were sent, and they are sent again.
    """
    meeting, occurrence = await house.of()
    return {
        "meeting": (meeting.title, meeting.organiser, meeting.state, meeting.room is not None),
        "occurrence": (occurrence.start, occurrence.end, occurrence.state, occurrence.sequence),
        "guests": [
            (one.name, one.email, one.number, one.revoked_at is None, one.mail_refused)
            for one in await house.guests()
        ],
        "agenda": sorted((kind, at) for (kind, _), at in (await house.planned()).items()),
        "messages": sorted(
            (one.template, str(one.confidant or one.to.salon), str(one.coalesce_key is None))
            for one in await house.messages()
            if one.template != "mail.unconfirmed"
        ),
        "mails": sorted((one.to, one.subject) for one in house.post.seen()),
        "audit": sorted((one.kind, str(one.said.get("rule"))) for one in await house.audited()),
    }


def _mails(ended: dict[str, object]) -> list[tuple[str, str]]:
    mails = ended["mails"]
    assert isinstance(mails, list)
    return mails


async def survive(house: House, name: str, works: MortalWorks) -> bool:
    """Play with a process that may die; tell whether it did. Then another process continues."""
    house.works = works
    house.wire(works)
    try:
        await PLAYS[name](house)
    except Killed:
        house.works = None
        house.wire(house.store)
        async with house.store() as work:
            await work.agenda.release(now=house.clock.now())
        await PLAYS[name](house)
        died = True
    else:
        died = False
    await house.run_until(house.clock.now() + SETTINGS.mail.retry_unconfirmed)
    return died


QUICK = {("postgresql", "a_meeting"), *(("sqlite", one) for one in PLAYS if one != "a_series")}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("database", "name"),
    [
        (database, name)
        if (database, name) in QUICK
        else pytest.param(database, name, marks=pytest.mark.long)
        for database in ("sqlite", "postgresql")
        for name in PLAYS
        if (database, name) != ("postgresql", "a_series")  # the longest by far
    ],
    indirect=["database"],
)
async def test_killed_at_each_commit(
    house_maker: Callable[[], Awaitable[House]], name: str, after: bool
):
    house = await house_maker()
    immortal = MortalWorks(house.store)
    assert not await survive(house, name, immortal)
    undisturbed = await state(house)
    for number in range(1, immortal.commits + 1):
        house = await house_maker()
        assert await survive(house, name, MortalWorks(house.store, number, after))
        ended = await state(house)
        if name == "the_whole_life":
            # An invitation uncertain at the withdrawal of its link is not sent again; and the guest
            # is told of the withdrawal unless the meeting was over first.
            ended["mails"] = undisturbed["mails"]
        if name in ("a_series", "a_handover"):
            # An uncertain invitation that is sent again says what changed meanwhile: another mail.
            assert set(_mails(ended)) == set(_mails(undisturbed))
            ended["mails"] = undisturbed["mails"]
        assert ended == undisturbed, f"killed at commit {number} of {immortal.commits}"
        if name != "a_refusal":
            assert (await house.of())[0].state is MeetingState.READY


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_guest_is_out_whenever_the_process_is_killed(
    house_maker: Callable[[], Awaitable[House]], after: bool
):
    """The killed process holds the row's claim; the next process's first poll ejects."""
    for number in (1, 2, 3):
        house = await house_maker()
        house.choose(mode=LIVEKIT)
        await house.met(start=START)
        _, held = await inside(house)
        _, occurrence = await house.of()
        async with house.store() as work:
            known = await work.invitations.of_occurrence(occurrence.id)
            await house.invitations.revoke(work, occurrence, known)
        house.wire(MortalWorks(house.store, number, after))
        with suppress(Killed):
            await house.run_due()
        house.wire(house.store)
        house.clock.forward(timedelta(seconds=1))
        await house.sweeps.sweep(house.clock.now())
        assert house.media.rooms.get(held.room, set()) == set()
        await house.run_until(START + 5 * MINUTE)
        assert len(await house.sentences("guest.out")) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_question_is_neither_lost_nor_doubled(
    house_maker: Callable[[], Awaitable[House]], after: bool
):
    """Two guests come with one link; a process that dies at each commit admits one of them."""

    async def go(house: House, both: list[Entered]) -> None:
        for one in both:
            await house.admissions.arrive(one.visit, one.secret)
        await house.run_until(START + MINUTE)
        async with (house.works or house.store)() as work:
            await house.seats.decide(
                work, await held(work, both[1].visit, house.policy), admit=True, by=BOB
            )
        await house.run_until(house.clock.now() + SETTINGS.mail.retry_unconfirmed)

    async def prepared(number: int = 0) -> tuple[House, list[Entered], MortalWorks]:
        house = await house_maker()
        house.choose(mode=LIVEKIT)
        await house.met(start=START)
        (link,) = await house.invited(LEA)
        both = [await _entered(house, link, name) for name in ("Premier Venu", "Second Autre")]
        works = MortalWorks(house.store, number, after)
        house.works = works
        house.wire(works)
        return house, both, works

    house, both, immortal = await prepared()
    await go(house, both)
    undisturbed = await state(house)
    for number in range(1, immortal.commits + 1):
        house, both, _ = await prepared(number)
        with pytest.raises(Killed):
            await go(house, both)
        house.works = None
        house.wire(house.store)
        async with house.store() as work:
            await work.agenda.release(now=house.clock.now())
        await go(house, both)
        assert await state(house) == undisturbed, f"killed at commit {number} of {immortal.commits}"


async def _entered(house: House, link: Invited, name: str) -> Entered:
    entered = await house.admissions.enter(code_of(link), name=name, language="fr")
    assert entered is not None
    house.pages.add(entered.visit)
    return entered
