"""The calendar file of guests' mails: one UID, a SEQUENCE that never falls, somebody who answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
import pytest_asyncio

from bridge.domain.admission import LIVEKIT, REDIRECT, AdmissionMode
from bridge.domain.answer import Answer
from bridge.domain.invitation import Standing
from bridge.domain.mail import Mail, MailKind, sequence_of
from bridge.errors import MailUnconfirmed
from bridge.ids import InvitationId, MailId, OccurrenceId
from bridge.mail.invite import invitation_letter
from bridge.services.answers import answer, of_occurrence
from bridge.services.invitations.drafts import InvitationFacts
from bridge.services.invitations.invitations import Guest
from bridge.services.news import tell_guests
from bridge.services.visits.coming import Coming
from tests.doubles.ports import Forestalled
from tests.services.house import ALICE, BOB, HOUR, MINUTE, START, House, said
from tests.unit.bridge.calendars.ics import opened
from tests.unit.bridge.mail.kit import SENDER
from tests.wiring import letters, minter

LEA = Guest("Léa Roux", "lea@partenaire.example")


@pytest_asyncio.fixture(loop_scope="session")
async def met(house: House) -> House:
    """A meeting in five hours, with one guest who has their mail."""
    await house.met(start=START + 5 * HOUR)
    await house.invited(LEA)
    await house.run_due()
    return house


async def extended(house: House, by: timedelta = HOUR) -> None:
    async with house.store() as work:
        await house.meetings.extend(work, (await house.of())[1], by)
    await later(house)


async def cancelled(house: House) -> None:
    async with house.store() as work:
        await house.meetings.end(work, (await house.of())[1])
    await later(house)


async def moved(house: House, start: datetime, *, tells: bool = True) -> None:
    async with house.store() as work:
        _, occurrence = await house.of()
        other = occurrence.moved(start, start + (occurrence.end - occurrence.start))
        await work.meetings.save_occurrence(other)
        await tell_guests(work, other, house.tools.now())
    if tells:
        await later(house)


async def later(house: House) -> None:
    await house.run_until(house.clock.now() + 5 * MINUTE)


async def mails(house: House) -> Sequence[Mail]:
    (guest,) = await house.guests()
    async with house.store.reading() as work:
        return await work.mails.to([guest.id])


def sequences(house: House) -> list[tuple[MailKind, int]]:
    """Return the kind and the SEQUENCE of each mail that was made."""
    return [(one.kind, one.event.sequence) for one in house.composed if one.event is not None]


def last(house: House) -> InvitationFacts:
    return house.composed[-1]


async def test_the_event_is_the_meeting_in_wall_time(met: House):
    (guest,) = await met.guests()
    event = last(met).event
    assert event is not None
    assert event.uid == f"{guest.id}@{last(met).message_id.rpartition('@')[2][:-1]}"
    assert (event.start.isoformat(), event.zone) == ("2026-12-01T15:00:00", "Europe/Paris")
    assert (event.recurrence, event.original, event.sequence) == (None, None, 0)
    (sent,) = met.post.sent
    assert [one.method for one in sent.calendars] == ["REQUEST"]


async def test_the_pages_file_has_the_sequence_of_the_last_mail_that_left(met: House):
    """Else the guest's calendar takes the mail's event for an older one, or the page's."""
    (guest,) = await met.guests()
    code = minter().code(guest.id, guest.number, guest.key)
    lea = await met.admissions.enter(code, name="Léa", language="fr")
    assert lea is not None
    coming = Coming(tools=met.tools, minter=minter(), door="https://parvis.example", domain="x")

    async def sequence() -> int:
        dated = await coming.dated(lea.visit, lea.secret)
        assert dated is not None
        return dated.event.sequence

    assert await sequence() == 0
    await extended(met)
    await extended(met)
    assert await sequence() == 2
    await moved(met, START + 7 * HOUR, tells=False)
    assert await sequence() == 2, "nothing has left"
    assert await coming.dated(lea.visit, "x" * 22) is None


@pytest.mark.parametrize(
    ("mode", "stands"), [(LIVEKIT, Standing.WAITING), (REDIRECT, Standing.OPEN)]
)
async def test_who_is_at_the_door_may_still_answer_and_have_the_file(
    met: House, mode: AdmissionMode, stands: Standing
):
    met.choose(mode=mode)
    (guest,) = await met.guests()
    code = minter().code(guest.id, guest.number, guest.key)
    lea = await met.admissions.enter(code, name="Léa", language="fr")
    assert lea is not None
    met.clock.at = START + 5 * HOUR
    view = await met.admissions.arrive(lea.visit, lea.secret)
    assert view is not None
    assert view.standing is stands
    coming = Coming(tools=met.tools, minter=minter(), door="https://parvis.example", domain="x")
    assert await coming.dated(lea.visit, lea.secret) is not None
    assert not await coming.say(lea.visit, "x" * 22, Answer.NO)
    assert await coming.say(lea.visit, lea.secret, Answer.YES)
    _, occurrence = await met.of()
    async with met.store.reading() as work:
        assert [one.answer for one in await work.answers.of_occurrence(occurrence.id)] == [
            Answer.YES
        ]


async def test_no_answer_is_kept_of_a_visit_that_goes_at_this_moment(met: House):
    (guest,) = await met.guests()
    code = minter().code(guest.id, guest.number, guest.key)
    lea = await met.admissions.enter(code, name="Léa", language="fr")
    assert lea is not None

    async def replaced() -> None:
        async with met.store() as work:
            await work.visits.invalidate(guest.id)

    met.wire(Forestalled(met.store, replaced))
    coming = Coming(tools=met.tools, minter=minter(), door="https://parvis.example", domain="x")
    assert await coming.say(lea.visit, lea.secret, Answer.YES)
    _, occurrence = await met.of()
    async with met.store.reading() as work:
        assert list(await work.answers.of_occurrence(occurrence.id)) == []


async def test_it_rises_with_each_change_and_never_falls(met: House):
    await extended(met)
    await cancelled(met)
    await extended(met)
    await moved(met, START + 7 * HOUR)
    assert sequences(met) == [
        (MailKind.INVITATION, 0),
        (MailKind.CHANGE, 1),
        (MailKind.CANCELLATION, 2),
        (MailKind.REOPENING, 3),
        (MailKind.MOVED, 4),
    ]
    assert len({one.event.uid for one in met.composed if one.event}) == 1
    assert {one.sequence for one in await mails(met)} == {0, 1, 2, 3, 4}
    assert [one.calendars[0].method for one in met.post.sent] == [
        "REQUEST",
        "REQUEST",
        "CANCEL",
        "REQUEST",
        "REQUEST",
    ]


async def test_sent_again_for_a_person_it_says_the_same_in_another_message(met: House):
    await later(met)
    await met.invited(LEA, event="again")
    await later(met)
    assert sequences(met) == [(MailKind.INVITATION, 0)] * 2
    first, second = met.composed
    assert first.message_id != second.message_id
    assert first.made_at != second.made_at


async def test_another_link_is_another_place(met: House):
    guests = await met.guests()
    async with met.store() as work:
        await met.invitations.revoke(work, (await met.of())[1], guests)
    await met.invited(LEA, event="again")
    await later(met)
    assert sequences(met)[-1] == (MailKind.INVITATION, 1)
    assert met.composed[0].link != last(met).link


async def test_an_answer_that_is_lost_changes_nothing(house: House):
    await house.met(start=START + 5 * HOUR)
    await house.invited(LEA)
    house.post.troubles.append(MailUnconfirmed())
    await house.run_due()
    await house.run_until(START + HOUR)
    first, second = house.composed
    assert first.message_id == second.message_id
    assert sequences(house) == [(MailKind.INVITATION, 0)] * 2
    (mail,) = await mails(house)
    assert (mail.sequence, mail.sent_at is not None) == (0, True)


async def test_a_lost_change_is_told_again_as_it_was_or_as_a_newer_one(met: House):
    met.post.troubles.append(MailUnconfirmed())
    await moved(met, START + 7 * HOUR)
    await moved(met, START + 8 * HOUR)
    await met.run_until(START + 2 * HOUR)
    assert sequences(met) == [
        (MailKind.INVITATION, 0),
        (MailKind.MOVED, 1),
        (MailKind.MOVED, 2),
    ]
    newest = last(met)
    assert newest.before == (START + 7 * HOUR, START + 8 * HOUR)


async def test_the_mail_that_leaves_has_the_event_of_the_database(house: House):
    compose = partial(invitation_letter, sender=SENDER)
    house.letters = letters(house.tools, house.post, compose, identities=house.identities)
    await house.met(start=START + 5 * HOUR)
    await house.invited(LEA)
    await house.run_due()
    await moved(house, START + 7 * HOUR)
    await cancelled(house)
    first, second, third = (opened(one.calendars[0].content) for one in house.post.sent)
    assert [one["METHOD"] for one in (first, second, third)] == ["REQUEST", "REQUEST", "CANCEL"]
    known = [one.events[0] for one in (first, second, third)]
    assert [int(one["SEQUENCE"]) for one in known] == [0, 1, 2]
    assert [one.start for one in known] == [START + n * HOUR for n in (5, 7, 7)]
    assert len({str(one["UID"]) for one in known}) == 1
    assert len({one["DTSTAMP"].dt for one in known}) == 3
    assert str(known[0]["ORGANIZER"]) == "mailto:alice@beta.gouv.fr"
    assert str(known[0]["ATTENDEE"]) == f"mailto:{LEA.email}"


class TestMoved:
    async def test_the_old_and_the_new_time_are_told(self, met: House):
        await moved(met, START + 7 * HOUR)
        told = last(met)
        assert (told.kind, told.start) == (MailKind.MOVED, START + 7 * HOUR)
        assert told.before == (START + 5 * HOUR, START + 6 * HOUR)
        assert told.link == met.composed[0].link

    async def test_moved_and_back_within_a_minute_is_told_to_nobody(self, met: House):
        await moved(met, START + 7 * HOUR, tells=False)
        await moved(met, START + 5 * HOUR)
        assert [one.kind for one in met.composed] == [MailKind.INVITATION]

    async def test_moved_to_an_earlier_time_it_is_not_said_to_last_longer(self, met: House):
        await moved(met, START + 4 * HOUR)
        assert last(met).kind is MailKind.MOVED

    async def test_moved_twice_within_a_minute_is_one_mail(self, met: House):
        await moved(met, START + 7 * HOUR, tells=False)
        await moved(met, START + 8 * HOUR)
        assert [one.kind for one in met.composed] == [MailKind.INVITATION, MailKind.MOVED]
        assert last(met).before == (START + 5 * HOUR, START + 6 * HOUR)

    async def test_cancelled_at_another_time_only_the_cancellation_is_told(self, met: House):
        await moved(met, START + 7 * HOUR, tells=False)
        await cancelled(met)
        assert [one.kind for one in met.composed] == [MailKind.INVITATION, MailKind.CANCELLATION]


class TestOrganizer:
    async def test_it_is_the_organiser_not_whoever_invites(self, house: House):
        await house.met(start=START + 5 * HOUR)
        async with house.store() as work:
            cause = said("bob", by=BOB)
            await house.invitations.invite(work, cause, await house.of(), [LEA])
        await house.run_due()
        assert last(house).organizer == "alice@beta.gouv.fr"
        assert last(house).address == "bob@beta.gouv.fr"

    @pytest.mark.parametrize("hidden", [False, True])
    async def test_without_one_that_guests_may_read_it_is_the_operators(
        self, house: House, hidden: bool
    ):
        house.organizer = "reunions@beta.gouv.fr"
        if hidden:
            house.shows_organiser = False
        else:
            house.identities.emails.pop(ALICE)
        house.wire(house.store)
        await house.met(start=START + 5 * HOUR)
        await house.invited(LEA)
        await house.run_due()
        assert (last(house).organizer, last(house).organizer_name) == ("reunions@beta.gouv.fr", "")

    @pytest.mark.parametrize("hidden", [False, True])
    async def test_a_box_that_we_read_is_for_all(self, house: House, hidden: bool):
        house.shows_organiser, house.answers_to = not hidden, "reponses@parvis.example"
        house.wire(house.store)
        await house.met(start=START + 5 * HOUR)
        await house.invited(LEA)
        await house.run_due()
        assert last(house).organizer == "reponses@parvis.example"
        assert last(house).address == ("" if hidden else "alice@beta.gouv.fr")

    async def test_without_any_there_is_no_file_and_none_is_cancelled(self, house: House):
        house.shows_organiser = False
        house.wire(house.store)
        await house.met(start=START + 5 * HOUR)
        await house.invited(LEA)
        await house.run_due()
        await cancelled(house)
        assert [one.calendars for one in house.post.sent] == [(), ()]
        assert last(house).event is None  # of the cancellation
        assert [one.sequence for one in await mails(house)] == [None, None]


class TestAnswers:
    async def test_what_a_guest_answered_is_kept_until_the_time_changes(self, met: House):
        (guest,) = await met.guests()
        async with met.store() as work:
            _, occurrence = await met.of()
            assert await answer(work, occurrence, guest.id, Answer.NO, met.tools.now())
            assert await answer(work, occurrence, guest.id, Answer.YES, met.tools.now())
            assert not await answer(work, occurrence, guest.id, Answer.YES, met.tools.now())
            assert await answer(work, occurrence, BOB, Answer.MAYBE, met.tools.now())
            known = await of_occurrence(work, occurrence.id)
        assert {(one.who, one.answer) for one in known} == {
            (guest.id, Answer.YES),
            (BOB, Answer.MAYBE),
        }
        await extended(met)
        assert last(met).answer is Answer.YES
        await moved(met, START + 8 * HOUR)
        assert last(met).answer is None

    async def test_they_are_erased_with_the_guests(self, met: House):
        async with met.store() as work:
            _, occurrence = await met.of()
            await answer(work, occurrence, BOB, Answer.MAYBE, met.tools.now())
        await met.run_until(START + timedelta(days=9))
        async with met.store() as work:
            assert await of_occurrence(work, occurrence.id) == []


def told(sequence: int | None, said_: str, **changes: object) -> Mail:
    mail = Mail(
        id=MailId(UUID(int=(sequence or 0) + 1)),
        invitation=InvitationId(UUID(int=1)),
        number=0,
        asked_at=START,
        sent_at=START + (sequence or 0) * MINUTE,
        sequence=sequence,
        fingerprint=said_,
    )
    return replace(mail, **changes)  # type: ignore[arg-type]


DATE = OccurrenceId(UUID(int=7))


@pytest.mark.parametrize(
    ("known", "about", "number"),
    [
        ([], None, 0),
        ([told(None, "a")], None, 0),
        ([told(0, "a")], None, 0),
        ([told(0, "b")], None, 1),
        ([told(0, "a"), told(1, "b")], None, 2),  # back to what it was is a change too
        ([told(0, "a"), told(1, "b", sent_at=None)], None, 0),  # nobody has it
        ([told(0, "b"), told(1, "a", sent_at=None, offered_at=START)], None, 1),  # perhaps
        ([told(4, "a")], DATE, 5),  # the series, and now one date of it
        ([told(4, "a"), told(5, "a", occurrence=DATE)], DATE, 5),
        ([told(4, "a"), told(5, "a", occurrence=DATE)], None, 6),
    ],
)
def test_the_number_is_higher_than_any_unless_the_same_was_said_last(
    known: list[Mail], about: OccurrenceId | None, number: int
):
    assert sequence_of(known, about, "a") == number
