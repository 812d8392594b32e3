"""One date of a meeting that comes again, by its day: cancelled, moved, or with its own guests."""

from datetime import datetime

import pytest
import pytest_asyncio

from bridge.domain.meeting import Occurrence, OccurrenceState
from bridge.domain.scope import OneOccurrence, WholeSeries
from tests.services.house import HOUR
from tests.unit.bot.office import Office

LEA = "lea@partenaire.example"


@pytest_asyncio.fixture(loop_scope="session")
async def weekly(office: Office) -> Office:
    """An office, on Tuesday 1 December, with a meeting each Thursday from the 3rd on."""
    await office.says('!visio tous les jeudis à 14h "Budget"', "ask")
    return office


async def dates(office: Office) -> dict[str, Occurrence]:
    meeting, _ = await office.house.of()
    async with office.house.store.reading() as work:
        known = await work.meetings.occurrences_of(meeting.id)
    return {f"{one.original:%d/%m}": one for one in known if one.original is not None}


async def cancelled(office: Office) -> list[str]:
    known = await dates(office)
    return [day for day, one in known.items() if one.state is OccurrenceState.CANCELLED]


class TestCancelling:
    @pytest.mark.parametrize(
        "line",
        [
            "annuler le 10/12",
            "annuler celle du 10/12",
            "annuler la réunion du jeudi 10 décembre",
            'annuler "Budget" le 10/12',
            'annuler le 10/12 "budget"',
            "cancel on 10 December",
            "cancel the one of Dec 10",
        ],
    )
    async def test_that_date_alone(self, weekly: Office, line: str):
        (answer,) = await weekly.says(f"!visio {line}", "a")
        assert await cancelled(weekly) == ["10/12"]
        assert answer.body.startswith("« Budget » : la date du jeudi 10 décembre 2026")

    async def test_in_reply_to_the_card_of_another_date(self, weekly: Office):
        card = (await weekly.house.of())[1].card
        assert card is not None
        await weekly.says("!visio annuler le 17/12", "a", reply_to=card)
        assert await cancelled(weekly) == ["17/12"]

    async def test_a_day_without_one_is_refused_with_those_that_there_are(self, weekly: Office):
        (answer,) = await weekly.says("!visio annuler le 11/12", "a")
        assert answer.body.startswith("Je ne vois ici aucune réunion ce jour-là.")
        assert "jeudi 10 décembre 2026" in answer.body
        card = (await weekly.house.of())[1].card
        (answer,) = await weekly.says("!visio annuler le 11/12", "b", reply_to=card)
        assert answer.body.startswith("Je ne vois ici aucune réunion ce jour-là.")
        assert await cancelled(weekly) == []

    @pytest.mark.parametrize(
        "day",
        ["le 31/02", "le 20/11/2026", "lundi 10/12", "le 10/12 et le 17/12", "le 10/12 à 14h"],
    )
    async def test_a_day_that_is_none_is_refused_with_the_list(self, weekly: Office, day: str):
        (answer,) = await weekly.says(f"!visio annuler {day}", "a")
        assert "!visio liste" in answer.body
        assert await cancelled(weekly) == []

    async def test_of_the_whole_series_a_day_is_no_date(self, weekly: Office):
        await weekly.says("!visio annuler la série le 10/12", "a")
        assert await cancelled(weekly) == []

    async def test_of_two_meetings_on_that_day_it_is_asked_which(self, weekly: Office):
        await weekly.says('!visio 10/12 16h "Revue"', "other")
        (answer,) = await weekly.says("!visio annuler le 10/12", "a")
        assert answer.body.startswith("De quelle réunion s’agit-il ?")
        await weekly.says('!visio annuler "Revue" le 10/12', "b")
        assert await cancelled(weekly) == []
        assert (await weekly.house.of("other"))[1].state is OccurrenceState.CANCELLED


class TestInviting:
    async def scope(self, office: Office) -> object:
        (one,) = await office.house.guests()
        return one.scope

    @pytest.mark.parametrize(
        "line",
        [
            f"inviter {LEA} le 10/12",
            f"inviter Léa Roux <{LEA}> pour le 10/12",
            f"invite {LEA} on 10 December",
        ],
    )
    async def test_to_that_date_alone(self, weekly: Office, line: str):
        (answer,) = await weekly.says(f"!visio {line}", "a")
        day = (await dates(weekly))["10/12"]
        async with weekly.house.store.reading() as work:
            (one,) = await work.invitations.of_occurrence(day.id)
        assert one.scope == OneOccurrence(day.id)
        assert LEA in answer.body

    async def test_until_an_hour_of_it(self, weekly: Office):
        await weekly.says(f"!visio inviter {LEA} le 10/12 jusqu'à 14h30", "a")
        day = (await dates(weekly))["10/12"]
        async with weekly.house.store.reading() as work:
            (one,) = await work.invitations.of_occurrence(day.id)
        assert one.until == day.start + HOUR / 2

    async def test_without_a_day_to_all(self, weekly: Office):
        await weekly.says(f"!visio inviter {LEA}", "a")
        day = (await dates(weekly))["10/12"]
        async with weekly.house.store.reading() as work:
            (one,) = await work.invitations.of_occurrence(day.id)
        assert one.scope == WholeSeries()


class TestMoving:
    @pytest.mark.parametrize(
        ("line", "start"),
        [
            ("déplacer celle du 10/12 à 15h", "10/12 15:00"),
            ('déplacer "Budget" du 10/12 au 11/12 à 15h', "11/12 15:00"),
            ("déplacer du 10/12 au 11/12", "11/12 14:00"),
            ("déplacer celle du 10 décembre au 11 décembre à 16h", "11/12 16:00"),
            ("déplacer la réunion du 10/12 de 1h", "10/12 15:00"),
            ("move the one of 10 December to 3pm", "10/12 15:00"),
            ("move the December 10 meeting to 3pm", "10/12 15:00"),
            ("move from 10 December to 11 December at 3pm", "11/12 15:00"),
        ],
    )
    async def test_that_date_alone(self, weekly: Office, line: str, start: str):
        before = await dates(weekly)
        await weekly.says(f"!visio {line}", "a")
        after = await dates(weekly)
        assert f"{after['10/12'].wall_start:%d/%m %H:%M}" == start
        assert {d: one.start for d, one in after.items() if d != "10/12"} == {
            d: one.start for d, one in before.items() if d != "10/12"
        }

    async def test_without_a_day_before_it_is_the_next_one(self, weekly: Office):
        await weekly.says("!visio déplacer à 15h", "a")
        assert (await dates(weekly))["03/12"].wall_start == datetime(2026, 12, 3, 15)

    async def test_a_day_without_a_new_time_moves_nothing(self, weekly: Office):
        before = await dates(weekly)
        (answer,) = await weekly.says("!visio déplacer celle du 10/12", "a")
        assert "à quel moment ?" in answer.body
        assert await dates(weekly) == before


class TestEndingAndWithdrawing:
    @pytest.mark.parametrize("line", ["terminer celle du 10/12", "end the one of 10 December"])
    async def test_that_date_alone_is_over(self, weekly: Office, line: str):
        (answer,) = await weekly.says(f"!visio {line}", "a")
        assert await cancelled(weekly) == ["10/12"]
        assert answer.body.startswith("« Budget » : la date du jeudi 10 décembre 2026")

    @pytest.mark.parametrize("line", [f"retirer {LEA} le 10/12", f"remove {LEA} on 10 December"])
    async def test_a_guest_of_that_date(self, weekly: Office, line: str):
        await weekly.says(f"!visio inviter {LEA} le 10/12", "i")
        (answer,) = await weekly.says(f"!visio retirer {LEA}", "n")
        assert "Lien retiré" not in answer.body, "the next date is another one"
        (answer,) = await weekly.says(f"!visio {line}", "a")
        assert answer.body.startswith(f"Lien retiré : {LEA}")

    async def test_a_day_without_one_is_refused(self, weekly: Office):
        (answer,) = await weekly.says("!visio terminer le 11/12", "a")
        assert await cancelled(weekly) == []
        assert "10 décembre" in answer.body
