"""A visit's page tells the truth at once: early, over, withdrawn, the organiser, or the way in."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.meeting import OccurrenceState
from tests.door.house import OPENS, START, House, enter

TITLES = {
    "early": "La réunion n’est pas encore ouverte",
    "preparing": "La réunion se prépare",
    "over": "Cette réunion est passée",
    "ended": "La réunion est terminée",
    "revoked": "Votre invitation a été retirée",
    "cancelled": "La réunion est annulée",
    "lost": "Ouvrez de nouveau votre lien d’invitation",
}


async def shown(session, path: str) -> str:
    """Return the page that a visit gets, or the address to which it is sent."""
    async with session.get(path, allow_redirects=False) as answer:
        if answer.status == 303:
            return str(answer.headers["Location"])
        page = await answer.text()
    (state,) = [state for state, title in TITLES.items() if f"<h1>{title}</h1>" in page]
    assert "Jean Dupont" in page or state == "lost"
    assert "@" not in page
    assert "abc-defg-hij" not in page
    return state


async def state(session, path: str) -> str:
    async with session.get(f"{path}/status") as answer:
        assert answer.headers["Content-Type"] == "application/json"
        return str((await answer.json())["state"])


def room(house: House) -> str:
    return f"{house.visio}/abc-defg-hij?silentLogin=false&hideLogin=true"


async def test_each_moment_has_its_page(house: House):
    link = await house.invite()
    async with house.browser() as session:
        path = await enter(session, link.code)
        assert await shown(session, path) == await state(session, path) == "early"
        house.clock.set(OPENS - timedelta(milliseconds=300))
        assert await shown(session, path) == "early"
        house.clock.set(OPENS)
        assert await state(session, path) == "open"
        assert await shown(session, path) == room(house)
        house.clock.set(START + timedelta(hours=1, minutes=15))
        assert await shown(session, path) == await state(session, path) == "over"


async def test_extending_moving_and_withdrawing_act_at_once(house: House):
    link = await house.invite()
    async with house.browser() as session:
        path = await enter(session, link.code)
        house.clock.set(START + timedelta(hours=2))
        assert await shown(session, path) == "over"
        await house.save(replace(link.invitation, until=START + timedelta(hours=3)))
        assert await shown(session, path) == room(house)
        await house.save(replace(link.invitation, revoked_at=START))
        assert await shown(session, path) == "revoked"
        assert await enter(session, link.code)
        await house.save(link.invitation)
        start = START + timedelta(days=1)
        await house.save(link.occurrence.moved(start, start + timedelta(hours=1)))
        assert await shown(session, path) == "early"
        await house.save(replace(link.occurrence, state=OccurrenceState.CANCELLED))
        assert await shown(session, path) == "cancelled"
        await house.save(replace(link.occurrence, state=OccurrenceState.ENDED))
        assert await shown(session, path) == "ended"


async def test_a_change_reaches_waiting_pages_within_a_second(house: House, settled):
    link = await house.invite()
    async with house.browser() as session:
        path = await enter(session, link.code)
        async with session.get(f"{path}/status") as answer:
            before = await answer.json()
        await house.save(replace(link.invitation, revoked_at=START))
        assert await settled(lambda: state(session, path), "revoked") < 1.5
        async with session.get(f"{path}/status") as answer:
            after = await answer.json()
    assert before["stamp"] != after["stamp"]
    assert before["opens_at"] == "2026-12-01T12:50:00Z"
    assert 0 < before["opens_in"] <= 3000
    assert after["opens_in"] <= before["opens_in"]
    assert set(before) == {"state", "stamp", "opens_at", "opens_in", "closes_in"}


async def test_the_page_waits_for_a_room_that_is_still_being_made(house: House):
    link = await house.invite(ready=False)
    house.clock.set(START)
    async with house.browser() as session:
        path = await enter(session, link.code)
        assert await shown(session, path) == "preparing"
        await house.save(replace(link.meeting, room=house.meeting("", START).room))
        assert await shown(session, path) == room(house)


async def test_a_visit_belongs_to_one_browser(house: House):
    link = await house.invite()
    house.clock.set(START)
    async with house.browser() as session, house.browser() as other:
        path = await enter(session, link.code)
        assert await shown(other, path) == "lost"
        async with other.get(f"{path}/status") as answer:
            assert answer.status == 403
            assert answer.headers["Content-Type"] == "application/problem+json"
        cookies = "; ".join(f"{one.key}={'A' * 22}" for one in session.cookie_jar)
        async with other.get(path, headers={"Cookie": cookies}) as answer:
            assert answer.status == 403
        headers = {"Cookie": f"visit-{'a' * 32}={'A' * 22}"}
        async with other.get(f"/m/{'a' * 32}/status", headers=headers) as answer:
            assert answer.status == 403
        assert await shown(session, path) == room(house)


async def test_the_same_link_works_on_another_device(house: House):
    link = await house.invite()
    house.clock.set(START)
    async with house.browser() as laptop, house.browser() as phone:
        first, second = await enter(laptop, link.code), await enter(phone, link.code)
        assert await shown(laptop, first) == await shown(phone, second) == room(house)


async def test_two_links_in_one_browser_stay_two_visits(house: House):
    one, other = await house.invite(title="Un"), await house.invite(title="Autre")
    async with house.browser() as session:
        first, second = await enter(session, one.code), await enter(session, other.code)
        async with session.get(first) as answer:
            assert "<dd>Un</dd>" in await answer.text()
        async with session.get(second) as answer:
            assert "<dd>Autre</dd>" in await answer.text()


async def test_a_browser_forgets_its_oldest_visits_not_its_newest(house: House):
    links = [await house.invite() for _ in range(15)]
    async with house.browser() as session:
        paths = [await enter(session, link.code) for link in links]
        assert [await shown(session, path) for path in paths] == ["lost"] * 3 + ["early"] * 12


async def test_a_page_loaded_ahead_of_a_click_follows_nothing(house: House):
    link = await house.invite()
    house.clock.set(START)
    async with house.browser() as session:
        path = await enter(session, link.code)
        headers = {"Sec-Purpose": "prefetch;prerender"}
        async with session.get(path, headers=headers, allow_redirects=False) as answer:
            assert answer.status == 403
        assert await shown(session, path) == room(house)


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_a_visit_keeps_the_language_of_its_form(house: House, language):
    link = await house.invite()
    async with house.browser() as session:
        async with session.post(f"/j/{link.code}?lang={language}", data={"name": "C"}) as answer:
            assert f'<html lang="{language}">' in await answer.text()
        async with session.get(f"{answer.url.path}?lang=fr") as answer:
            assert '<html lang="fr">' in await answer.text()


async def test_a_room_elsewhere_is_reached_by_a_click(house: House):
    link = await house.invite()
    assert link.meeting.room is not None
    elsewhere = replace(link.meeting.room, url="https://autre.example/abc-defg-hij?x=1")
    await house.save(replace(link.meeting, room=elsewhere))
    house.clock.set(START)
    async with house.browser() as session:
        path = await enter(session, link.code)
        async with session.get(path) as answer:
            assert answer.status == 200
            page = await answer.text()
    link_ = "https://autre.example/abc-defg-hij?x=1&amp;silentLogin=false&amp;hideLogin=true"
    assert f'href="{link_}"' in page
