"""The headers of every answer."""

import pytest

from federation.door.headers import security_headers
from tests.defaults import door_options
from tests.door.house import House, enter

PATHS = ["/", "/robots.txt", "/favicon.ico", "/nowhere", f"/j/{'A' * 22}", f"/m/{'a' * 32}",
         f"/m/{'a' * 32}/status", "/static/none.css"]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_is_dressed(house: House, path, method):
    async with house.browser() as session, session.request(method, path) as answer:
        headers = answer.headers
    assert "Server" not in headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self'; form-action 'self' {house.visio}; base-uri 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'"
    )
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    sensors = headers["Permissions-Policy"].split(", ")
    assert {"camera=()", "microphone=()", "display-capture=()", "geolocation=()"} <= set(sensors)
    assert all(sensor.endswith("=()") for sensor in sensors)
    assert "Strict-Transport-Security" not in headers
    if answer.status == 200 and method == "GET":
        kept = path in ("/robots.txt", "/favicon.ico")
        assert headers["Cache-Control"] == ("public, max-age=86400" if kept else "no-store")


async def test_a_redirect_is_dressed_and_kept_by_nobody(house: House):
    link = await house.invite()
    async with (
        house.browser() as session,
        session.post(f"/j/{link.code}", data={"name": "C"}, allow_redirects=False) as answer,
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"


async def test_files_are_kept_for_ever_under_a_name_that_changes(house: House):
    link = await house.invite()
    async with house.browser() as session:
        path = await enter(session, link.code)
        async with session.get(path) as answer:
            page = await answer.text()
        names = [part.partition('"')[0] for part in page.split('"/static/')[1:]]
        assert {name.rpartition(".")[2] for name in names} == {"css", "js", "svg"}
        for name in names:
            async with session.get(f"/static/{name}") as answer:
                assert answer.status == 200
                assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        async with session.get("/static/door.css") as answer:
            assert answer.status == 404


async def test_robots_are_asked_to_stay_away(house: House):
    async with house.browser() as session, session.get("/robots.txt") as answer:
        assert await answer.text() == "User-agent: *\nDisallow: /\n"


def test_over_https_browsers_are_told_to_stay_there():
    settings = door_options(public_url="https://door.example", visio_origin="https://visio.example")
    headers = security_headers(settings)
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(
    ("url", "origin", "host", "secure"),
    [
        ("https://Door.example/", "https://door.example", "door.example", True),
        ("https://door.example:443", "https://door.example", "door.example", True),
        ("https://door.example:8443", "https://door.example:8443", "door.example:8443", True),
        ("http://127.0.0.1:80/", "http://127.0.0.1", "127.0.0.1", False),
    ],
)
def test_the_origin_is_written_as_browsers_write_it(url, origin, host, secure):
    settings = door_options(public_url=url, visio_origin="https://visio.example")
    assert (settings.origin, settings.host, settings.secure) == (origin, host, secure)
