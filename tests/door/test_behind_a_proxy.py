"""The door as deployed: a proxy ends TLS in front of it."""

from dataclasses import replace
from ipaddress import ip_network

from aiohttp import ClientSession
from structlog.testing import capture_logs

from federation.door.settings import DoorOptions, Rate
from tests.door.house import GENEROUS, House, open_house
from tests.door.proxied import a_proxy
from tests.servers.nginx import missing
from tests.servers.require import need

PUBLIC = "https://porte.exemple.gouv.fr"


def declared(settings: DoorOptions) -> DoorOptions:
    return replace(behind(settings), trusted_proxies=(ip_network("127.0.0.0/8"),))


def behind(settings: DoorOptions) -> DoorOptions:
    return replace(settings, public_url=PUBLIC)


async def test_cookies_are_for_https_and_this_host_alone(works):
    async with open_house(works, change=behind) as house, proxied(house) as session:
        link = await house.invite()
        async with session.post(
            f"/j/{link.code}", data={"name": "C"}, headers={"Origin": PUBLIC}, allow_redirects=False
        ) as answer:
            assert answer.status == 303
            assert answer.headers["Location"].startswith("/m/")
            assert "max-age" in answer.headers["Strict-Transport-Security"]
            (cookie,) = answer.headers.getall("Set-Cookie")
        assert cookie.startswith("__Host-visit-")
        parts = {part.strip() for part in cookie.split(";")}
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts
        assert not any(part.startswith("Domain") for part in parts)
        headers = {"Cookie": cookie.partition(";")[0]}
        async with session.get(answer.headers["Location"], headers=headers) as answer:
            assert answer.status == 200
            assert "Jean Dupont" in await answer.text()


async def test_the_inside_address_is_not_the_doors(works):
    async with open_house(works, change=behind) as house, house.browser() as session:
        async with session.get("/") as answer:
            assert answer.status == 421
        async with session.get(
            "/", headers={"X-Forwarded-Host": "porte.exemple.gouv.fr"}
        ) as answer:
            assert answer.status == 421


async def test_forty_clients_with_a_port_each_are_forty(works):
    """As Azure's gateway, IIS and others write addresses, in both families."""

    def strict(settings: DoorOptions) -> DoorOptions:
        return replace(declared(settings), limits=replace(GENEROUS, misses=Rate(1, 600)))

    async with open_house(works, change=strict) as house, proxied(house) as session:
        clients = [f"203.0.{n}.1:{50000 + n}" for n in range(20)]
        clients += [f"[2001:db8:{n:x}::1]:443" for n in range(20)]
        for client in clients:
            assert await guesses(session, client) == 404
        assert await guesses(session, "203.0.7.99") == 429
        assert await guesses(session, "_hidden") == 404
        assert await guesses(session, "203.0.99.1:50000") == 404
    assert unnamed(house, "unreadable") == 1


async def guesses(session: ClientSession, client: str) -> int:
    headers = {"X-Forwarded-For": client, "Origin": PUBLIC}
    async with session.post(f"/j/{'A' * 22}", data={"name": "C"}, headers=headers) as answer:
        return answer.status


async def test_a_proxy_that_was_not_declared_is_noticed_once(works, tmp_path):
    """A real nginx, as documented: then all clients of the door have one address."""
    need(not missing(), missing() or "")
    for change, count in ((behind, 3), (declared, 0)):
        with capture_logs() as logs:
            async with (
                open_house(works, change=change) as house,
                a_proxy(house, tmp_path / str(count), PUBLIC) as (session, url),
            ):
                for path in ("/", "/robots.txt", f"/j/{'A' * 22}"):
                    assert (await session.get(f"{url}{path}")).status == 200
        assert unnamed(house, "undeclared") == count
        told = [one for one in logs if one["event"] == "door.proxy.doubted"]
        assert [one["proxy"] for one in told] == ["127.0.0.0/24"][:count]


async def test_a_proxy_of_ours_that_names_nobody_is_noticed_where_guests_are(works):
    async with open_house(works, change=declared) as house, proxied(house) as session:
        for path in ("/", "/robots.txt", f"/j/{'A' * 22}"):
            async with session.get(path) as answer:
                assert answer.status == 200
    assert unnamed(house, "silent") == 1


async def test_on_plain_http_there_is_no_proxy_to_notice(works):
    async with open_house(works) as house, house.browser() as session:
        answer = await session.get("/", headers={"X-Forwarded-For": "192.0.2.1"})
        assert answer.status == 200
    assert unnamed(house, "undeclared") == 0


def unnamed(house: House, reason: str) -> float | None:
    return house.registry.get_sample_value("parvis_door_unnamed_total", {"reason": reason})


def proxied(house: House) -> ClientSession:
    return ClientSession(house.url, headers={"Host": "porte.exemple.gouv.fr"})
