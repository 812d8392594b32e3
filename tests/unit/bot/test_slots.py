"""`créneau avec`: times free for those who let it be known, and a reaction that takes one."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from bot.language.commands.slot import VERBS, FindSlot
from bot.language.line import Line
from bot.language.people import Person
from bot.language.refusals import FR, Here
from bridge.domain.busy import BusySpan
from bridge.domain.slots import SlotOffer, free_slots, offer_in
from bridge.errors import CalendarUnreachable
from bridge.ids import EventId, SalonId
from tests.unit.bot.desk import Desk, event_text
from tests.unit.bot.office import ALICE, BOB, PAUL, SALON, Office

PARIS = ZoneInfo("Europe/Paris")
ASKED = "!visio créneau avec bob la semaine prochaine 1h"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONDAY = date(2026, 12, 7)


def opened(office: Office) -> Desk:
    """Return an office whose salon shows the names of its members."""
    made = Desk(office.house)
    made.office.account.names.update({ALICE: "Alice Martin [Org]", BOB: "Bob Durand [Org]"})
    made.office.state(shown={**made.office.account.names, PAUL: "Paul Ext"})
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def desk(office: Office) -> Desk:
    made = opened(office)
    await made.link(shares_free=True)
    await made.link(BOB, shares_free=True)
    return made


def busy(start: datetime, uid: str = "secret", *lines: str) -> str:
    return event_text(uid, title="Dentiste", start=start, lines=lines)


async def reacts(desk: Desk, key: str, event: str = "touch", **more: Any) -> None:
    """Have somebody react to the first message in the salon."""
    target = next(one.event for one in desk.office.account.sent if one.salon == SALON)
    await desk.office.reacts(target, key, event=event, **{"sender": ALICE, **more})
    await desk.settle()


class TestAsked:
    async def test_three_slots_on_three_days(self, desk: Desk):
        (said,) = await desk.says(ASKED)
        assert "1. lundi 7 décembre 2026, 09h00–10h00" in said.replace("\xa0", " ")
        assert "2. mardi 8 décembre 2026, 09h00–10h00" in said.replace("\xa0", " ")
        assert "3. mercredi 9 décembre 2026, 09h00–10h00" in said.replace("\xa0", " ")
        assert "Sans en tenir compte" not in said

    async def test_what_takes_anybodys_time_is_never_told(self, desk: Desk):
        await desk.create(busy(datetime(2026, 12, 7, 9)), user=BOB)
        await desk.create(busy(datetime(2026, 12, 8, 9)))
        (said,) = await desk.says(ASKED)
        assert "lundi 7 décembre 2026, 10h00–11h00" in said.replace("\xa0", " ")
        assert "mardi 8 décembre 2026, 10h00–11h00" in said.replace("\xa0", " ")
        assert "Dentiste" not in said

    async def test_those_who_did_not_allow_it_are_named_and_not_read(self, office: Office):
        desk = opened(office)
        await desk.link(shares_free=True)
        await desk.link(BOB)
        asked = desk.servers.count("window")
        (said,) = await desk.says(ASKED)
        assert "Bob Durand [Org] : disponibilités non partagées" in said.replace("\xa0", " ")
        assert desk.servers.count("window") == asked + 1

    async def test_without_a_calendar_it_reads_the_same(self, office: Office):
        desk = opened(office)
        await desk.link(shares_free=True)
        (said,) = await desk.says(ASKED)
        assert "Bob Durand [Org] : disponibilités non partagées" in said.replace("\xa0", " ")

    async def test_nobody_allowed_it(self, office: Office):
        desk = opened(office)
        (said,) = await desk.says(ASKED)
        assert "disponibilités de personne" in said
        assert "1." not in said

    async def test_a_calendar_that_can_not_be_read(self, desk: Desk):
        desk.servers.troubles["window"].append(CalendarUnreachable("away"))
        (said,) = await desk.says(ASKED)
        assert "agenda illisible" in said

    async def test_somebody_from_elsewhere_is_not_looked_for(self, desk: Desk):
        asked = desk.servers.count("window")
        (said,) = await desk.says("!visio créneau avec Zoé, bob la semaine prochaine 1h")
        assert "Zoé : pas un agent de ce salon" in said.replace("\xa0", " ")
        assert desk.servers.count("window") == asked + 2

    async def test_a_person_from_outside_may_not_ask(self, desk: Desk):
        asked = desk.servers.count("window")
        await desk.says(ASKED, sender=PAUL)
        assert desk.servers.count("window") == asked

    async def test_ten_an_hour(self, desk: Desk):
        for number in range(10):
            (said,) = await desk.says(ASKED, f"ask{number}")
            assert "Créneaux libres" in said
            await desk.later(timedelta(seconds=30))
        (said,) = await desk.says(ASKED, "more")
        assert "limité à 10" in said


class TestTaken:
    async def test_each_time_has_our_own_reaction_to_touch(self, desk: Desk):
        await desk.says(ASKED)
        offer, *touches = desk.office.account.sent
        assert [(one.kind, one.content["m.relates_to"]) for one in touches] == [
            ("m.reaction", {"rel_type": "m.annotation", "event_id": offer.event, "key": key})
            for key in ("1️⃣", "2️⃣", "3️⃣")
        ]

    async def test_two_times_have_two(self, desk: Desk):
        await desk.says("!visio créneau avec bob demain 4h")
        offer, *touches = desk.office.account.sent
        assert len(touches) == offer.body.count("09h00") + offer.body.count("14h00")

    async def test_a_reaction_plans_the_meeting_with_those_who_were_named(self, desk: Desk):
        await desk.says(ASKED)
        await reacts(desk, "2️⃣")
        meeting, occurrence = await desk.of("touch")
        assert occurrence.wall_start == datetime(2026, 12, 8, 9)
        assert occurrence.end - occurrence.start == HOUR
        assert meeting.organiser == ALICE
        assert [one.user for one in occurrence.colleagues] == [BOB]

    async def test_in_a_direct_message_it_is_a_meeting_of_ones_own(self, desk: Desk):
        room = SalonId("!direct:agent.tchap")
        desk.office.account.enter(room, [ALICE], direct=True)
        await desk.office.says(ASKED, salon=room)
        answer = desk.office.account.sent[0]
        await desk.office.reacts(answer.event, "1️⃣", "touch", salon=room, sender=ALICE)
        await desk.settle()
        meeting, occurrence = await desk.of("touch")
        assert occurrence.wall_start == datetime(2026, 12, 7, 9)
        assert (meeting.salon, meeting.organiser) == (room, ALICE)

    async def test_the_first_one_counts(self, desk: Desk):
        await desk.says(ASKED)
        await reacts(desk, "2️⃣")
        cards = len(desk.office.account.sent)
        await reacts(desk, "1️⃣", "again", sender=BOB)
        assert len(desk.office.account.sent) == cards

    async def test_one_from_outside_does_nothing(self, desk: Desk):
        await desk.says(ASKED)
        sent = len(desk.office.account.sent)
        await reacts(desk, "1️⃣", sender=PAUL)
        assert len(desk.office.account.sent) == sent

    async def test_one_on_another_message_does_nothing(self, desk: Desk):
        await desk.says("!visio agenda état")
        sent = len(desk.office.account.sent)
        await reacts(desk, "1️⃣")
        assert len(desk.office.account.sent) == sent


@pytest.mark.parametrize(
    ("typed", "first", "last", "length"),
    [
        ("bob la semaine prochaine 1h", "2026-12-07", "2026-12-13", 60),
        ("bob 1h la semaine prochaine", "2026-12-07", "2026-12-13", 60),
        ("bob demain pendant 30min", "2026-12-02", "2026-12-02", 30),
        ("bob le 10/12", "2026-12-10", "2026-12-10", None),
        ("bob", "2026-12-01", "2026-12-08", None),
    ],
)
async def test_days_and_lengths(desk: Desk, typed: str, first: str, last: str, length: int | None):
    here = Here(
        now=desk.house.clock.now(), zone=PARIS, language=FR, longest=12 * HOUR, lead="!visio"
    )
    read = VERBS[0].read(Line.of(typed), here)
    assert read == FindSlot(
        (Person("bob"),),
        date.fromisoformat(first),
        date.fromisoformat(last),
        None if length is None else timedelta(minutes=length),
    )


class TestFreeSlots:
    NOW = datetime(2026, 12, 1, 9, tzinfo=PARIS)

    def walls(self, spans: list[BusySpan], days: int = 7, **more: Any) -> list[str]:
        asked: dict[str, Any] = {"length": HOUR, "after": self.NOW, **more}
        found = free_slots(
            spans,
            [MONDAY + number * DAY for number in range(days)],
            PARIS,
            **asked,
        )
        return [f"{one.astimezone(PARIS):%a %H:%M}" for one in found]

    def span(self, day: int, start: int, end: int) -> BusySpan:
        at = datetime.combine(MONDAY + day * DAY, datetime.min.time(), PARIS)
        return BusySpan(at + start * HOUR, at + end * HOUR)

    def test_on_one_day_they_do_not_overlap(self):
        assert self.walls([], days=1) == ["Mon 09:00", "Mon 10:00", "Mon 11:00"]

    def test_no_lunch_no_evening_no_weekend(self):
        assert self.walls([self.span(0, 9, 12), self.span(0, 14, 17)], days=1) == ["Mon 17:00"]
        assert self.walls([self.span(day, 0, 24) for day in range(5)]) == []

    def test_no_public_holiday(self):
        found = self.walls([], holidays={MONDAY})
        assert found == ["Tue 09:00", "Wed 09:00", "Thu 09:00"]

    def test_on_quarters_after_now(self):
        now = datetime(2026, 12, 7, 10, 5, tzinfo=PARIS)
        assert self.walls([], days=1, after=now)[0] == "Mon 10:15"

    def test_longer_than_half_a_day_there_is_none(self):
        assert self.walls([], length=5 * HOUR) == []


def test_an_offer_is_read_back_from_its_key():
    start = datetime(2026, 12, 7, 9, tzinfo=PARIS)
    offer = SlotOffer(
        line=EventId("$a:b"), length=HOUR, starts=(start, start + DAY), people=frozenset({"ab12"})
    )
    assert offer_in(offer.key) == offer
    assert offer_in("answer:$a:b:0") is None
    assert offer_in(None) is None
