"""One question to the salon about all devices with one link, edited in place, and its answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from bridge.domain.agenda import Kind
from bridge.domain.invitation import Standing
from bridge.domain.message import Edit, Priority, Sentence, person, phrase
from bridge.domain.question import ABSENT, READING, SETTLE
from bridge.errors import GuestAmbiguous, GuestUnknown
from bridge.ids import QuestionId, VisitId
from bridge.services.invitations.invitations import Guest, Invited
from bridge.services.seats.choosing import Choosing
from bridge.services.visits.arrivals import Entered
from bridge.services.visits.unanswered import UnansweredQuestions
from tests.services.house import BOB, HOUR, MINUTE, START, House
from tests.services.test_seats import JEAN, LEA, code_of, inside, seat, standing

MOMENT = timedelta(milliseconds=100)
PREMIER, SECOND = "Premier Venu", "Second Autre"


async def invited(house: House, guest: Guest = LEA) -> Invited:
    (one,) = await house.invited(guest, event=f"invite-{guest.key}")
    return one


async def two(house: House) -> tuple[Entered, Entered]:
    """Have two people wait with one link, and the salon read about both."""
    link = await invited(house)
    first = await house.visited(link, PREMIER)
    house.clock.forward(MINUTE)
    await house.look_at_pages()
    second = await house.visited(link, SECOND)
    await house.run_due()
    await house.shown()
    house.clock.forward(READING)
    return first, second


async def question_of(house: House, entered: Entered) -> QuestionId:
    async with house.store.reading() as work:
        visit = await work.visits.get(entered.visit)
    assert visit is not None
    assert visit.question is not None
    return visit.question


async def answers(
    house: House, entered: Entered, *, admit: bool, at: datetime | None = None
) -> Sequence[tuple[str, Standing]]:
    """React to the question that lists a visit."""
    choosing, asked = Choosing(house.tools, house.seats), await question_of(house, entered)
    async with house.store() as work:
        listing = await choosing.question(work, asked)
        assert listing is not None
        done = await choosing.answer(work, listing, admit=admit, by=BOB, at=at or house.clock.now())
    return [(one.name, one.standing) for one in done if one.first]


async def closes_page(house: House, *those: Entered) -> None:
    """Close pages, and move time on until a worker notices it."""
    house.pages -= {one.visit for one in those}
    await house.run_until(house.clock.now() + ABSENT)
    await looked(house)


async def looked(house: House) -> None:
    """Look for closed pages, as a worker does all the time."""
    await UnansweredQuestions(house.tools).look(house.clock.now())
    await house.run_due()


def rows(message: Sentence, name: str = "names") -> list[str]:
    """Return the rows of a message: names with their numbers, or outcomes."""
    found = message.parameters[name]
    assert isinstance(found, list)
    told = []
    for one in found:
        assert isinstance(one, dict)
        row = one.get("told", one)
        assert isinstance(row, dict)
        parameters = row["facts"]
        assert isinstance(parameters, dict)
        became = parameters.get("outcome")
        said = became["$phrase"] if isinstance(became, dict) else row["$phrase"]
        told.append(
            " ".join(str(it) for it in (parameters.get("number", said), parameters.get("name", "")))
        )
    return told


async def last(house: House) -> Sentence:
    """Return the last unsent message."""
    found = (await house.messages())[-1]
    assert isinstance(found, Edit)
    return found


class TestAsking:
    @pytest.mark.parametrize("database", ["sqlite"], indirect=True)
    async def test_sixty_devices_are_one_question_and_a_few_edits(self, meeting_house: House):
        link = await invited(meeting_house)
        await meeting_house.shown()
        left = []
        for n in range(60):
            await meeting_house.visited(link, f"Invité {n}")
            await meeting_house.run_until(meeting_house.clock.now() + timedelta(seconds=1 / 6))
            left += await meeting_house.shown()
        await meeting_house.run_until(START + 5 * MINUTE)
        left += await meeting_house.shown()
        told = [one.template for one in left]
        assert told.count("guest.waits") == 1
        assert told.count("guest.answer") == 2
        assert told.count("guest.waits-long.several") == 1
        edits = [
            one for one in left if isinstance(one, Edit) and one.template == "guest.waits.several"
        ]
        assert 1 <= len(edits) <= 10 / SETTLE.total_seconds() + 1
        assert told.count("card") <= len(edits) + 1
        assert [one.mentions for one in left if one.mentions and one.to.salon] == [
            ("@alice:agent.tchap",)
        ]
        assert edits[-1].parameters["count"] == 60
        assert edits[-1].priority is Priority.EDIT, "it stands before no answer"

    async def test_both_are_read_of_with_their_numbers(self, meeting_house: House):
        link = await invited(meeting_house)
        await meeting_house.visited(link, PREMIER)
        await meeting_house.shown()
        meeting_house.clock.forward(MINUTE)
        await meeting_house.look_at_pages()
        await meeting_house.visited(link, SECOND)
        await meeting_house.run_due()
        (told,) = await meeting_house.sentences("guest.waits.several")
        assert rows(told) == [f"1 {PREMIER}", f"2 {SECOND}"]
        assert len(await meeting_house.messages("card")) == 1
        assert (told.mentions, told.parameters["first"]) == ((), 1)
        assert await meeting_house.sentences("guest.waits-long.several") == [], "not yet"

    async def test_another_guests_numbers_are_others(self, meeting_house: House):
        await two(meeting_house)
        entered = await meeting_house.visited(await invited(meeting_house, JEAN), "Jean Dupont")
        async with meeting_house.store.reading() as work:
            visit = await work.visits.get(entered.visit)
        assert visit is not None
        assert visit.number == 3

    async def test_a_reload_asks_nothing_and_is_a_sign_of_life(self, meeting_house: House):
        entered = await meeting_house.visited(await invited(meeting_house))
        meeting_house.pages.clear()
        for _ in range(10):
            meeting_house.clock.forward(ABSENT - MOMENT)
            await meeting_house.admissions.arrive(entered.visit, entered.secret)
            await looked(meeting_house)
        assert len(await meeting_house.sentences("guest.waits")) == 1
        assert await meeting_house.sentences("guest.waits.away") == []

    async def test_after_the_answer_the_next_is_asked_about_anew(self, meeting_house: House):
        link = await invited(meeting_house)
        first = await meeting_house.visited(link, PREMIER)
        await meeting_house.decided(first.visit, admit=False)
        await meeting_house.visited(link, SECOND)
        assert len(await meeting_house.sentences("guest.waits")) == 2

    async def test_whose_seat_ended_joins_the_open_question_again_under_their_number(
        self, meeting_house: House
    ):
        """The meeting was ended and goes on, before a worker closed the question."""
        first, second = await two(meeting_house)
        await meeting_house.decided(first.visit)
        held = await seat(meeting_house, first)
        _, occurrence = await meeting_house.of()
        async with meeting_house.store() as work:
            ended = await meeting_house.meetings.end(work, occurrence)
        await meeting_house.ejections.eject(meeting_house.due(Kind.EJECT, held.id))
        meeting_house.clock.forward(MOMENT)
        async with meeting_house.store() as work:
            await meeting_house.meetings.extend(work, ended, HOUR)
        meeting_house.clock.forward(MOMENT)
        await meeting_house.admissions.arrive(first.visit, first.secret)
        assert await question_of(meeting_house, first) == await question_of(meeting_house, second)
        await meeting_house.shown()
        await meeting_house.run_until(meeting_house.clock.now() + SETTLE)
        (told,) = await meeting_house.sentences("guest.waits.several")
        assert rows(told) == [f"1 {PREMIER}", f"2 {SECOND}"]


class TestYes:
    async def test_lets_in_the_only_one(self, meeting_house: House):
        entered = await meeting_house.visited(await invited(meeting_house), PREMIER)
        assert await answers(meeting_house, entered, admit=True) == [(PREMIER, Standing.ADMITTED)]
        assert await standing(meeting_house, entered) is Standing.ADMITTED

    async def test_lets_nobody_in_where_two_wait(self, meeting_house: House):
        first, second = await two(meeting_house)
        with pytest.raises(GuestAmbiguous) as caught:
            await answers(meeting_house, first, admit=True)
        assert caught.value.parameters["reason"] == "several"
        assert caught.value.parameters["first"] == 1
        for one in (first, second):
            assert await standing(meeting_house, one) is Standing.WAITING

    async def test_lets_nobody_in_when_another_came_before_it_was_handled(
        self, meeting_house: House
    ):
        link = await invited(meeting_house)
        first = await meeting_house.visited(link, PREMIER)
        await meeting_house.shown()
        meeting_house.clock.forward(MINUTE)
        sent = meeting_house.clock.now()
        await meeting_house.visited(link, SECOND)
        with pytest.raises(GuestAmbiguous):
            await answers(meeting_house, first, admit=True, at=sent)

    async def test_lets_nobody_in_who_came_in_the_place_of_who_was_read_of(
        self, meeting_house: House
    ):
        link = await invited(meeting_house)
        first = await meeting_house.visited(link, PREMIER)
        await meeting_house.shown()
        await meeting_house.visited(link, SECOND)
        sent = meeting_house.clock.now()
        await closes_page(meeting_house, first)
        with pytest.raises(GuestAmbiguous) as caught:
            await answers(meeting_house, first, admit=True, at=sent)
        assert (caught.value.parameters["reason"], caught.value.parameters["name"]) == (
            "changed",
            SECOND,
        )
        await meeting_house.run_until(meeting_house.clock.now() + SETTLE)
        await meeting_house.shown()
        meeting_house.clock.forward(READING)
        too_soon = meeting_house.clock.now() - timedelta(milliseconds=1)
        with pytest.raises(GuestAmbiguous):
            await answers(meeting_house, first, admit=True, at=too_soon)
        assert await answers(meeting_house, first, admit=True) == [(SECOND, Standing.ADMITTED)]

    async def test_lets_nobody_in_who_is_left_alone_in_a_list_that_nobody_read(
        self, meeting_house: House
    ):
        link = await invited(meeting_house)
        first = await meeting_house.visited(link, PREMIER)
        await meeting_house.shown()
        sent = meeting_house.clock.now()
        meeting_house.clock.forward(MINUTE)
        second = await meeting_house.visited(link, SECOND)
        async with meeting_house.store() as work:
            await work.visits.keep(link.invitation.id, newest=1)
            assert await work.visits.get(first.visit) is None
        with pytest.raises(GuestAmbiguous) as caught:
            await answers(meeting_house, second, admit=True, at=sent)
        assert caught.value.parameters["reason"] == "changed"

    async def test_counts_for_one_whose_phone_is_locked(self, meeting_house: House):
        entered = await meeting_house.visited(await invited(meeting_house), PREMIER)
        await closes_page(meeting_house, entered)
        (told,) = await meeting_house.sentences("guest.waits.away")
        assert told.parameters["name"] == PREMIER
        assert await answers(meeting_house, entered, admit=True) == [(PREMIER, Standing.ADMITTED)]


class TestReply:
    """A reply to the question that gives no name."""

    async def means(self, house: House, entered: Entered) -> str:
        choosing, asked = Choosing(house.tools, house.seats), await question_of(house, entered)
        async with house.store() as work:
            listing = await choosing.question(work, asked)
            assert listing is not None
            meant = await choosing.only(work, listing, house.clock.now())
        return meant.visit.name

    async def test_means_the_only_one(self, meeting_house: House):
        entered = await meeting_house.visited(await invited(meeting_house), PREMIER)
        assert await self.means(meeting_house, entered) == PREMIER

    async def test_means_nobody_where_several_wait(self, meeting_house: House):
        first, _ = await two(meeting_house)
        with pytest.raises(GuestAmbiguous):
            await self.means(meeting_house, first)

    async def test_means_who_waits_on(self, meeting_house: House):
        first, second = await two(meeting_house)
        await meeting_house.decided(first.visit)
        await meeting_house.shown()
        meeting_house.clock.forward(READING)
        assert await self.means(meeting_house, second) == SECOND

    async def test_means_the_only_one_also_when_it_is_too_late(self, meeting_house: House):
        entered = await meeting_house.visited(await invited(meeting_house), PREMIER)
        await meeting_house.decided(entered.visit, admit=False)
        assert await self.means(meeting_house, entered) == PREMIER

    async def test_means_nobody_where_all_of_several_are_answered(self, meeting_house: House):
        first, second = await two(meeting_house)
        for one in (first, second):
            await meeting_house.decided(one.visit, admit=False)
        with pytest.raises(GuestUnknown) as caught:
            await self.means(meeting_house, first)
        assert caught.value.parameters["reason"] == "nobody-waits"

    async def test_means_whom_the_host_sent_out(self, meeting_house: House):
        entered, held = await inside(meeting_house)
        await meeting_house.removals.by_host(held.room, held.identity)
        assert await self.means(meeting_house, entered) == "Léa Roux"


class TestNo:
    async def test_is_for_all_who_wait_with_the_link(self, meeting_house: House):
        first, _ = await two(meeting_house)
        assert await answers(meeting_house, first, admit=False) == [
            (PREMIER, Standing.REFUSED),
            (SECOND, Standing.REFUSED),
        ]
        (told,) = await meeting_house.sentences("guest.waits.settled")
        assert rows(told, "rows") == [
            f"guest.outcome.refused {PREMIER}",
            f"guest.outcome.refused {SECOND}",
        ]
        assert str(told.parameters["rows"]).count(str(person(BOB))) == 2, "who answered"
        assert Kind.ASKED not in [kind for kind, _ in await meeting_house.planned()]


class TestByNumber:
    async def find(self, house: House, words: str) -> str:
        _, occurrence = await house.of()
        async with house.store.reading() as work:
            return (await house.seats.find(work, [occurrence.id], words)).name

    @pytest.mark.parametrize("words", ["2", "n° 2", "#2", "2."])
    async def test_a_number_means_the_guest_in_that_row(self, meeting_house: House, words: str):
        await two(meeting_house)
        assert await self.find(meeting_house, words) == SECOND

    async def test_means_nobody_where_two_meetings_have_that_number(self, meeting_house: House):
        await meeting_house.visited(await invited(meeting_house), PREMIER)
        await meeting_house.met("other", start=START)
        (link,) = await meeting_house.invited(JEAN, event="invite-other", to="other")
        await meeting_house.visited(link, SECOND)
        both = [(await meeting_house.of(event))[1].id for event in ("ask", "other")]
        async with meeting_house.store.reading() as work:
            with pytest.raises(GuestAmbiguous) as caught:
                await meeting_house.seats.find(work, both, "1")
        assert caught.value.parameters == {"reason": "number", "number": 1}

    async def test_an_ambiguous_name_is_answered_with_the_first_number(self, meeting_house: House):
        await two(meeting_house)
        with pytest.raises(GuestAmbiguous) as caught:
            await self.find(meeting_house, "")
        assert caught.value.parameters["first"] == 1

    async def test_means_nobody_once_they_left(self, meeting_house: House):
        first, _ = await two(meeting_house)
        await closes_page(meeting_house, first)
        with pytest.raises(GuestUnknown) as caught:
            await self.find(meeting_house, "1")
        assert caught.value.parameters["reason"] == "number"
        await meeting_house.visited(await invited(meeting_house, JEAN), "Jean Dupont")
        with pytest.raises(GuestUnknown):
            await self.find(meeting_house, "1")
        assert await self.find(meeting_house, "3") == "Jean Dupont"

    async def test_the_others_wait_on_in_the_same_question(self, meeting_house: House):
        first, second = await two(meeting_house)
        await meeting_house.decided(first.visit)
        assert await standing(meeting_house, second) is Standing.WAITING
        (told,) = await meeting_house.sentences("guest.waits.rest")
        assert rows(told, "rows") == [f"guest.outcome.admitted {PREMIER}"]
        assert told.coalesce_key == f"asks:{await question_of(meeting_house, second)}"
        await meeting_house.decided(second.visit, admit=False)
        assert len(await meeting_house.sentences("guest.waits")) == 0, (
            "they are not asked about anew"
        )

    @pytest.mark.parametrize("asked", [True, False])
    async def test_an_answer_leaves_at_once_but_not_before_the_question(
        self, meeting_house: House, *, asked: bool
    ):
        link = await invited(meeting_house)
        first = await meeting_house.visited(link, PREMIER)
        await meeting_house.visited(link, SECOND)
        if asked:
            await meeting_house.shown()
        await meeting_house.decided(first.visit)
        (told,) = await meeting_house.sentences("guest.waits.rest")
        assert told.priority is (Priority.ANSWER if asked else Priority.NOTICE)


class TestTold:
    """The question's words about its list."""

    @pytest.mark.parametrize(("devices", "more"), [(10, []), (11, ["guest.row.more "])])
    async def test_ten_at_most_and_how_many_more(
        self, meeting_house: House, devices: int, more: list[str]
    ):
        link = await invited(meeting_house)
        for n in range(devices):
            await meeting_house.visited(link, f"Invité {n}")
        meeting_house.clock.forward(SETTLE)
        await meeting_house.look_at_pages()
        await meeting_house.run_due()
        (told,) = await meeting_house.sentences("guest.waits.several")
        assert told.parameters["title"] == "Budget ask"
        assert rows(told) == [f"{n + 1} Invité {n}" for n in range(10)] + more

    async def test_names_are_looked_up_among_the_salons_members(self, meeting_house: House):
        await two(meeting_house)
        with pytest.raises(GuestAmbiguous) as caught:
            await answers(
                meeting_house,
                await meeting_house.visited(await invited(meeting_house), "Tiers"),
                admit=True,
            )
        names = caught.value.parameters["names"]
        assert isinstance(names, list)
        assert [one["$guest"] for one in names] == [PREMIER, SECOND, "Tiers"]

    async def test_nobody_of_several_is_there(self, meeting_house: House):
        first, second = await two(meeting_house)
        await closes_page(meeting_house, first, second)
        await meeting_house.run_until(meeting_house.clock.now() + SETTLE)
        (told,) = await meeting_house.sentences("guest.waits.nobody")
        assert rows(told, "rows") == [f"guest.row.away {PREMIER}", f"guest.row.away {SECOND}"]

    @pytest.mark.parametrize("admit", [True, False])
    async def test_the_rest_says_who_decided_about_the_guests_before(
        self, meeting_house: House, *, admit: bool
    ):
        first, _ = await two(meeting_house)
        await meeting_house.decided(first.visit, admit=admit)
        (told,) = await meeting_house.sentences("guest.waits.rest")
        assert told.parameters["rows"] == [
            phrase(
                "guest.waits.outcome",
                {
                    "name": PREMIER,
                    "outcome": phrase(f"guest.outcome.{'admitted' if admit else 'refused'}"),
                    "by": person(BOB),
                },
            )
        ]

    async def test_the_rest_says_whose_place_another_device_took(self, meeting_house: House):
        first, second = await two(meeting_house)
        (guest,) = await meeting_house.guests()
        await meeting_house.visited(Invited(guest, again=False), "Tiers")
        await meeting_house.decided(first.visit)
        await meeting_house.decided(second.visit)
        told = (await meeting_house.sentences("guest.waits.rest"))[-1]
        became = {"name": PREMIER, "outcome": phrase("guest.outcome.replaced")}
        found = told.parameters["rows"]
        assert isinstance(found, list)
        assert found[0] == phrase("guest.waits.over", became), "nobody decided that"
        assert rows(told, "rows")[1:] == [f"guest.outcome.admitted {SECOND}"]

    async def test_the_only_one_who_comes_back_is_told_of_as_before(self, meeting_house: House):
        entered = await meeting_house.visited(await invited(meeting_house), PREMIER)
        await closes_page(meeting_house, entered)
        await meeting_house.shown()
        meeting_house.clock.forward(MINUTE)
        meeting_house.pages.add(entered.visit)
        await meeting_house.admissions.here([entered.visit])
        await meeting_house.run_due()
        (told,) = await meeting_house.sentences("guest.waits")
        assert isinstance(told, Edit)
        assert told.parameters["name"] == PREMIER

    async def test_the_organiser_reads_that_another_device_is_inside(self, meeting_house: House):
        await inside(meeting_house)
        (guest,) = await meeting_house.guests()
        await meeting_house.visited(Invited(guest, again=False), SECOND)
        await meeting_house.run_until(START + 2 * MINUTE)
        (call,) = await meeting_house.sentences("guest.waits-long")
        assert "guest.device" in str(call.parameters)

    async def test_at_the_end_all_are_gone_whatever_became_of_them(self, meeting_house: House):
        first, _ = await two(meeting_house)
        await meeting_house.decided(first.visit)
        await meeting_house.shown()
        await meeting_house.run_until(START + HOUR + 15 * MINUTE)
        (told,) = await meeting_house.sentences("guest.waits.settled")
        assert rows(told, "rows") == [
            f"guest.outcome.gone {PREMIER}",
            f"guest.outcome.gone {SECOND}",
        ]

    async def test_a_guest_of_another_link_who_is_inside_is_no_other_device(
        self, meeting_house: House
    ):
        await inside(meeting_house, JEAN)
        link = await invited(meeting_house)
        for name in (PREMIER, SECOND):
            await meeting_house.visited(link, name)
        await meeting_house.run_until(START + SETTLE)
        (told,) = await meeting_house.sentences("guest.waits.several")
        assert "guest.device" not in str(told.parameters)

    async def test_the_card_shows_that_nobody_waits_any_more(self, meeting_house: House):
        await meeting_house.visited(await invited(meeting_house), PREMIER)
        (guest,) = await meeting_house.guests()
        await meeting_house.shown()
        async with meeting_house.store() as work:
            await work.invitations.save(replace(guest, revoked_at=meeting_house.clock.now()))
            due = meeting_house.due(Kind.ASKED, (await work.questions.open(guest.id))[0].id)
        await UnansweredQuestions(meeting_house.tools).turn(due)
        assert [one.template for one in await meeting_house.messages()] == [
            "guest.waits.over",
            "card",
        ]


class TestLeaving:
    async def test_who_leaves_just_after_an_edit_is_told_of_in_the_next(self, meeting_house: House):
        link = await invited(meeting_house)
        await meeting_house.visited(link, PREMIER)
        meeting_house.pages.clear()
        await meeting_house.run_until(START + ABSENT - MOMENT)
        await meeting_house.visited(link, SECOND)
        await meeting_house.run_due()
        await meeting_house.shown()
        meeting_house.clock.forward(SETTLE - MOMENT)
        await looked(meeting_house)
        assert await meeting_house.messages() == [], "it is not time yet"
        await meeting_house.run_until(meeting_house.clock.now() + MOMENT)
        (told,) = await meeting_house.sentences("guest.waits.rest")
        assert rows(told, "rows") == [f"guest.row.away {PREMIER}"]

    async def test_who_closes_their_page_leaves_the_list(self, meeting_house: House):
        first, second = await two(meeting_house)
        await closes_page(meeting_house, first)
        await meeting_house.run_until(meeting_house.clock.now() + SETTLE)
        (told,) = await meeting_house.sentences("guest.waits.rest")
        assert rows(told, "rows") == [f"guest.row.away {PREMIER}"]
        _, occurrence = await meeting_house.of()
        async with meeting_house.store.reading() as work:
            waiting = await meeting_house.seats.waiting(work, occurrence.id)
        assert [one.id for one in waiting] == [second.visit]

    async def test_who_comes_back_is_listed_again_without_ringing(self, meeting_house: House):
        first, _ = await two(meeting_house)
        await closes_page(meeting_house, first)
        await meeting_house.run_until(meeting_house.clock.now() + SETTLE)
        await meeting_house.shown()
        meeting_house.clock.forward(MINUTE)
        meeting_house.pages.add(first.visit)
        await meeting_house.admissions.here(sorted(meeting_house.pages))
        await meeting_house.run_due()
        assert await meeting_house.sentences("guest.waits") == []
        (told,) = await meeting_house.sentences("guest.waits.several")
        assert rows(told) == [f"1 {PREMIER}", f"2 {SECOND}"]
        assert told.mentions == ()

    async def test_nobody_is_called_for_somebody_who_left(self, meeting_house: House):
        entered = await meeting_house.visited(await invited(meeting_house), PREMIER)
        await closes_page(meeting_house, entered)
        await meeting_house.run_until(START + 10 * MINUTE)
        assert await meeting_house.sentences("guest.waits-long") == []

    async def test_who_comes_back_after_the_answer_is_asked_about(self, meeting_house: House):
        first, second = await two(meeting_house)
        await closes_page(meeting_house, first)
        await meeting_house.decided(second.visit, admit=False)
        await meeting_house.shown()
        await meeting_house.admissions.here([first.visit])
        (told,) = await meeting_house.sentences("guest.waits")
        assert told.parameters["name"] == PREMIER


class TestSentOutByTheHost:
    async def test_who_comes_back_by_the_link_is_no_other_device(self, meeting_house: House):
        link = await invited(meeting_house)
        entered = await meeting_house.visited(link, PREMIER)
        await meeting_house.decided(entered.visit)
        held = await seat(meeting_house, entered)
        await meeting_house.removals.by_host(held.room, held.identity)
        await meeting_house.shown()
        back = await meeting_house.visited(link, PREMIER)
        (over,) = await meeting_house.sentences("guest.waits.over")
        assert over.parameters["outcome"] == "back"
        (asked,) = await meeting_house.sentences("guest.waits")
        assert "guest.device" not in str(asked.parameters)
        await meeting_house.decided(back.visit)
        (guest,) = await meeting_house.guests()
        assert guest.takeovers == 0

    async def test_of_several_who_come_back_none_is_another_device(self, meeting_house: House):
        link = await invited(meeting_house)
        entered = await meeting_house.visited(link, PREMIER)
        await meeting_house.decided(entered.visit)
        held = await seat(meeting_house, entered)
        await meeting_house.removals.by_host(held.room, held.identity)
        for name in (PREMIER, SECOND):
            meeting_house.clock.forward(SETTLE)
            await meeting_house.visited(link, name)
        await meeting_house.run_until(meeting_house.clock.now() + SETTLE)
        (told,) = await meeting_house.sentences("guest.waits.several")
        assert "guest.device" not in str(told.parameters)

    async def test_yes_lets_them_back_in_and_no_changes_nothing(self, meeting_house: House):
        entered, held = await inside(meeting_house)
        await meeting_house.removals.by_host(held.room, held.identity)
        assert await answers(meeting_house, entered, admit=False) == []
        assert await standing(meeting_house, entered) is Standing.REMOVED
        assert await answers(meeting_house, entered, admit=True) == [
            ("Léa Roux", Standing.ADMITTED)
        ]

    async def test_another_device_is_told_of_while_one_is_inside(self, meeting_house: House):
        await inside(meeting_house)
        (guest,) = await meeting_house.guests()
        await meeting_house.visited(Invited(guest, again=False), SECOND)
        asked = (await meeting_house.sentences("guest.waits"))[-1]
        assert "guest.device" in str(asked.parameters)


async def test_the_same_browser_goes_on_with_its_visit(meeting_house: House):
    link = await invited(meeting_house)
    entered = await meeting_house.visited(link, PREMIER)
    mine = [(entered.visit, entered.secret)]
    code = code_of(link)
    again = await meeting_house.admissions.enter(code, name=PREMIER, language="fr", held=mine)
    assert again is not None
    assert again.visit == entered.visit
    for name, held in (
        (SECOND, mine),
        (PREMIER, [(VisitId(UUID(int=1)), entered.secret)]),
        (PREMIER, [(entered.visit, "x" * 22)]),
        (PREMIER, []),
    ):
        other = await meeting_house.admissions.enter(code, name=name, language="fr", held=held)
        assert other is not None
        assert other.visit != entered.visit
    another = code_of(await invited(meeting_house, JEAN))
    other = await meeting_house.admissions.enter(another, name=PREMIER, language="fr", held=mine)
    assert other is not None
    assert other.visit != entered.visit, "of another link"
    await meeting_house.decided(entered.visit)
    again = await meeting_house.admissions.enter(code, name=PREMIER, language="fr", held=mine)
    assert again is not None
    assert again.visit == entered.visit, "inside they go on too"
    await meeting_house.removals.by_own_page(entered.visit, entered.secret)
    anew = await meeting_house.admissions.enter(code, name=PREMIER, language="fr", held=mine)
    assert anew is not None
    assert anew.visit != entered.visit, "once put out they ask anew"
