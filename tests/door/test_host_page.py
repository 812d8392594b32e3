"""The host's page of the door on real sockets, without a browser."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID

import pytest
from aiohttp import ClientSession
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.domain.proof import Proof
from bridge.ids import VisitId
from bridge.ports import UnitsOfWork
from bridge.services.enforcement.host_removals import Removals
from federation.door.streams import PER_VISIT
from tests.defaults import default_policy
from tests.door.house import START, House, Link, enter, open_house
from tests.doubles.ports import FailingWorks, FakeMedia, FakePasses
from tests.spaces import as_typed
from tests.wiring import Media

FORM = re.compile(r'name="visit" value="([0-9a-f]{32})"')


@asynccontextmanager
async def hosting(house: House, link: Link) -> AsyncIterator[tuple[ClientSession, str]]:
    """A host who opened their link; yields their browser and its page's path."""
    code = await house.host_link(link.occurrence)
    async with house.browser() as host, host.post(f"/h/{code}", allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        yield host, answer.headers["Location"]


async def page(session: ClientSession, path: str) -> str:
    async with session.get(path) as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        return as_typed(await answer.text())


async def press(session: ClientSession, path: str, visit: str, deed: str) -> str:
    """Press a button; return what the page says of it."""
    fields = {"visit": visit, "do": deed}
    async with session.post(path, data=fields, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        told = re.search(r'role="status">([^<]*)<', await page(session, answer.headers["Location"]))
    assert told is not None
    return told[1]


async def state(session: ClientSession, path: str) -> str:
    async with session.get(f"{path}/status") as answer:
        return str((await answer.json())["state"])


async def test_the_link_shows_one_page_for_every_code_and_a_get_changes_nothing(salon_house: House):
    link = await salon_house.invite()
    code = await salon_house.host_link(link.occurrence)
    async with salon_house.browser() as session:
        known, other = await page(session, f"/h/{code}"), await page(session, f"/h/{'A' * 22}")
        assert known == other
        assert "Ouvrir l’accueil" in known
        assert len(session.cookie_jar) == 0
        async with session.head(f"/h/{code}") as answer:
            assert answer.status == 405
        async with session.post(f"/h/{'A' * 22}") as answer:
            assert answer.status == 404
            assert "Ce lien ne mène à aucun accueil" in await answer.text()
        async with session.post(f"/h/{code}", allow_redirects=False) as answer:
            assert answer.status == 303
            (cookie,) = answer.cookies.values()
            assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


async def test_only_the_browser_that_opened_it_has_it(salon_house: House):
    link = await salon_house.invite()
    code = await salon_house.host_link(link.occurrence)
    async with salon_house.browser() as host, salon_house.browser() as other:
        async with host.post(f"/h/{code}", allow_redirects=False) as answer:
            path = answer.headers["Location"]
        async with other.post(f"/h/{code}") as answer:
            assert answer.status == 409
            assert "déjà ouvert ailleurs" in await answer.text()
        for asked in (other.get(path), other.get(f"{path}/status"), other.get(f"{path}/events")):
            async with asked as answer:
                assert answer.status == 403
        async with other.post(path, data={"visit": "0" * 32, "do": "admit"}) as answer:
            assert answer.status == 403
        assert "Personne n’attend" in await page(host, path)


async def test_who_left_the_salon_finds_an_open_page_closed(salon_house: House):
    link = await salon_house.invite()
    async with salon_house.browser() as guest, hosting(salon_house, link) as (host, path):
        visit = await enter(guest, link.code)
        await page(guest, visit)
        fields = {"visit": visit.rpartition("/")[2], "do": "admit"}
        assert link.meeting.salon is not None
        await salon_house.leaves(link.meeting.salon)
        async with host.post(path, data=fields) as answer:
            assert answer.status == 403
            assert "vous n’êtes plus dans le salon" in await answer.text()
        for asked in (host.get(path), host.get(f"{path}/status"), host.get(f"{path}/events")):
            async with asked as answer:
                assert answer.status == 403
        assert await state(guest, visit) == "waiting"


async def test_a_guest_is_let_in_put_out_and_let_back_in(salon_house: House, settled):
    link = await salon_house.invite()
    async with salon_house.browser() as guest, hosting(salon_house, link) as (host, path):
        visit = await enter(guest, link.code)
        await page(guest, visit)
        shown = await page(host, path)
        assert "À la porte (1)" in shown
        assert "lien envoyé à claire.martin@partenaire.example, identité non vérifiée" in shown
        assert "attend depuis 14h00" in shown
        (found,) = FORM.findall(shown)
        assert found == visit.rpartition("/")[2]
        assert await press(host, path, found, "admit") == "C’est fait."
        await settled(lambda: state(guest, visit), "admitted")
        assert await press(host, path, found, "put-out") == "C’est fait."
        await settled(lambda: state(guest, visit), "removed")
        assert (await press(host, path, found, "refuse")).startswith("Trop tard")
        assert await press(host, path, found, "readmit") == "C’est fait."
        await settled(lambda: state(guest, visit), "admitted")
        assert await press(host, path, found, "put-out") == "C’est fait."
        assert 'data-every="5"' in await page(guest, visit), "asks soon, for what is newer"
        await salon_house.save(replace(link.invitation, revoked_at=salon_house.clock.now()))
        await settled(lambda: state(guest, visit), "revoked")


async def test_whose_name_was_changed_again_and_again_is_told_apart(salon_house: House, settled):
    link = await salon_house.invite()
    async with salon_house.browser() as guest, hosting(salon_house, link) as (host, path):
        visit = await enter(guest, link.code)
        await page(guest, visit)
        (found,) = FORM.findall(await page(host, path))
        await press(host, path, found, "admit")
        await settled(lambda: state(guest, visit), "admitted")
        async with salon_house.works.reading() as work:
            seat = await work.seats.of_visit(VisitId(UUID(hex=found)))
        assert seat is not None
        removals = Removals(salon_house.tools)
        assert await removals.for_altering(seat)
        assert "participation arrêtée à 14h00 : nom affiché changé" in await page(host, path)
        assert "participation ended at 14:00: shown name changed" in await page(
            host, f"{path}?lang=en"
        )
        assert await press(host, path, found, "readmit") == "C’est fait."


async def test_who_showed_the_code_of_their_mail_is_told_as_in_the_salon(salon_house: House):
    link = await salon_house.invite()
    await salon_house.save(replace(link.invitation, proof=Proof.MAIL))
    async with salon_house.browser() as guest, hosting(salon_house, link) as (host, path):
        visit = await enter(guest, link.code)
        async with salon_house.works() as work:
            await work.visits.prove(VisitId(UUID(hex=visit.rpartition("/")[2])), Proof.MAIL)
        await page(guest, visit)
        assert "partenaire.example, adresse vérifiée" in await page(host, path)


async def test_devices_of_one_link_stand_side_by_side(salon_house: House):
    link = await salon_house.invite()
    async with (
        salon_house.browser() as phone,
        salon_house.browser() as laptop,
        hosting(salon_house, link) as (host, path),
    ):
        for device in (phone, laptop):
            await page(device, await enter(device, link.code))
        shown = await page(host, path)
        assert shown.count("claire.martin@partenaire.example") == 1
        assert "n° 1" in shown
        assert "Faire entrer le n° 2" in shown
        assert "n° 2" in shown
        assert "prend sa place" not in shown
        first, second = FORM.findall(shown)
        await press(host, path, first, "admit")
        assert "prend sa place" in await page(host, path)
        await press(host, path, second, "admit")
        assert FORM.findall(await page(host, path)) == [second]


async def test_a_link_that_moved_too_often_is_told_and_the_other_device_put_out(salon_house: House):
    link = await salon_house.invite()
    await salon_house.save(replace(link.invitation, takeovers=default_policy().takeovers))
    async with (
        salon_house.browser() as phone,
        salon_house.browser() as laptop,
        hosting(salon_house, link) as (host, path),
    ):
        for device in (phone, laptop):
            await page(device, await enter(device, link.code))
        first, second = FORM.findall(await page(host, path))
        await press(host, path, first, "admit")
        assert "trop souvent" in await press(host, path, second, "admit")
        await press(host, path, first, "put-out")
        assert await press(host, path, second, "admit") == "C’est fait."


async def test_what_no_page_of_ours_sends_is_refused(salon_house: House):
    link = await salon_house.invite()
    async with salon_house.browser() as guest, hosting(salon_house, link) as (host, path):
        visit = await enter(guest, link.code)
        await page(guest, visit)
        good = {"visit": visit.rpartition("/")[2], "do": "admit"}
        for fields in ({}, {**good, "do": "own"}, {**good, "visit": "x"}, {"visit": "", "do": ""}):
            async with host.post(path, data=fields) as answer:
                assert answer.status == 400
        async with host.post(path, data=good, headers={"Origin": "https://evil.example"}) as answer:
            assert answer.status == 403
        async with host.post(path, json=good) as answer:
            assert answer.status == 415
        async with host.post(path, data={**good, "visit": "0" * 32}) as answer:
            assert answer.status == 403
        assert "À la porte (1)" in await page(host, path)


async def test_the_page_hears_at_once_and_its_streams_are_few(salon_house: House):
    link = await salon_house.invite()
    async with salon_house.browser() as guest, hosting(salon_house, link) as (host, path):
        streams = [await host.get(f"{path}/events") for _ in range(PER_VISIT)]
        async with host.get(f"{path}/events") as answer:
            assert answer.status == 429
        stamps = [await stamp(one.content) for one in streams]
        async with host.get(f"{path}/status") as answer:
            assert (await answer.json())["stamp"] == stamps[0]
        await page(guest, await enter(guest, link.code))
        assert await stamp(streams[0].content) != stamps[0]
        for one in streams:
            one.close()


async def stamp(content) -> str:
    while not (line := (await content.readline()).decode()).startswith("data: "):
        pass
    return str(json.loads(line.removeprefix("data: "))["stamp"])


async def test_in_english_with_nothing_to_run(salon_house: House):
    link = await salon_house.invite()
    async with hosting(salon_house, link) as (host, path):
        shown = await page(host, f"{path}?lang=en&said=%22%3E")
        assert "Front desk of the meeting" in shown
        assert 'http-equiv="refresh"' in shown
        fields = {"visit": "0" * 32, "do": "admit"}
        async with host.post(f"{path}?lang=en", data=fields) as answer:
            assert answer.status == 403
            assert "This front desk is not open here" in await answer.text()


async def test_a_database_that_goes_away_ends_its_streams_quietly(works: UnitsOfWork):
    failing = FailingWorks(works, [])
    media = Media(FakeMedia(), FakePasses(), "wss://media.example")
    async with open_house(failing, media=media) as house:
        house.clock.set(START)
        link = await house.invite()
        async with hosting(house, link) as (host, path):
            async with host.get(f"{path}/events") as stream:
                await stamp(stream.content)
                failing.faults.append(ConnectionRefusedError())
                async with asyncio.timeout(10):
                    rest = await stream.content.read()
            assert b"HTTP/1.1" not in rest
            assert b"<html" not in rest
            assert "Personne n’attend" in await page(host, path)


@pytest.mark.long
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    fields=st.dictionaries(
        st.sampled_from(["visit", "do", "code", "send"]) | st.text(max_size=5),
        st.sampled_from(["admit", "put-out", "0" * 32, "123456"]) | st.text(max_size=40),
        max_size=4,
    ),
    query=st.text(max_size=20),
)
async def test_no_form_of_hosts_or_guests_gives_a_5xx(salon_house: House, fields, query):
    link = await salon_house.invite()
    await salon_house.save(replace(link.invitation, proof=Proof.MAIL))
    sent = {
        name.encode("utf-8", "replace").decode(): value.encode("utf-8", "replace").decode()
        for name, value in fields.items()
    }
    async with salon_house.browser() as guest, hosting(salon_house, link) as (host, path):
        visit = await enter(guest, link.code)
        known = {"visit": visit.rpartition("/")[2]}
        for session, target, form in (
            (host, path, sent),
            (host, path, known | sent),
            (host, f"/h/{'A' * 22}", sent),
            (guest, f"{visit}/proof", sent),
        ):
            params = {"lang": "fr", "said": query.encode("utf-8", "replace").decode()}
            body, kind = urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}
            async with session.post(target, data=body, params=params, headers=kind) as answer:
                assert answer.status < 500


async def test_when_the_meeting_is_over(salon_house: House):
    link = await salon_house.invite()
    code = await salon_house.host_link(link.occurrence)
    async with hosting(salon_house, link) as (host, path), salon_house.browser() as late:
        async with late.post(f"/h/{code}") as answer:
            assert answer.status == 404  # a newer one was opened
        salon_house.clock.set(link.occurrence.end.replace(hour=23))
        assert "La réunion est terminée" in await page(host, path)


async def test_where_visio_admits_there_is_no_such_page(works: UnitsOfWork):
    async with (
        open_house(works) as house,
        house.browser() as session,
        session.get(f"/h/{'A' * 22}") as answer,
    ):
        assert answer.status == 404
