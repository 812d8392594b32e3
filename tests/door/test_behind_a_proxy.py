"""The door as deployed: a proxy ends TLS in front of it."""

from dataclasses import replace

from aiohttp import ClientSession

from federation.door.settings import DoorSettings
from tests.door.house import House, open_house

PUBLIC = "https://porte.exemple.gouv.fr"


def behind(settings: DoorSettings) -> DoorSettings:
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


def proxied(house: House) -> ClientSession:
    return ClientSession(house.url, headers={"Host": "porte.exemple.gouv.fr"})
