"""A guest's calendar proposes another time, and 📅 moves the meeting there."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.agenda import Due, Kind
from bridge.domain.counter import Proposal, beginning, proposal_due, proposal_of
from bridge.domain.event import uid_of
from bridge.errors import MailError, MailRefused, MailUnconfirmed, MailUnreachable
from bridge.ids import EventId, InvitationId, OccurrenceId, SalonId, uuid7
from bridge.mail.headers import mailbox, message
from bridge.ports import CalendarFile
from bridge.services.incoming.wire import PostOffice, postmaster_of
from tests.doubles.account import Sent
from tests.doubles.ports import FakeLetterbox, Killed, MortalWorks
from tests.services.house import ALICE, BOB, HOUR, MINUTE, START
from tests.unit.bot.office import PAUL, Office
from tests.unit.bridge.mail.arriving import READING, calendar, mailed
from tests.wiring import MAIL_DOMAIN


async def proposed(office: Office, salon: SalonId | None = None) -> EventId:
    """Have Alice meet Léa in five hours, and Léa propose another time; return our message."""
    house = office.house
    where = {} if salon is None else {"salon": salon}
    await office.says("!visio demain 10h Budget", **where)
    await office.says(
        "!visio inviter Léa Roux <lea@partenaire.example>", "i", reply_to="$ask", **where
    )
    (guest,) = await house.guests()
    text = calendar(
        "COUNTER",
        f"UID:{uid_of(guest.id, MAIL_DOMAIN)}",
        "SEQUENCE:0",
        "DTSTART;TZID=Europe/Paris:20261203T150000",
        "DTEND;TZID=Europe/Paris:20261203T163000",
        "ATTENDEE:mailto:lea@partenaire.example",
    )
    box = FakeLetterbox()
    box.receive(mailed(text))
    office_of_mails = PostOffice(box=box, reader=READING, every=MINUTE, domain=MAIL_DOMAIN)
    await postmaster_of(house.tools, office_of_mails).look(house.clock.now())
    await office.flush()
    return next(one.event for one in office.account.sent if "propose un autre" in told(one))


def told(one: Sent) -> str:
    return "" if one.kind == "m.reaction" else one.body


def declines(office: Office) -> list[CalendarFile]:
    """Return the files of mails that a proposal is not taken."""
    files = [one for letter in office.house.post.sent for one in letter.calendars]
    return [one for one in files if one.method == "DECLINECOUNTER"]


def lines(file: CalendarFile) -> list[str]:
    return file.content.decode().replace("\r\n ", "").splitlines()


def test_a_row_of_the_agenda_says_which_proposal_it_is():
    wish = Proposal(
        invitation=InvitationId(uuid7(START)),
        occurrence=OccurrenceId(uuid7(START)),
        version=3,
        start=START,
        length=HOUR,
        sequence=7,
    )
    assert proposal_due(wish.due) == wish
    assert proposal_of(wish.key) == wish
    assert wish.due.startswith(beginning(wish.occurrence, wish.invitation))
    assert proposal_due("x") is None


async def starts(office: Office) -> tuple[datetime, timedelta]:
    _, occurrence = await office.house.of()
    return occurrence.wall_start, occurrence.end - occurrence.start


MOVED = (datetime(2026, 12, 3, 15), timedelta(minutes=90))


async def test_its_salon_reads_who_wants_which_time(office: Office):
    await proposed(office)
    body = (
        next(one for one in office.bodies() if "propose" in one)
        .replace("\u00a0", " ")
        .replace("\u202f", " ")
    )
    assert body.startswith("Léa Roux propose un autre horaire pour Budget")
    assert "jeudi 3 décembre" in body
    assert "15h00" in body
    assert "📅" in body


async def test_a_steward_takes_it(office: Office):
    notice = await proposed(office)
    await office.reacts(notice, "📅", sender=ALICE)
    assert await starts(office) == MOVED
    assert "est déplacée" in office.bodies()[-1]
    await office.house.run_until(START + HOUR)
    assert len(office.house.post.sent) == 2
    assert office.house.composed[-1].before is not None


@pytest.mark.parametrize("sender", [BOB, PAUL])
async def test_others_do_not(office: Office, sender: str):
    notice = await proposed(office)
    await office.reacts(notice, "📅", sender=sender)
    assert (await starts(office))[0] == datetime(2026, 12, 2, 10)


async def test_it_can_be_taken_back(office: Office):
    notice = await proposed(office)
    await office.reacts(notice, "📅", sender=ALICE)
    await office.says("!visio rétablir", "back")
    assert (await starts(office))[0] == datetime(2026, 12, 2, 10)


async def test_after_another_change_it_is_void(office: Office):
    notice = await proposed(office)
    await office.says("!visio déplacer à 11h", "m", reply_to="$ask")
    await office.reacts(notice, "📅", sender=ALICE)
    assert (await starts(office))[0] == datetime(2026, 12, 2, 11)
    assert "a changé depuis" in office.bodies()[-1]


async def test_twice_is_once(office: Office):
    notice = await proposed(office)
    await office.reacts(notice, "📅", "r1", sender=ALICE)
    await office.reacts(notice, "📅", "r2", sender=ALICE)
    assert await starts(office) == MOVED


async def test_on_another_message_it_means_nothing(office: Office):
    await proposed(office)
    await office.reacts(EventId("$ask"), "📅", sender=ALICE)
    assert (await starts(office))[0] == datetime(2026, 12, 2, 10)


class TestRefused:
    """The guest reads that their time is not taken, once."""

    async def test_by_a_reaction(self, office: Office):
        office.house.answers_to = "reponses@parvis.example"
        office.wire(office.house.store)
        notice = await proposed(office)
        await office.reacts(notice, "❌", sender=ALICE)
        (file,) = declines(office)
        said = lines(file)
        (guest,) = await office.house.guests()
        assert "METHOD:DECLINECOUNTER" in said
        assert f"UID:{uid_of(guest.id, MAIL_DOMAIN)}" in said
        assert "SEQUENCE:0" in said
        assert any(one.startswith("DTSTAMP:") for one in said)
        organizer = next(one for one in said if one.startswith("ORGANIZER"))
        assert organizer.endswith(":mailto:reponses@parvis.example")
        attendee = next(one for one in said if one.startswith("ATTENDEE"))
        assert attendee.endswith(":mailto:lea@partenaire.example")
        assert "RSVP" not in attendee
        letter = office.house.post.sent[-1]
        assert letter.subject.replace("\xa0", " ") == "Horaire maintenu : Budget"
        assert "15h00" in letter.plain
        assert "est prévenu par mail" in "\n".join(office.bodies())

    async def test_once(self, office: Office):
        notice = await proposed(office)
        await office.reacts(notice, "❌", "r1", sender=ALICE)
        await office.reacts(notice, "❌", "r2", sender=ALICE)
        await office.house.run_until(START + 26 * HOUR)
        assert len(declines(office)) == 1

    async def test_its_mail_has_the_file_as_a_form_of_the_text_and_attached(self, office: Office):
        notice = await proposed(office)
        await office.reacts(notice, "❌", sender=ALICE)
        mail = message(
            office.house.post.sent[-1], sender=mailbox("visio@parvis.example"), now=START
        )
        text, attached = mail.iter_parts()
        parts = list(text.iter_parts())
        assert [one.get_content_type() for one in parts] == [
            "text/plain",
            "text/html",
            "text/calendar",
        ]
        assert parts[2]["Content-Type"] == "text/calendar; method=DECLINECOUNTER; charset=UTF-8"
        assert parts[2]["Content-Disposition"] is None
        assert attached.get_filename() == "declined.ics"
        assert mail["Auto-Submitted"] == "auto-generated"

    @pytest.mark.parametrize("sender", [BOB, PAUL])
    async def test_not_by_others(self, office: Office, sender: str):
        notice = await proposed(office)
        await office.reacts(notice, "❌", sender=sender)
        assert declines(office) == []

    async def test_when_the_meeting_moves_otherwise(self, office: Office):
        await proposed(office)
        await office.says("!visio déplacer à 11h", "m", reply_to="$ask")
        await office.house.run_until(START + HOUR)
        assert len(declines(office)) == 1

    async def test_when_it_begins(self, office: Office):
        await proposed(office)
        await office.house.run_until(datetime(2026, 12, 2, 8, 59, tzinfo=UTC))
        assert declines(office) == []
        await office.house.run_until(datetime(2026, 12, 2, 9, 1, tzinfo=UTC))
        assert len(declines(office)) == 1

    @pytest.mark.parametrize("line", ["déplacer au 3/12 de 15h à 16h30", "annuler"])
    async def test_not_when_it_is_taken_by_hand_or_there_is_no_meeting(
        self, office: Office, line: str
    ):
        await proposed(office)
        await office.says(f"!visio {line}", "m", reply_to="$ask")
        await office.house.run_until(START + 60 * HOUR)
        assert declines(office) == []

    async def test_not_when_it_is_taken(self, office: Office):
        notice = await proposed(office)
        await office.reacts(notice, "📅", sender=ALICE)
        await office.house.run_until(START + 60 * HOUR)
        assert declines(office) == []

    async def test_a_server_that_is_away_gets_it_later(self, office: Office):
        notice = await proposed(office)
        office.house.post.troubles.append(MailUnreachable("away"))
        await office.reacts(notice, "❌", sender=ALICE)
        assert declines(office) == []
        await office.house.run_until(START + HOUR)
        assert len(declines(office)) == 1

    async def test_one_that_reads_first_gets_it_later(self, office: Office):
        notice = await proposed(office)
        office.house.post.reads_first = True
        office.house.post.troubles.append(MailUnreachable("full"))
        await office.reacts(notice, "❌", sender=ALICE)
        await office.house.run_until(START + HOUR)
        assert len(declines(office)) == 1

    @pytest.mark.parametrize("trouble", [MailUnconfirmed("lost"), MailRefused("no")])
    async def test_an_answer_that_is_lost_sends_no_second_one(
        self, office: Office, trouble: MailError
    ):
        notice = await proposed(office)
        office.house.post.troubles.append(trouble)
        await office.reacts(notice, "❌", sender=ALICE)
        await office.reacts(notice, "❌", "r2", sender=ALICE)
        await office.house.run_until(START + HOUR)
        assert len(declines(office)) == isinstance(trouble, MailUnconfirmed)

    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    async def test_killed_as_it_leaves_it_is_sent_once_at_most(self, office: Office, after: bool):
        """Nobody knows then whether it left; its guest keeps the time that they were told."""
        house = office.house
        await proposed(office)
        house.wire(MortalWorks(house.store, 1, after))
        (due,) = [
            Due(kind, key, at)
            for (kind, key), at in (await house.planned()).items()
            if kind is Kind.DECLINE
        ]
        house.clock.at = due.at
        with pytest.raises(Killed):
            await house.handlers()[Kind.DECLINE](due)
        house.wire(house.store)
        await house.run_until(due.at + HOUR)
        assert len(declines(office)) == (0 if after else 1)

    async def test_both_reactions_are_there_to_touch(self, office: Office):
        notice = await proposed(office)
        touched = [
            one.content["m.relates_to"]["key"]
            for one in office.account.sent
            if one.kind == "m.reaction" and one.content["m.relates_to"]["event_id"] == notice
        ]
        assert touched == ["📅", "❌"]
