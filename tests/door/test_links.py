"""The page of a link: the same for every code, and reading it changes nothing."""

import secrets
from dataclasses import replace

import pytest

from tests.door.house import START, House, enter


async def page(session, path: str) -> tuple[int, dict[str, str], bytes]:
    async with session.get(path) as answer:
        headers = {name: value for name, value in answer.headers.items() if name != "Date"}
        return answer.status, headers, await answer.read()


async def test_the_answer_is_the_same_for_every_code(house: House):
    waiting, revoked, over, visited = [await house.invite() for _ in range(4)]
    await house.save(replace(revoked.invitation, revoked_at=START))
    await house.save(replace(over.invitation, until=START))
    codes = [link.code for link in (waiting, revoked, over, visited)]
    codes += [secrets.token_urlsafe(16), "A" * 22, "_-" * 11]
    async with house.browser() as session:
        await enter(session, visited.code)
        answers = [await page(session, f"/j/{code}") for code in codes]
    assert answers[0][0] == 200
    assert all(answer == answers[0] for answer in answers)
    assert not any(code.encode() in answers[0][2] for code in codes)


async def test_looking_changes_nothing(house: House):
    link = await house.invite()
    async with house.browser() as session:
        await page(session, f"/j/{link.code}")
    async with house.works.reading() as work:
        assert await work.invitations.get(link.invitation.id) == link.invitation
        assert await work.visits.count(link.invitation.id) == 0


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
async def test_only_get_and_post_are_answered(house: House, method):
    link = await house.invite()
    async with (
        house.browser() as session,
        session.request(method, f"/j/{link.code}") as answer,
    ):
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET,POST"


@pytest.mark.parametrize(
    "odd",
    [
        "short",
        "A" * 21,
        "A" * 23,
        "A" * 21 + "é",
        "A" * 20 + "%2e",
        "%2e%2e%2f" + "A" * 19,
        "A/" * 11,
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_is_no_code_gets_the_page_of_no_page(house: House, odd, method):
    async with (
        house.browser() as session,
        session.request(method, f"/j/{odd}", data=None) as answer,
        session.get("/nowhere") as other,
    ):
        assert answer.status == other.status == 404
        assert await answer.read() == await other.read()


@pytest.mark.parametrize(
    ("accepted", "query", "spoken"),
    [
        ("fr", "", "fr"),
        ("en-US,en;q=0.9,fr;q=0.8", "", "en"),
        ("en;q=0.5, fr-CA;q=0.7", "", "fr"),
        ("de, en;q=0.1", "", "en"),
        ("de", "", "fr"),
        ("*", "", "fr"),
        ("fr;q=0, en;q=0.1", "", "en"),
        ("fr;q=abc, ;;,=,en;q=1.5", "", "fr"),
        ("x" * 4000, "", "fr"),
        ("fr", "?lang=en", "en"),
        ("en", "?a=b&lang=fr&c", "fr"),
        ("en", "?lang=de", "en"),
        ("en", "?lang=%66r", "fr"),
    ],
)
async def test_the_language_is_the_switch_or_the_browsers(house: House, accepted, query, spoken):
    headers = {"Accept-Language": accepted}
    async with house.browser(**headers) as session:
        _, _, body = await page(session, f"/j/{'A' * 22}{query}")
    assert f'<html lang="{spoken}">'.encode() in body
    assert b'href="?lang=fr"' in body
    assert b'href="?lang=en"' in body
