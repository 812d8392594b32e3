"""If the salon admits: the passes that the door gives, without a browser."""

from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from bridge.ports import UnitsOfWork
from bridge.store import Store
from bridge.store.tables import outbox
from federation.door.settings import DoorOptions, Rate
from tests.door.house import OPENS, START, House, enter, open_house
from tests.doubles.ports import FakeMedia, FakePasses
from tests.wiring import MEDIA, Media

POLICY = "Content-Security-Policy"


async def ask(session: ClientSession, path: str) -> tuple[int, dict[str, object]]:
    async with session.post(f"{path}/pass") as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.status, await answer.json(content_type=None)


async def state(session: ClientSession, path: str) -> str:
    async with session.get(f"{path}/status") as answer:
        return str((await answer.json())["state"])


async def test_a_pass_is_given_once_the_salon_admits(salon_house: House, settled):
    link = await salon_house.invite()
    async with salon_house.browser() as session:
        path = await enter(session, link.code)
        async with session.get(path) as answer:
            assert answer.status == 200
            assert 'data-state="waiting"' in await answer.text()
        assert await ask(session, path) == (409, {"state": "waiting"})
        await salon_house.decide(path)
        status, given = await ask(session, path)
        assert status == 200
        assert set(given) == {"url", "token", "closes_in", "name", "recorded"}
        assert given["url"] == MEDIA
        assert str(given["token"]).startswith("guest-")
        assert given["name"] == "ext. Claire Martin (partenaire.example)"
        left = (START + timedelta(hours=1, minutes=15) - salon_house.clock.now()).total_seconds()
        assert float(str(given["closes_in"])) == pytest.approx(left, abs=5)
        assert await settled(lambda: state(session, path), "admitted") < 2
        async with session.get(path) as answer:
            shown = await answer.text()
        assert 'data-state="admitted"' in shown
        assert str(given["token"]) not in shown


async def test_a_pass_is_for_the_browser_that_was_admitted(salon_house: House):
    link = await salon_house.invite()
    async with salon_house.browser() as session, salon_house.browser() as other:
        path = await enter(session, link.code)
        await salon_house.decide(path)
        status, told = await ask(other, path)
        assert (status, told["type"]) == (403, "urn:parvis:door:lost")
        await enter(other, link.code)
        assert (await ask(other, path))[0] == 403
        assert (await ask(session, path))[0] == 200


async def test_a_pass_is_asked_for_by_our_own_page(salon_house: House):
    link = await salon_house.invite()
    async with salon_house.browser() as session:
        path = await enter(session, link.code)
        await salon_house.decide(path)
        for headers in ({"Origin": "https://elsewhere.example"}, {"Origin": "null"}):
            async with session.post(f"{path}/pass", headers=headers) as answer:
                assert answer.status == 403
                assert (await answer.json(content_type=None))["type"] == "urn:parvis:door:origin"


async def test_no_pass_outside_the_window_nor_after_a_refusal(salon_house: House):
    link = await salon_house.invite()
    async with salon_house.browser() as session, salon_house.browser() as other:
        path, refused = await enter(session, link.code), await enter(other, link.code)
        await salon_house.decide(refused, admit=False)
        assert await ask(other, refused) == (409, {"state": "refused"})
        await salon_house.decide(path)
        assert (await ask(session, path))[0] == 200
        salon_house.clock.set(START + timedelta(hours=1, minutes=15))
        assert await ask(session, path) == (409, {"state": "over"})
        salon_house.clock.set(OPENS - timedelta(seconds=5))
        assert await ask(session, path) == (409, {"state": "early"})
        salon_house.clock.set(START)
        await salon_house.save(replace(link.invitation, revoked_at=START))
        assert await ask(session, path) == (409, {"state": "revoked"})


async def test_passes_are_limited_as_forms_are_and_each_guest_by_themselves(works: UnitsOfWork):
    def scarce(settings: DoorOptions) -> DoorOptions:
        return replace(settings, limits=replace(settings.limits, entries=Rate(2, 60)))

    media = Media(FakeMedia(), FakePasses(), MEDIA)
    async with open_house(works, scarce, media=media) as house, house.browser() as session:
        house.clock.set(START)
        path, other = [await enter(session, (await house.invite()).code) for _ in range(2)]
        for one in (path, other):
            assert [(await ask(session, one))[0] for _ in range(2)] == [409, 409]
        for form in ("pass", "removed"):
            async with session.post(f"{path}/{form}") as answer:
                assert answer.status == 429
                assert int(answer.headers["Retry-After"]) > 0


async def test_only_the_page_where_guests_meet_may_reach_the_media_server(salon_house: House):
    link = await salon_house.invite()
    async with salon_house.browser() as session:
        path = await enter(session, link.code)
        async with session.get(path) as answer:
            policy, allowed = answer.headers[POLICY], answer.headers["Permissions-Policy"]
        assert "connect-src 'self' wss://media.example:7880 https://media.example:7880;" in policy
        assert "unsafe" not in policy
        assert "blob:" not in policy
        assert "camera=(self)" in allowed
        assert "microphone=(self)" in allowed
        assert "screen-wake-lock=(self)" in allowed
        assert "geolocation=()" in allowed
        await salon_house.decide(path, admit=False)
        for other in (path, f"/j/{link.code}", "/", "/nowhere"):
            async with session.get(other) as answer:
                assert "connect-src 'self';" in answer.headers[POLICY]
                assert "camera=()" in answer.headers["Permissions-Policy"]


@pytest.mark.parametrize("packed", [True, False])
async def test_the_page_has_its_scripts_packed_and_all_its_words(salon_house: House, packed):
    link = await salon_house.invite()
    accepted = {"Accept-Encoding": "gzip" if packed else "identity"}
    async with salon_house.browser(**accepted) as session:
        path = await enter(session, link.code)
        async with session.get(path) as answer:
            page = await answer.text()
        script = page.partition('type="module"')[0].rpartition('<script src="')[2].rstrip('" ')
        async with session.get(script) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
            assert answer.headers.get("Content-Encoding") == ("gzip" if packed else None)
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            size = int(answer.headers["Content-Length"])
        assert size <= 30_000
        assert "<script>" not in page
        assert " style=" not in page


class TestRemoved:
    """The page's own report that the host removed it."""

    async def test_ends_its_own_seat_and_no_other(self, salon_house: House, works: Store):
        link = await salon_house.invite()
        async with salon_house.browser() as session, salon_house.browser() as other:
            path, theirs = await enter(session, link.code), await enter(other, link.code)
            await salon_house.decide(path)
            async with other.post(f"{path}/removed") as answer:
                assert answer.status == 403
                assert answer.content_type == "application/problem+json"
            assert (await ask(session, path))[0] == 200
            for _ in range(2):
                async with session.post(f"{path}/removed") as answer:
                    assert (answer.status, await answer.json()) == (200, {"state": "removed"})
            assert await ask(session, path) == (409, {"state": "removed"})
            async with session.get(path) as answer:
                assert 'data-stamp="removed.' in await answer.text()
            assert await ask(other, theirs) == (409, {"state": "waiting"})
            await salon_house.decide(path)
            assert (await ask(session, path))[0] == 200
        async with works.begin(writing=False) as tx:
            told = (await tx.connection.execute(select(outbox.c.template))).scalars().all()
        assert told.count("guest.removed") == 1

    async def test_changes_nothing_without_a_seat(self, salon_house: House):
        link = await salon_house.invite()
        async with salon_house.browser() as session:
            path = await enter(session, link.code)
            async with session.post(f"{path}/removed") as answer:
                assert (answer.status, await answer.json()) == (200, {"state": "waiting"})
            for headers in ({"Origin": "https://elsewhere.example"}, {"Origin": "null"}):
                async with session.post(f"{path}/removed", headers=headers) as answer:
                    assert answer.status == 403
