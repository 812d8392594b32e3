"""Reminders: at their moment, once, after moves and cancellations, late and too late."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.admission import LIVEKIT
from bridge.domain.agenda import Due, Kind
from bridge.domain.agent import Agent
from bridge.domain.answer import Answer
from bridge.domain.colleague import Colleague
from bridge.domain.meeting import Occurrence
from bridge.domain.message import Notice, ToPerson, people
from bridge.domain.reminder import NEVER, Reminder
from bridge.domain.salon import Salon
from bridge.errors import LimitReached, MailRefused, MailUnconfirmed, VisioUnknownAgent
from bridge.ids import EventId, UserId
from bridge.services.answers import answer
from bridge.services.invitations.invitations import Guest
from bridge.services.reminders.own import OwnReminders
from bridge.services.reminders.people import unanswered
from bridge.services.reminders.salon import SalonReminders
from bridge.services.timebox import arm
from tests.services.databases import ON_BOTH
from tests.services.house import ALICE, BOB, HOUR, MINUTE, SALON, START, House, said

LATER = START + 3 * HOUR
LEAD = timedelta(minutes=10)
JEAN = Guest("Jean Dupont", "jean@partenaire.example")
LEA = Guest("Léa Roux", "lea@partenaire.example")


def at_kind(planned: dict[tuple[Kind, str], datetime], kind: Kind) -> list[datetime]:
    return sorted(at for (one, _), at in planned.items() if one is kind)


async def reminded(house: House, user: UserId = ALICE, **wanted: object) -> Reminder:
    """Set a reminder of the meeting."""
    _, occurrence = await house.of()
    async with house.store() as work:
        found = await OwnReminders(house.tools).set(work, occurrence, user, **wanted)  # type: ignore[arg-type]
    assert found is not None
    return found


async def moved(house: House, start: datetime) -> Occurrence:
    """Move the meeting, as the command for it does."""
    _, occurrence = await house.of()
    later = occurrence.moved(start, start + HOUR)
    async with house.store() as work:
        await work.meetings.save_occurrence(later)
        await arm(work, later, house.policy, house.clock.now())
    return later


async def chosen(house: House, minutes: int | None) -> None:
    async with house.store() as work:
        salon = Salon(id=SALON, remind=minutes)
        await SalonReminders(house.tools).choose(work, salon)


async def answered(house: House, **answers: Answer) -> Occurrence:
    """Answer about the meeting: `bob=Answer.YES`."""
    _, occurrence = await house.of()
    async with house.store() as work:
        for name, said_so in answers.items():
            who = UserId(f"@{name}:agent.tchap")
            await answer(work, occurrence, who, said_so, house.clock.now())
    return occurrence


class TestSalon:
    async def test_is_reminded_ten_minutes_before_in_answer_to_the_card(self, house: House):
        meeting, occurrence = await house.met(start=LATER)
        colleagues = (Colleague(BOB, "Bob"), Colleague(None, "Zoé", "zoe@agent.example"))
        async with house.store() as work:
            named = replace(occurrence, colleagues=colleagues, card=EventId("$card"))
            await work.meetings.save_occurrence(named)
        await house.shown()
        card = (await house.of())[1].card
        await house.run_until(LATER - LEAD - timedelta(seconds=1))
        assert await house.messages("reminder.salon") == []
        await house.run_until(LATER - LEAD)
        (notice,) = await house.messages("reminder.salon")
        assert isinstance(notice, Notice)
        assert notice.mentions == (ALICE, BOB), "and nobody else"
        assert notice.reply_to == card is not None
        assert notice.thread == meeting.thread
        await house.run_until(LATER + 2 * HOUR)
        assert len(await house.messages("reminder.salon")) == 1

    async def test_mentions_who_comes_and_not_who_does_not(self, house: House):
        _, occurrence = await house.met(start=LATER)
        async with house.store() as work:
            named = replace(occurrence, colleagues=(Colleague(BOB, "Bob"),))
            await work.meetings.save_occurrence(named)
        yes, maybe, no = Answer.YES, Answer.MAYBE, Answer.NO
        await answered(house, zoe=yes, yves=maybe, eve=no, bob=no)
        await house.run_until(LATER - LEAD)
        (notice,) = await house.messages("reminder.salon")
        assert isinstance(notice, Notice)
        assert notice.mentions == (ALICE, "@zoe:agent.tchap")

    async def test_a_meeting_at_once_or_soon_has_none(self, house: House):
        await house.met(start=None)
        await house.met("soon", start=START + 9 * MINUTE)
        assert at_kind(await house.planned(), Kind.RECALL) == []

    @pytest.mark.parametrize(("minutes", "lead"), [(0, 0), (30, 30), (None, 10)])
    async def test_chooses_when(self, house: House, minutes: int | None, lead: int):
        await house.met(start=LATER)
        await chosen(house, minutes)
        assert at_kind(await house.planned(), Kind.RECALL) == [LATER - lead * MINUTE]

    async def test_chooses_none(self, house: House):
        await house.met(start=LATER)
        await chosen(house, NEVER)
        await house.met("later", start=LATER)
        assert at_kind(await house.planned(), Kind.RECALL) == []
        await house.run_until(LATER)
        assert await house.messages("reminder.salon") == []

    async def test_follows_a_move(self, house: House):
        await house.met(start=LATER)
        await moved(house, LATER + HOUR)
        assert at_kind(await house.planned(), Kind.RECALL) == [LATER + HOUR - LEAD]
        await house.run_until(LATER)
        assert await house.messages("reminder.salon") == []
        await moved(house, LATER + 5 * MINUTE)
        assert at_kind(await house.planned(), Kind.RECALL) == [], "too near for one"

    async def test_is_not_reminded_of_a_cancelled_meeting(self, house: House):
        _, occurrence = await house.met(start=LATER)
        async with house.store() as work:
            ended = await house.meetings.end(work, occurrence)
        planned = await house.planned()
        assert at_kind(planned, Kind.RECALL) == at_kind(planned, Kind.INSPECT) == []
        async with house.store() as work:
            await house.meetings.extend(work, ended, timedelta())
        assert at_kind(await house.planned(), Kind.RECALL) == [LATER - LEAD]

    async def test_a_late_one_says_so_and_one_too_late_is_dropped_and_counted(self, house: House):
        await house.met(start=LATER)
        house.clock.at = LATER + 2 * MINUTE
        _, occurrence = await house.of()
        async with house.store() as work:  # a change that moves nothing keeps what is overdue
            await arm(work, occurrence, house.policy, house.clock.now())
        await house.run_due()
        (late,) = await house.sentences("reminder.salon-late")
        assert late.parameters["late"] == {"$span": 720.0}
        await house.met("next", start=LATER + HOUR)
        house.clock.at = LATER + 2 * HOUR
        await house.run_due()
        assert len(await house.sentences("reminder.salon-late")) == 1
        assert _counted(house, "salon", "dropped") == 1
        assert _counted(house, "salon", "late") == 1


class TestOwn:
    async def test_comes_once_by_direct_message(self, house: House):
        await house.met(start=LATER)
        await reminded(house, BOB, before=15 * MINUTE)
        await house.run_until(LATER)
        (own,) = await house.sentences("reminder.own")
        assert own.to == ToPerson(user=BOB)
        assert own.mentions == (BOB,)
        await house.run_until(LATER + 2 * HOUR)
        assert len(await house.sentences("reminder.own")) == 1

    async def test_a_relative_one_follows_a_move_and_another_stays_and_says_so(self, house: House):
        await house.met(start=LATER)
        await reminded(house, before=15 * MINUTE)
        await reminded(house, at=LATER - HOUR)
        await moved(house, LATER + HOUR)
        assert at_kind(await house.planned(), Kind.REMIND) == [
            LATER - HOUR,
            LATER + HOUR - 15 * MINUTE,
        ]
        await house.run_until(LATER - HOUR)
        (stayed,) = await house.sentences("reminder.own")
        assert "reminder.moved" in str(stayed.parameters["notes"])
        await house.run_until(LATER + HOUR)
        (_, followed) = await house.sentences("reminder.own")
        assert "reminder.moved" not in str(followed.parameters["notes"])

    async def test_comes_again_for_a_meeting_that_is_put_off_after_it(self, house: House):
        await house.met(start=LATER)
        await reminded(house, before=15 * MINUTE)
        await house.run_until(LATER - 14 * MINUTE)
        await moved(house, LATER + HOUR)
        await house.run_until(LATER + HOUR)
        assert len(await house.sentences("reminder.own")) == 2

    async def test_comes_at_once_if_the_meeting_is_moved_nearer_than_that(self, house: House):
        await house.met(start=LATER)
        await reminded(house, before=HOUR)
        await moved(house, START + 30 * MINUTE)
        await house.run_due()
        (own,) = await house.sentences("reminder.own")
        assert own.parameters["begins"]["facts"]["left"] == {"$span": 1800.0}  # type: ignore[index, call-overload]

    async def test_none_for_a_cancelled_meeting(self, house: House):
        _, occurrence = await house.met(start=LATER)
        await reminded(house, before=HOUR)
        async with house.store() as work:
            await house.meetings.end(work, occurrence)
        assert at_kind(await house.planned(), Kind.REMIND) == []
        await house.run_until(LATER)
        assert await house.sentences("reminder.own") == []

    async def test_tells_the_organiser_alone_who_has_not_answered(self, house: House):
        meeting, occurrence = await house.met(start=LATER)
        zoe = UserId("@zoe:agent.tchap")
        async with house.store() as work:
            colleagues = (Colleague(BOB, "Bob"), Colleague(zoe, "Zoé"))
            await work.meetings.save_occurrence(replace(occurrence, colleagues=colleagues))
        occurrence = await answered(house, zoe=Answer.MAYBE)
        async with house.store() as work:
            assert await unanswered(work, meeting, occurrence) == [ALICE, BOB]
        await reminded(house, ALICE, before=15 * MINUTE)
        await reminded(house, BOB, before=15 * MINUTE)
        await house.run_until(LATER)
        notes = {
            one.to.confidant: [
                note["facts"]["people"]  # type: ignore[index, call-overload]
                for note in one.parameters["notes"]  # type: ignore[union-attr]
                if note["$phrase"] == "reminder.silent"  # type: ignore[index, call-overload]
            ]
            for one in await house.sentences("reminder.own")
        }
        assert notes == {ALICE: [people([BOB])], BOB: []}

    async def test_is_refused_after_its_moment(self, house: House):
        _, occurrence = await house.met(start=START + 30 * MINUTE)
        own = OwnReminders(house.tools)
        async with house.store() as work:
            assert await own.set(work, occurrence, BOB, before=HOUR) is None
            assert await own.set(work, occurrence, BOB, at=START) is None
            assert await own.set(work, occurrence, BOB, at=occurrence.end) is None

    async def test_asked_for_twice_is_one(self, house: House):
        await house.met(start=LATER)
        assert await reminded(house, before=HOUR) == await reminded(house, before=HOUR)

    async def test_so_many_and_no_more(self, house: House):
        house.choose(limits=replace(house.policy.limits, reminders=2))
        await house.met(start=LATER)
        await reminded(house, before=HOUR)
        await reminded(house, before=2 * HOUR)
        with pytest.raises(LimitReached):
            await reminded(house, before=10 * MINUTE)
        await reminded(house, BOB, before=10 * MINUTE)

    async def test_thirty_at_once_for_one_person(self, house: House):
        for number in range(30):
            _, occurrence = await house.met(f"r{number}", start=LATER)
            async with house.store() as work:
                await OwnReminders(house.tools).set(work, occurrence, BOB, before=15 * MINUTE)
        await house.run_until(LATER)
        assert len(await house.sentences("reminder.own")) == 30

    @ON_BOTH
    async def test_several_workers_at_once_send_each_once(self, house: House):
        await house.met(start=LATER)
        users = [UserId(f"@agent-{number}:agent.tchap") for number in range(120)]
        mine = [await reminded(house, one, before=15 * MINUTE) for one in users]
        house.clock.at = LATER - 15 * MINUTE
        send = OwnReminders(house.tools).send
        dues = [Due(Kind.REMIND, str(one.id), one.at) for one in mine]
        await asyncio.gather(*(send(due) for due in dues), *(send(due) for due in reversed(dues)))
        told = [one.to.confidant for one in await house.sentences("reminder.own")]
        assert sorted(map(str, told)) == sorted(users)
        assert at_kind(await house.planned(), Kind.REMIND) == []

    async def test_after_a_failure_each_is_sent_alone(self, house: House):
        await house.met(start=LATER)
        first = await reminded(house, ALICE, before=15 * MINUTE)
        await reminded(house, BOB, before=15 * MINUTE)
        house.clock.at = LATER - 15 * MINUTE
        due = Due(Kind.REMIND, str(first.id), first.at, attempts=1)
        await OwnReminders(house.tools).send(due)
        (own,) = await house.sentences("reminder.own")
        assert own.to == ToPerson(user=ALICE)

    async def test_late_says_so_and_too_late_is_dropped_and_counted(self, house: House):
        await house.met(start=LATER)
        await reminded(house, before=15 * MINUTE)
        await reminded(house, before=HOUR)
        house.clock.at = LATER - 3 * MINUTE
        await house.run_due()
        (own,) = await house.sentences("reminder.own")
        assert {"$span": 720.0} in [
            one["facts"].get("late")  # type: ignore[index, call-overload, union-attr]
            for one in own.parameters["notes"]  # type: ignore[union-attr]
        ]
        assert _counted(house, "own", "dropped") == _counted(house, "own", "late") == 1

    async def test_snoozed_it_comes_again_once(self, house: House):
        await house.met(start=LATER)
        mine = await reminded(house, before=15 * MINUTE)
        await house.run_until(LATER - 15 * MINUTE)
        await house.shown()
        event = await house.event_of(mine.cause)
        own = OwnReminders(house.tools)
        async with house.store() as work:
            assert await own.concerns(work, event)
            assert await own.replied(work, event, BOB) is None, "another's"
            found = await own.replied(work, event, ALICE)
            assert found is not None
            at = await own.snooze(work, found[0], found[2], 5 * MINUTE)
        assert at == LATER - 10 * MINUTE
        await house.run_until(LATER)
        assert len(await house.sentences("reminder.own")) == 1

    async def test_in_the_agents_own_zone(self, house: House):
        await house.met(start=LATER)
        async with house.store() as work:
            await work.agents.save(Agent(user=BOB, name="Bob", identity=None, seen_at=START))
            await work.agents.choose_zone(BOB, "Indian/Reunion")
            await work.agents.save(Agent(user=BOB, name="Bob", identity=None, seen_at=LATER))
        await reminded(house, BOB, before=HOUR)
        await reminded(house, before=HOUR)
        await house.run_until(LATER)
        zones = {
            str(one.to.confidant): one.parameters["when"]["zone"]  # type: ignore[index, call-overload]
            for one in await house.sentences("reminder.own")
        }
        assert zones == {BOB: "Indian/Reunion", ALICE: "Europe/Paris"}

    async def test_over_a_change_of_clocks_lengths_are_real(self, house: House):
        """Paris, 28 March 2027: 02:00 does not exist, and an hour before 03:30 is 01:30."""
        start = datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
        await house.met(start=start)
        mine = await reminded(house, before=HOUR)
        assert mine.at == datetime(2027, 3, 28, 0, 30, tzinfo=UTC)


def _counted(house: House, kind: str, outcome: str) -> float:
    labels = {"kind": kind, "outcome": outcome}
    return house.metrics.registry.get_sample_value("parvis_reminders_total", labels) or 0


class TestProblems:
    """Fifteen minutes before, the organiser alone reads what is wrong."""

    async def told(self, house: House) -> list[str]:
        """Return the problems that the organiser reads."""
        await house.run_until(LATER)
        found = await house.sentences("reminder.problems")
        assert [one.to for one in found] == [ToPerson(user=ALICE)] * len(found)
        rows = [row for one in found for row in one.parameters["rows"]]  # type: ignore[union-attr]
        return [str(row["$phrase"]).removeprefix("reminder.problem.") for row in rows]  # type: ignore[index, call-overload]

    async def test_nothing_wrong_no_message(self, house: House):
        await house.met(start=LATER)
        await house.invited(JEAN)
        assert await self.told(house) == []

    async def test_no_room(self, house: House):
        house.visio.troubles.append(VisioUnknownAgent())
        await house.met(start=LATER)
        assert await self.told(house) == ["no-room"]

    async def test_a_link_that_closes_before_the_end(self, house: House):
        await house.met(start=LATER)
        await house.invited(JEAN, until=LATER + 20 * MINUTE)
        assert await self.told(house) == ["until"]
        (one,) = await house.sentences("reminder.problems")
        assert one.parameters["rows"][0]["facts"]["minutes"] == 40  # type: ignore[index, call-overload]

    async def test_a_link_that_was_withdrawn_or_covers_it_all_is_none(self, house: House):
        await house.met(start=LATER)
        await house.invited(JEAN, until=LATER + HOUR)
        (other,) = await house.invited(LEA, event="other", until=LATER + MINUTE)
        _, occurrence = await house.of()
        async with house.store() as work:
            await house.invitations.revoke(work, occurrence, [other.invitation])
        assert await self.told(house) == []

    async def test_a_mail_that_was_refused_and_one_that_was_given_up(self, house: House):
        await house.met(start=LATER)
        house.post.troubles.append(MailRefused())
        await house.invited(JEAN)
        await house.run_due()
        house.post.troubles.extend([MailUnconfirmed()] * 3)
        await house.invited(LEA, event="other")
        assert await self.told(house) == ["mail", "mail"]

    async def test_a_refused_mail_that_was_sent_again_is_none(self, house: House):
        await house.met(start=LATER)
        house.post.troubles.append(MailRefused())
        await house.invited(JEAN)
        await house.run_due()
        await house.invited(JEAN, event="again")
        assert await self.told(house) == []

    async def test_a_salon_that_admits_and_where_nobody_reads_us(self, house: House):
        house.choose(mode=LIVEKIT)
        await house.met(start=LATER)
        await house.invited(JEAN)
        async with house.store() as work:
            await work.once.claim(f"unshown:{SALON}", START, unless_after=START)
        assert await self.told(house) == ["unheard"]

    async def test_after_the_start_it_is_dropped_and_counted(self, house: House):
        await house.met(start=LATER)
        await house.invited(JEAN, until=LATER + MINUTE)
        house.clock.at = LATER
        await house.run_due()
        assert await house.sentences("reminder.problems") == []
        assert _counted(house, "problems", "dropped") == 1


async def test_a_meeting_without_a_salon_reminds_its_organiser_alone(house: House):
    await house.asked(said(direct=True), start=LATER)
    _, occurrence = await house.of()
    async with house.store() as work:
        meeting = await work.meetings.get(occurrence.meeting)
        assert meeting is not None
        await work.meetings.save(replace(meeting, salon=None))
    await house.run_until(LATER)
    (notice,) = await house.sentences("reminder.salon")
    assert notice.to == ToPerson(user=ALICE)
