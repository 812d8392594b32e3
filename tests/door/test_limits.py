"""Limits of one network's requests, and the answers beyond them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import ip_network

import pytest
from aiohttp import ClientSession

from federation.door.limits import Limiter
from federation.door.settings import DoorOptions, Rate
from tests.defaults import door_limits
from tests.door.house import enter, open_house

MANY = Rate(10**6, 1)


def limited(**rates: Rate) -> Callable[[DoorOptions], DoorOptions]:
    return lambda settings: replace(settings, limits=door_limits(**rates))


class Watch:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_bucket_holds_its_burst_and_refills_evenly():
    watch = Watch()
    limiter = Limiter(Rate(20, 600), remembered=10, now=watch)
    assert [limiter.take("net") for _ in range(20)] == [0.0] * 20
    assert limiter.take("net") == pytest.approx(30)
    assert limiter.wait("net") == pytest.approx(30)
    watch.seconds += 29.9
    assert limiter.take("net") > 0
    watch.seconds += 0.2
    assert limiter.wait("net") == 0
    assert limiter.take("net") == 0
    assert limiter.take("net") > 0
    assert limiter.take("other") == 0


def test_what_is_remembered_is_bounded():
    limiter = Limiter(Rate(1, 600), remembered=3, now=Watch())
    assert all(limiter.take(key) == 0 for key in range(100))
    assert len(limiter) == 3
    assert limiter.take(99) > 0
    assert limiter.take(0) == 0


async def test_guessing_is_held_against_guesses_alone(works):
    """A valid link from the same network, a guest's or a host's, opens all the same."""
    async with (
        open_house(works, limited(requests=MANY, misses=Rate(3, 600))) as house,
        house.browser() as session,
    ):
        link = await house.invite()
        for n in range(3):
            async with session.post(f"/j/{n:022}", data={"name": "C"}) as answer:
                assert answer.status == 404
        async with session.post(f"/j/{'B' * 22}", data={"name": "C"}) as unknown:
            assert unknown.status == 429
            assert 190 <= int(unknown.headers["Retry-After"]) <= 200
            assert "Trop de demandes" in await unknown.text()
        assert (await enter(session, link.code)).startswith("/m/")
        async with session.get(f"/j/{link.code}") as answer:
            assert answer.status == 200
    assert house.registry.get_sample_value("parvis_door_misses_total") == 3


async def test_a_link_that_was_erased_is_no_guess(works):
    async with (
        open_house(works, limited(requests=MANY, misses=Rate(1, 600))) as house,
        house.browser() as session,
    ):
        link = await house.invite()
        async with house.works() as work:
            await work.invitations.forget(link.occurrence.id)
        for _ in range(3):
            async with session.post(f"/j/{link.code}", data={"name": "C"}) as answer:
                assert answer.status == 404
        async with session.post(f"/j/{'B' * 22}", data={"name": "C"}) as answer:
            assert answer.status == 404
    assert house.registry.get_sample_value("parvis_door_misses_total") == 1


async def test_neighbours_who_flood_keep_no_guest_out(works):
    """Neither one with an open visit, nor one with a valid link."""
    async with (
        open_house(works, limited(requests=Rate(5, 600))) as house,
        house.browser() as guest,
        house.browser() as neighbour,
    ):
        link = await house.invite()
        path = await enter(guest, link.code)
        (name,) = [one.key for one in guest.cookie_jar]
        made_up = {"Cookie": f"{name}={'A' * 22}; visit-é=x"}
        for headers in ({}, made_up):
            for where in ("/", f"{path}/status"):
                statuses = [await got(neighbour, where, headers) for _ in range(6)]
                assert statuses[-1] == 429
        assert [await got(guest, path) for _ in range(3)] == [200] * 3
        assert await got(guest, f"{path}/status") == 200
        assert (await enter(neighbour, link.code)).startswith("/m/")
        assert [await got(guest, "/robots.txt") for _ in range(3)][-1] == 429


async def got(session: ClientSession, path: str, headers: Mapping[str, str] | None = None) -> int:
    async with session.get(path, headers=headers) as answer:
        return answer.status


async def test_one_link_is_limited_within_one_network_only(works):
    limits = door_limits(requests=MANY, per_code=Rate(2, 600))
    proxies = (ip_network("127.0.0.0/8"),)

    def behind(settings: DoorOptions) -> DoorOptions:
        return replace(settings, limits=limits, trusted_proxies=proxies)

    async with (
        open_house(works, behind) as house,
        house.browser() as session,
    ):
        link, other = await house.invite(), await house.invite()
        scanner, human = {"X-Forwarded-For": "192.0.2.7"}, {"X-Forwarded-For": "198.51.100.9"}

        async def status(code: str, headers: dict[str, str]) -> int:
            async with session.post(
                f"/j/{code}", data={"name": "C"}, headers=headers, allow_redirects=False
            ) as answer:
                return answer.status

        assert [await status(link.code, scanner) for _ in range(4)] == [303, 303, 429, 429]
        assert await status(other.code, scanner) == 303
        assert await status(link.code, human) == 303


async def test_a_network_that_used_up_its_requests_and_guesses_leaves_others_theirs(works):
    limits = door_limits(requests=Rate(3, 600), misses=Rate(1, 600))
    proxies = (ip_network("127.0.0.0/8"),)
    networks = [("192.0.2.7", "192.0.2.8", "192.0.3.7"), ("2001:db8::1", "2001:db8::2", "fd00::1")]

    def behind(settings: DoorOptions) -> DoorOptions:
        return replace(settings, limits=limits, trusted_proxies=proxies)

    async with open_house(works, behind) as house, house.browser() as session:

        async def guess(address: str) -> int:
            headers = {"X-Forwarded-For": address}
            async with session.post(f"/j/{'B' * 22}", data={"name": "C"}, headers=headers) as got:
                return got.status

        for one, neighbour, other in networks:
            assert (await guess(one), await guess(neighbour)) == (404, 429)
            assert await guess(other) == 404
            asked = [await got(session, "/", {"X-Forwarded-For": one}) for _ in range(4)]
            assert asked == [200, 200, 200, 429]
            assert await got(session, "/", {"X-Forwarded-For": other}) == 200


async def test_too_many_requests_of_any_kind(works):
    async with (
        open_house(works, limited(requests=Rate(5, 60))) as house,
        house.browser() as session,
    ):
        statuses = []
        for path in ("/", "/robots.txt", f"/j/{'A' * 22}", "/nowhere", "/"):
            async with session.get(path) as answer:
                statuses.append(answer.status)
        assert statuses == [200, 200, 200, 404, 200]
        async with session.post(f"/m/{'a' * 32}/pass") as refused:
            assert refused.status == 429
            assert refused.headers["Content-Type"] == "application/problem+json"
            assert refused.headers["Retry-After"] == "12"


async def test_forms_have_a_limit_of_their_own(works):
    limits = limited(requests=MANY, entries=Rate(2, 60))
    async with open_house(works, limits) as house, house.browser() as session:
        link = await house.invite()
        await enter(session, link.code)
        await enter(session, link.code)
        async with session.post(f"/j/{link.code}", data={"name": "C"}) as answer:
            assert answer.status == 429


async def test_pages_that_wait_keep_nobody_of_their_network_out(works):
    async with (
        open_house(works, limited(requests=Rate(4, 600))) as house,
        house.browser() as session,
    ):
        link = await house.invite()
        path = await enter(session, link.code)
        asked = []
        for _ in range(6):
            async with session.get(f"{path}/status") as answer:
                asked.append(answer.status)
        assert asked == [200] * 4 + [429] * 2
        async with session.get(f"/j/{link.code}") as answer:
            assert answer.status == 200
