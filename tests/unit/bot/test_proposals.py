"""A guest's calendar proposes another time, and 📅 moves the meeting there."""

from datetime import datetime, timedelta

import pytest

from bridge.domain.event import uid_of
from bridge.ids import EventId, SalonId
from bridge.services.incoming.wire import PostOffice, postmaster_of
from tests.doubles.ports import FakeLetterbox
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
    return office.account.sent[-1].event


async def starts(office: Office) -> tuple[datetime, timedelta]:
    _, occurrence = await office.house.of()
    return occurrence.wall_start, occurrence.end - occurrence.start


MOVED = (datetime(2026, 12, 3, 15), timedelta(minutes=90))


async def test_its_salon_reads_who_wants_which_time(office: Office):
    await proposed(office)
    body = office.bodies()[-1].replace("\u00a0", " ").replace("\u202f", " ")
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
