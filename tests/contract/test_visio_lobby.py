"""The double beyond the recording: the waiting room over time, sessions, pages, languages."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession, DummyCookieJar

from tests.doubles.clocks import SetClock
from tests.doubles.visio import Options, Room, VisioDouble
from tests.doubles.visio_options import Introspection

AGENT, SECOND = "agent@beta.gouv.fr", "second@beta.gouv.fr"
EXTERNAL, PUBLIC = "/external-api/v1.0", "/api/v1.0"


class Browser:
    """Sends what is given and returns status, headers and body."""

    def __init__(self, double: VisioDouble, session: ClientSession) -> None:
        self.double = double
        self._session = session

    async def ask(
        self, method: str, path: str, *, json: object = None, **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._session.request(
            method, self.double.url + path, json=json, headers=named, allow_redirects=False
        ) as answer:
            is_json = answer.content_type == "application/json"
            body = await (answer.json() if is_json else answer.text())
            return answer.status, dict(answer.headers), body

    async def knock(self, room: Room, who: str, name: str = "Jean") -> dict[str, Any]:
        path = f"{PUBLIC}/rooms/{room.slug.upper()}/request-entry/"
        cookie = f"lobbyParticipantId={who}"
        _, _, body = await self.ask("POST", path, json={"username": name}, Cookie=cookie)
        return dict(body)

    def room(self, level: str = "restricted", owner: str = AGENT) -> Room:
        made = Room(self.double.world.users_called(owner)[0].id, level, {}, None)
        self.double.rooms.append(made)
        return made

    def bearer(self, email: str = AGENT) -> str:
        user = self.double.world.users_called(email)[0]
        return f"Bearer {self.double.world.mint(user, self.double.application)}"


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2026, 9, 1, 9, 0, tzinfo=UTC))


@pytest.fixture
async def visio(clock: SetClock) -> AsyncIterator[Browser]:
    async with (
        VisioDouble(clock=clock) as double,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        yield Browser(double, session)


async def test_the_lobby_forgets_a_browser_that_stops_polling(
    visio: Browser, clock: SetClock
) -> None:
    room, who = visio.room(), str(uuid4())
    await visio.knock(room, who)
    clock.forward(seconds=2.9)
    await visio.knock(room, who)
    clock.forward(seconds=2.9)
    assert visio.double.world.knocks.waiting(room)
    clock.forward(seconds=0.1)
    assert not visio.double.world.knocks.decide(room, who, allow=True)


async def test_a_denied_browser_may_queue_again(visio: Browser, clock: SetClock) -> None:
    room, who = visio.room(), str(uuid4())
    await visio.knock(room, who)
    visio.double.world.knocks.decide(room, who, allow=False)
    assert (await visio.knock(room, who))["status"] == "denied"
    clock.forward(seconds=5)
    assert (await visio.knock(room, who))["status"] == "waiting"


async def test_who_is_admitted_stays_so_until_the_room_is_left(
    visio: Browser, clock: SetClock
) -> None:
    room, who = visio.room(), str(uuid4())
    await visio.knock(room, who)
    visio.double.world.knocks.decide(room, who, allow=True)
    clock.forward(seconds=6 * 3600 - 1)
    assert (await visio.knock(room, who, "Another name"))["livekit"] is not None
    visio.double.world.knocks.clear(room)
    assert (await visio.knock(room, who))["status"] == "waiting"


async def test_polls_are_counted_per_cookie(visio: Browser, clock: SetClock) -> None:
    room = visio.room()
    path = f"{PUBLIC}/rooms/{room.id}/request-entry/"
    visio.double.world.polls["me"] = [clock.now()] * 150

    status, headers, _ = await visio.ask(
        "POST", path, json={"username": "Jean"}, Cookie="lobbyParticipantId=me"
    )

    assert (status, headers["Retry-After"]) == (429, "60")
    clock.forward(seconds=60)
    assert (await visio.knock(room, "me"))["status"] == "waiting"


@pytest.mark.parametrize(
    ("level", "session", "status"),
    [
        ("public", None, "accepted"),
        ("trusted", None, "waiting"),
        ("trusted", SECOND, "accepted"),
        ("restricted", SECOND, "waiting"),
        ("restricted", AGENT, "accepted"),
    ],
)
async def test_the_access_level_decides_who_need_not_wait(
    visio: Browser, level: str, session: str | None, status: str
) -> None:
    room = visio.room(level)
    cookie = f"sessionid={visio.double.login(session)}; csrftoken=a" if session else ""
    headers = {"Cookie": cookie, "X_CSRFToken": "a"}
    name = {"username": "Jean"}

    path = f"{PUBLIC}/rooms/{room.slug}/"
    _, _, knock = await visio.ask("POST", f"{path}request-entry/", json=name, **headers)
    _, _, read = await visio.ask("GET", path, **headers)

    assert knock["status"] == status
    assert (knock["livekit"] is not None) == ("livekit" in read) == (status == "accepted")
    assert visio.double.world.knocks.waiting(room) == [] or status == "waiting"


@pytest.mark.parametrize(
    ("cookie", "header", "status", "why"),
    [
        ("", "a", 403, "CSRF Failed: CSRF cookie not set."),
        ("csrftoken=a", None, 403, "CSRF Failed: CSRF token missing."),
        (
            "csrftoken=a",
            "b",
            403,
            "CSRF Failed: CSRF token from the 'X-Csrftoken' HTTP header incorrect.",
        ),
    ],
)
async def test_a_host_proves_to_be_on_the_page(
    visio: Browser, cookie: str, header: str | None, status: int, why: str
) -> None:
    room, session = visio.room(), visio.double.login(AGENT)
    headers = {"Cookie": f"sessionid={session}; {cookie}"}
    if header is not None:
        headers["X_CSRFToken"] = header
    decision = {"participant_id": str(uuid4()), "allow_entry": True}

    path = f"{PUBLIC}/rooms/{room.id}/enter/"
    found = await visio.ask("POST", path, json=decision, **headers)

    assert (found[0], found[2]) == (status, {"detail": why})


@pytest.mark.parametrize(
    ("level", "who", "decision", "status"),
    [
        ("restricted", SECOND, {"participant_id": "{}", "allow_entry": True}, 403),
        ("restricted", AGENT, {"participant_id": "me", "allow_entry": True}, 400),
        ("restricted", AGENT, {"allow_entry": "yes"}, 400),
        ("public", AGENT, {"participant_id": str(uuid4()), "allow_entry": True}, 404),
    ],
)
async def test_decisions_that_are_refused(
    visio: Browser, level: str, who: str, decision: dict[str, object], status: int
) -> None:
    room, session = visio.room(level), visio.double.login(who)
    path = f"{PUBLIC}/rooms/{room.id}/enter/"
    cookie = f"sessionid={session}; csrftoken=a"

    found = await visio.ask("POST", path, json=decision, Cookie=cookie, X_CSRFToken="a")

    assert found[0] == status


async def test_a_bearer_is_nobody_to_the_public_api(visio: Browser) -> None:
    room, bearer = visio.room("trusted"), visio.bearer()
    path = f"{PUBLIC}/rooms/{room.slug}/"

    assert "livekit" not in (await visio.ask("GET", path, Authorization=bearer))[2]
    assert (await visio.ask("GET", f"{PUBLIC}/rooms/", Authorization=bearer))[2]["count"] == 0
    assert (await visio.ask("DELETE", path, Authorization=bearer))[0] == 401


async def test_lists_come_in_pages_of_twenty(visio: Browser) -> None:
    for _ in range(21):
        visio.room()
    visio.room(owner=SECOND)
    bearer = visio.bearer()

    path = f"{EXTERNAL}/rooms/"
    _, _, first = await visio.ask("GET", f"{path}?page_size=50", Authorization=bearer)
    _, _, second = await visio.ask("GET", f"{path}?page=2", Authorization=bearer)

    assert (first["count"], len(first["results"]), len(second["results"])) == (21, 20, 1)
    assert first["next"] == f"{visio.double.url}{path}?page=2"
    assert second["previous"] == f"{visio.double.url}{path}"
    slugs = [room["slug"] for room in first["results"] + second["results"]]
    assert slugs == sorted(slugs)


async def test_errors_follow_the_language(visio: Browser) -> None:
    path = f"{EXTERNAL}/application/token/"
    _, _, body = await visio.ask("POST", path, json={}, Accept_Language="fr-FR")
    assert body["scope"] == ["Ce champ est obligatoire."]


async def test_only_json_is_spoken(visio: Browser) -> None:
    status, _, _ = await visio.ask("POST", f"{EXTERNAL}/application/token/", Accept="text/html")
    assert status == 406


async def test_options_of_the_rooms_endpoint_are_refused(visio: Browser) -> None:
    status, _, body = await visio.ask("OPTIONS", f"{EXTERNAL}/rooms/", Authorization=visio.bearer())
    assert (status, body["detail"][-4:]) == (403, "None")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        ("expire", "Token expired."),
        ("application", "Application is disabled."),
        ("application gone", "Application not found."),
        ("user", "User account is disabled."),
        ("user gone", "User not found."),
        ("key", "Resource Server is improperly configured"),
    ],
)
async def test_tokens_that_no_longer_hold(
    visio: Browser, clock: SetClock, spoil: str, why: str
) -> None:
    bearer, world = visio.bearer(), visio.double.world
    visio.double.options.introspection = Introspection.UNCONFIGURED
    match spoil:
        case "expire":
            clock.forward(seconds=3600)
        case "application":
            visio.double.application.active = False
        case "application gone":
            world.applications.clear()
        case "user":
            world.users_called(AGENT)[0].active = False
        case "user gone":
            world.users.clear()
        case "key":
            visio.double.rotate_key()

    found = await visio.ask("POST", f"{EXTERNAL}/rooms/", json={}, Authorization=bearer)

    assert (found[0], found[2]) == (401, {"detail": why})


async def test_provisional_users_own_their_rooms(visio: Browser) -> None:
    visio.double.options.provisional_users = True
    double = visio.double
    claim = {
        "client_id": double.client_id,
        "client_secret": double.client_secret,
        "grant_type": "client_credentials",
    }
    for case in ("new@beta.gouv.fr", "NEW@beta.gouv.fr"):
        scope = {"scope": case}
        found = await visio.ask("POST", f"{EXTERNAL}/application/token/", json=claim | scope)
        assert found[0] == 200
    assert len(double.world.users_called("new@beta.gouv.fr")) == 1


async def test_a_browser_sees_the_waiting_room(visio: Browser) -> None:
    room = visio.room()

    _, headers, seen = await visio.ask("GET", f"/{room.slug}")
    _, _, missing = await visio.ask("GET", "/zzz-zzzz-zzz")

    assert headers["Content-Type"].startswith("text/html")
    assert "<title>Visio · salle d'attente</title>" in seen
    assert "n'a pas encore été créée" in missing
    assert (await visio.ask("GET", "/no/such/page"))[0] == 404


async def test_it_stops_and_starts_where_it_was() -> None:
    double = VisioDouble(Options(base_url=None))
    async with double:
        url = double.url
    async with double:
        assert double.url == url


async def test_it_runs_on_its_own() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.doubles.visio", "--user", "a@b.test", "--domain", "b.test"),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={"VISIO_DOUBLE_SECRET": "swordfish"},
    )
    try:
        assert process.stdout is not None
        shown = json.loads(await process.stdout.readline())
        claim = {
            "client_id": shown["client_id"],
            "client_secret": "swordfish",
            "grant_type": "client_credentials",
            "scope": "a@b.test",
        }
        url = f"{shown['url']}{EXTERNAL}/application/token/"
        async with ClientSession() as session, session.post(url, json=claim) as answer:
            assert answer.status == 200
    finally:
        process.terminate()
        await process.wait()
