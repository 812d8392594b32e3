"""A guest says whether they come, and takes the meeting into their calendar."""

from datetime import timedelta

import pytest
from aiohttp import ClientResponse, ClientSession

from bridge.domain.answer import Answer, Answered
from tests.door.house import START, House, Link, enter
from tests.unit.bridge.calendars.ics import opened

YES = "Vous avez répondu que vous venez."


async def reply(session: ClientSession, path: str, **more: object) -> ClientResponse:
    """Press one of the buttons; `yes` by default."""
    given: dict[str, object] = {"data": {"answer": "yes"}, **more}
    async with session.post(f"{path}/answer", allow_redirects=False, **given) as answer:  # type: ignore[arg-type]
        await answer.read()
        return answer


async def page(session: ClientSession, path: str) -> str:
    async with session.get(path) as answer:
        return await answer.text()


async def kept(house: House, link: Link) -> list[Answered]:
    async with house.works.reading() as work:
        return list(await work.answers.of_occurrence(link.occurrence.id))


class TestAnswer:
    async def test_each_button_is_kept_and_shown(self, house: House):
        link = await house.invite()
        house.clock.set(START - timedelta(days=1))
        async with house.browser() as session:
            path = await enter(session, link.code)
            first = await page(session, path)
            assert "Viendrez-vous ?" in first.replace("\u202f", " ")
            assert 'aria-pressed="true"' not in first
            for said in Answer:
                answer = await reply(session, path, data={"answer": said.value})
                assert (answer.status, answer.headers["Location"]) == (303, path)
                (one,) = await kept(house, link)
                assert (one.who, one.answer) == (link.invitation.id, said)
                text = await page(session, path)
                assert f'value="{said}" aria-pressed="true"' in text
                assert text.count('aria-pressed="true"') == 1
            assert YES not in text

    async def test_the_page_answers_in_its_language(self, house: House):
        link = await house.invite()
        house.clock.set(START - timedelta(days=1))
        async with house.browser() as session:
            path = await enter(session, link.code)
            async with session.post(
                f"{path}/answer?lang=en", data={"answer": "maybe"}, allow_redirects=True
            ) as answer:
                assert "You answered that you may come." in await answer.text()

    async def test_the_same_answer_again_changes_nothing(self, house: House):
        link = await house.invite()
        house.clock.set(START - timedelta(days=1))
        async with house.browser() as session:
            path = await enter(session, link.code)
            await reply(session, path)
            before = await kept(house, link)
            house.clock.set(START - timedelta(hours=20))
            await reply(session, path)
            assert await kept(house, link) == before

    async def test_nobody_else_answers(self, house: House):
        link = await house.invite()
        house.clock.set(START - timedelta(days=1))
        async with house.browser() as session, house.browser() as other:
            path = await enter(session, link.code)
            assert (await reply(other, path)).status == 403
            assert (
                await reply(session, path, headers={"Origin": "https://evil.example"})
            ).status == 403
            assert (await reply(session, path, data={"answer": "oui"})).status == 400
            assert (await reply(session, path, data={})).status == 400
            assert (await reply(session, path, data=b"x")).status == 415
        assert await kept(house, link) == []

    async def test_after_the_end_it_is_too_late(self, house: House):
        link = await house.invite()
        house.clock.set(START - timedelta(days=1))
        async with house.browser() as session:
            path = await enter(session, link.code)
            house.clock.set(START + timedelta(days=1))
            assert (await reply(session, path)).status == 303
            assert "Viendrez-vous" not in await page(session, path)
        assert await kept(house, link) == []


class TestCalendar:
    async def test_the_file_is_the_meeting_with_the_guests_own_link(self, house: House):
        link = await house.invite()
        house.clock.set(START - timedelta(days=1))
        async with house.browser() as session:
            path = await enter(session, link.code)
            assert f'href="{path}/calendar?lang=fr"' in await page(session, path)
            async with session.get(f"{path}/calendar?lang=en") as answer:
                assert answer.status == 200
                assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
                assert answer.headers["Cache-Control"] == "no-store"
                assert 'filename="invite.ics"' in answer.headers["Content-Disposition"]
                content = await answer.read()
        made = opened(content)
        (event,) = made.events
        assert (event.start, event.end) == (START, START + timedelta(hours=1))
        assert str(event["SUMMARY"]) == "Point budget"
        assert str(event["URL"]).endswith(f"/j/{link.code}")
        assert str(event["UID"]).startswith(f"{link.invitation.id}@")
        assert {"METHOD"}.isdisjoint(made)
        assert {"ATTENDEE", "ORGANIZER"}.isdisjoint(event)
        assert b"partenaire.example" not in content
        assert house.visio.encode() not in content

    @pytest.mark.parametrize("late", [False, True])
    async def test_nobody_else_gets_it(self, house: House, late: bool):
        link = await house.invite()
        house.clock.set(START - timedelta(days=1))
        async with house.browser() as session, house.browser() as other:
            path = await enter(session, link.code)
            async with other.get(f"{path}/calendar") as answer:
                assert answer.status == 403
                assert link.code not in await answer.text()
            if late:
                house.clock.set(START + timedelta(days=1))
                async with session.get(f"{path}/calendar", allow_redirects=False) as answer:
                    assert (answer.status, answer.headers["Location"]) == (303, path)
