"""The double answers as the real service did: every recorded exchange, replayed."""

import json
from typing import Any
from uuid import uuid4

from aiohttp import ClientResponse, ClientSession, DummyCookieJar
from jose import jwt

from bridge.clock import SystemClock
from tests.contract.visio_recorded import Bindings, recorded
from tests.doubles.clocks import SetClock
from tests.doubles.visio import Options, VisioDouble
from tests.doubles.visio_external import ROOT as EXTERNAL
from tests.doubles.visio_public import ROOT as PUBLIC
from tests.doubles.visio_world import Application

AGENT, SECOND = "agent@beta.gouv.fr", "second@beta.gouv.fr"


class Replay:
    """Plays the client's part of the recording, in its order."""

    def __init__(self, double: VisioDouble, session: ClientSession) -> None:
        self._double = double
        self._session = session
        self.bound = Bindings(
            {
                "origin": double.url,
                "host_session": double.login(AGENT),
                "client_id": double.client_id,
                "client_secret": double.client_secret,
                "app_noscope_id": double.noscope.client_id,
                "app_noscope_secret": double.noscope.client_secret,
                "app_inactive_id": double.inactive.client_id,
                "app_inactive_secret": double.inactive.client_secret,
                # Chosen by the client: two who knock, and one who left long ago.
                **{name: str(uuid4()) for name in ("uuid_2", "uuid_9", "uuid_10")},
            }
        )

    async def play(self, exchange: dict[str, Any]) -> None:
        self.bound.values["jwt"] = self._token_for(exchange["name"])
        if exchange["name"] == "lobby: host denies":
            await self._paul_knocks()
        expected = exchange["response"]
        async with await self._send(exchange["request"]) as answer:
            assert answer.status == expected["status"]
            self.bound.match_headers(expected["headers"], answer.headers)
            self._check_body(expected["body"], await answer.text())

    async def _send(self, request: dict[str, Any]) -> ClientResponse:
        headers = self.bound.fill(request["headers"])
        body = request.get("body")
        if request["json"] is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(self.bound.fill(request["json"]))
        url = self._double.url + self.bound.fill(request["path"])
        return await self._session.request(
            request["method"], url, data=body, headers=headers, allow_redirects=False
        )

    def _check_body(self, expected: Any, body: str) -> None:
        if expected is None:
            assert body == ""
        elif isinstance(expected, dict) and expected.get("html"):
            assert body.startswith(expected["starts"])
        else:
            self.bound.match(expected, json.loads(body))

    def _token_for(self, name: str) -> str:
        known: dict[str, tuple[str, Application]] = {
            "rooms: retrieve another user's": (SECOND, self._double.application),
            "rooms: wrong scope": (AGENT, self._double.narrow),
            "rooms: no scope at all": (AGENT, self._double.noscope),
        }
        email, application = known.get(name, (AGENT, self._double.application))
        return self._double.world.mint(self._double.world.users_called(email)[0], application)

    async def _paul_knocks(self) -> None:
        path = "/api/v1.0/rooms/{uuid_1}/request-entry/"
        headers = {"Cookie": "lobbyParticipantId={uuid_10}"}
        knock = {"method": "POST", "path": path, "headers": headers, "json": {"username": "Paul"}}
        async with await self._send(knock) as answer:
            assert answer.status == 200


async def test_every_recorded_exchange() -> None:
    recording = recorded()
    replayed = 0
    options = Options(base_url=recording["public_url"])
    still = SetClock(SystemClock().now())  # on a slow machine, too, the waiting room forgets nobody
    async with (
        VisioDouble(options, clock=still) as double,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        assert double.application.scopes == tuple(recording["application"]["scopes"])
        replay = Replay(double, session)
        for exchange in recording["exchanges"]:
            try:
                await replay.play(exchange)
            except AssertionError as error:
                raise AssertionError(f"{exchange['name']}: {error}") from error
            replayed += 1
    assert replayed == 62


async def test_an_admitted_guest_gets_a_token_like_visio_s() -> None:
    recording = recorded()["livekit_claims_of_an_admitted_guest"]
    async with VisioDouble() as double, ClientSession(cookie_jar=DummyCookieJar()) as session:
        room, guest = await _restricted_room(double, session), str(uuid4())
        knock = f"{double.url}{PUBLIC}/rooms/{room}/request-entry/"
        asking: dict[str, Any] = {
            "json": {"username": "Jean Dupont (Acme)"},
            "headers": {"Cookie": f"lobbyParticipantId={guest}"},
        }
        async with session.post(knock, **asking) as answer:
            assert (await answer.json())["livekit"] is None
        assert double.world.knocks.decide(double.rooms[0], guest, allow=True)
        async with session.post(knock, **asking) as answer:
            entry = (await answer.json())["livekit"]

    claims = jwt.decode(entry["token"], double.options.livekit_secret, algorithms=["HS256"])
    assert claims["exp"] - claims["nbf"] == 21_600
    Bindings({"uuid_1": room, "uuid_2": guest}).match(recording, claims)


async def _restricted_room(double: VisioDouble, session: ClientSession) -> str:
    token = double.world.mint(double.world.users_called(AGENT)[0], double.application)
    async with session.post(
        f"{double.url}{EXTERNAL}/rooms/",
        json={"access_level": "restricted"},
        headers={"Authorization": f"Bearer {token}"},
    ) as answer:
        assert answer.status == 201
    return double.rooms[0].id
