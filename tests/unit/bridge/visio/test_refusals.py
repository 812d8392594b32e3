"""The client with an instance that refuses, or that answers nonsense."""

import json

import pytest

from bridge.domain.meeting import AccessLevel
from bridge.errors import (
    VisioError,
    VisioLevelRefused,
    VisioMisconfigured,
    VisioNotDelegated,
    VisioUnconfirmed,
    VisioUnknownAgent,
    VisioUnreachable,
)
from bridge.ports import VisioRooms
from bridge.visio import VisioClient
from tests.doubles.visio import Kind, VisioDouble
from tests.doubles.visio_http import PAGE
from tests.unit.bridge.visio.kit import AGENT

HTML = PAGE.format(title="…")
JSON_404 = '{"detail":"Not found."}'


async def fails(client: VisioRooms, error: type[VisioError], agent: str = AGENT) -> VisioError:
    with pytest.raises(error) as caught:
        await client.create(agent, AccessLevel.TRUSTED)
    assert type(caught.value) is error
    return caught.value


def says(visio: VisioDouble, on: str, status: int, body: str) -> None:
    fault = visio.faults.add(Kind.SAYS, on=on)
    fault.status, fault.body = status, body.encode()


@pytest.mark.parametrize(
    ("agent", "error"),
    [
        ("unknown@beta.gouv.fr", VisioUnknownAgent),
        ("no address", VisioUnknownAgent),
        ("alien@interieur.gouv.fr", VisioNotDelegated),
        ("agent@sub.beta.gouv.fr", VisioNotDelegated),
    ],
)
async def test_an_agent_visio_can_t_act_for(
    client: VisioClient, visio: VisioDouble, agent: str, error: type[VisioError]
) -> None:
    await fails(client, error, agent)
    with pytest.raises(error):
        await client.probe(agent)
    assert visio.rooms_created == 0


async def test_two_accounts_with_one_address(client: VisioClient, visio: VisioDouble) -> None:
    visio.add_user(AGENT.title())

    await fails(client, VisioMisconfigured)


async def test_a_disabled_account_gets_a_token_but_no_room(
    client: VisioClient, visio: VisioDouble
) -> None:
    visio.world.users_called(AGENT)[0].active = False

    await fails(client, VisioMisconfigured)
    await fails(client, VisioMisconfigured)

    assert visio.tokens_minted == 2, "a refused token is not kept"
    with pytest.raises(VisioMisconfigured):
        await client.probe(AGENT)


@pytest.mark.parametrize("who", ["narrow", "noscope"])
async def test_scopes_that_are_missing(client: VisioClient, visio: VisioDouble, who: str) -> None:
    visio.application.scopes = {"narrow": visio.narrow, "noscope": visio.noscope}[who].scopes

    await fails(client, VisioMisconfigured)
    with pytest.raises(VisioMisconfigured):
        await client.probe(AGENT)


async def test_a_scope_given_later_counts_at_once(client: VisioClient, visio: VisioDouble) -> None:
    scopes, visio.application.scopes = visio.application.scopes, ()
    await fails(client, VisioMisconfigured)

    visio.application.scopes = scopes
    await client.create(AGENT, AccessLevel.TRUSTED)


async def test_wrong_or_inactive_credentials(client: VisioClient, visio: VisioDouble) -> None:
    visio.application.active = False
    await fails(client, VisioMisconfigured)
    visio.application.active = True
    visio.application.client_secret = "another"
    await fails(client, VisioMisconfigured)
    with pytest.raises(VisioMisconfigured):
        await client.probe(None)


@pytest.mark.parametrize("switch", ["external_enabled", "applications_enabled"])
async def test_an_api_switched_off_is_not_an_unknown_agent(
    client: VisioClient, visio: VisioDouble, switch: str
) -> None:
    setattr(visio.options, switch, False)

    await fails(client, VisioMisconfigured)
    with pytest.raises(VisioMisconfigured):
        await client.probe(AGENT)
    with pytest.raises(VisioMisconfigured):
        await client.probe(None)


async def test_a_404_that_can_t_be_explained_is_an_unknown_agent(
    client: VisioClient, visio: VisioDouble
) -> None:
    fault = visio.faults.add(Kind.SAYS, on="token", times=1)
    fault.status, fault.body = 404, JSON_404.encode()
    visio.faults.add(Kind.RESET, on="token")

    await fails(client, VisioUnknownAgent)


@pytest.mark.parametrize(
    ("kind", "error"), [(Kind.ERROR, VisioMisconfigured), (Kind.RESET, VisioUnconfirmed)]
)
async def test_a_probe_tries_the_token(
    client: VisioClient, visio: VisioDouble, kind: Kind, error: type[VisioError]
) -> None:
    visio.faults.add(kind, on="room")

    with pytest.raises(error):
        await client.probe(AGENT)


async def test_healthy_probes_make_nothing(client: VisioClient, visio: VisioDouble) -> None:
    await client.probe(None)
    assert visio.tokens_minted == 0
    await client.probe(AGENT)
    assert (visio.tokens_minted, visio.rooms_created) == (1, 0)


async def test_a_level_the_instance_refuses(client: VisioClient) -> None:
    with pytest.raises(VisioLevelRefused) as caught:
        await client.create(AGENT, AccessLevel.PUBLIC)
    assert caught.value.parameters == {"asked": AccessLevel.PUBLIC}


async def test_a_level_ignored_by_an_old_instance(client: VisioClient, visio: VisioDouble) -> None:
    visio.options.ignores_level = True
    with pytest.raises(VisioLevelRefused) as caught:
        await client.create(AGENT, AccessLevel.RESTRICTED)
    assert caught.value.parameters["got"] is AccessLevel.TRUSTED

    visio.options.default_level = "restricted"
    room = await client.create(AGENT, AccessLevel.TRUSTED)
    assert room.level is AccessLevel.RESTRICTED, "stricter than asked is told, not refused"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, HTML, VisioUnreachable),
        (200, "", VisioUnreachable),
        (200, "[]", VisioUnreachable),
        (200, '{"access_token":"a b","expires_in":3600}', VisioUnreachable),
        (200, '{"access_token":"a\\r\\nX: y","expires_in":3600}', VisioUnreachable),
        (200, '{"access_token":"abc","expires_in":true}', VisioUnreachable),
        (200, '{"access_token":"abc","expires_in":0}', VisioUnreachable),
        (200, '{"access_token":"abc"}', VisioUnreachable),
        (301, "", VisioMisconfigured),
        (400, HTML, VisioMisconfigured),
        (400, '{"client_id":["This field is required."]}', VisioMisconfigured),
        (401, '{"detail":"Invalid credentials"}', VisioMisconfigured),
        (403, HTML, VisioMisconfigured),
        (403, '{"detail":"…"}', VisioMisconfigured),
        (404, HTML, VisioMisconfigured),
        (404, JSON_404, VisioMisconfigured),
        (405, "{}", VisioMisconfigured),
        (408, "", VisioUnreachable),
        (409, '{"error":"…"}', VisioUnreachable),
        (415, "{}", VisioMisconfigured),
        (429, "", VisioUnreachable),
        (500, HTML, VisioUnreachable),
        (502, "", VisioUnreachable),
        (599, "[" * 100_000, VisioUnreachable),
    ],
)
async def test_answers_of_the_token_endpoint(
    client: VisioClient, visio: VisioDouble, status: int, body: str, error: type[VisioError]
) -> None:
    says(visio, "token", status, body)

    await fails(client, error)

    assert visio.rooms_created == 0


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, HTML, VisioUnconfirmed),
        (201, "", VisioUnconfirmed),
        (201, "{}", VisioUnconfirmed),
        (204, "", VisioUnconfirmed),
        (301, "", VisioMisconfigured),
        (400, HTML, VisioMisconfigured),
        (400, '{"access_level":["…"]}', VisioLevelRefused),
        (400, '{"configuration":["…"]}', VisioMisconfigured),
        (401, '{"detail":"…"}', VisioMisconfigured),
        (403, '{"detail":"…"}', VisioMisconfigured),
        (404, HTML, VisioMisconfigured),
        (408, "", VisioUnconfirmed),
        (415, "{}", VisioMisconfigured),
        (429, "", VisioUnreachable),
        (500, HTML, VisioUnconfirmed),
        (502, "", VisioUnreachable),
        (503, "{}", VisioUnreachable),
        (504, "", VisioUnconfirmed),
    ],
)
async def test_answers_of_the_rooms_endpoint(
    client: VisioClient, visio: VisioDouble, status: int, body: str, error: type[VisioError]
) -> None:
    fault = visio.faults.add(Kind.SAYS, on="rooms")
    fault.status, fault.body = status, body.encode()

    await fails(client, error)

    assert fault.seen == 1, "with a new token, nothing is sent twice"


def room(**changes: object) -> str:
    whole: dict[str, object] = {
        "id": "5e78c1a4-9f0e-4f6b-8a57-0f2a3f9f2c11",
        "slug": "qww-gcqo-ecw",
        "access_level": "trusted",
        "url": "https://visio.test/qww-gcqo-ecw",
    }
    return json.dumps({key: value for key, value in (whole | changes).items() if value != "-"})


@pytest.mark.parametrize(
    "body",
    [
        room(id="-"),
        room(id="not-a-uuid"),
        room(id=7),
        room(slug="../../login"),
        room(slug="qww-gcqo-ecw\n"),
        room(slug=None),
        room(access_level="-"),
        room(access_level="secret"),
        room()[:-1],
    ],
)
async def test_a_room_that_can_t_be_used_may_exist(
    client: VisioClient, visio: VisioDouble, body: str
) -> None:
    says(visio, "rooms", 201, body)

    await fails(client, VisioUnconfirmed)


@pytest.mark.parametrize(
    "url",
    [
        None,
        7,
        "-",
        "",
        "http://visio.test/qww-gcqo-ecw",
        "javascript:alert(1)",
        "https://user:pw@visio.test/qww-gcqo-ecw",
        "https:///qww-gcqo-ecw",
        "https://visio.test:99999/",
        "https://visio.test/\x00",
        "https://visio.test/" + "a" * 2000,
        "https://[",
        "https://[]@",
    ],
)
async def test_an_address_nobody_should_be_sent_to_is_replaced(
    client: VisioClient, visio: VisioDouble, url: object
) -> None:
    says(visio, "rooms", 201, room(url=url))

    made = await client.create(AGENT, AccessLevel.TRUSTED)

    assert made.url == "https://visio.test/qww-gcqo-ecw"


@pytest.mark.parametrize(
    "telephony",
    [
        None,
        [],
        {"enabled": False, "phone_number": "+33180000000", "pin_code": "3638741631"},
        {"enabled": True, "phone_number": "+33180000000", "pin_code": None},
        {"enabled": True, "phone_number": None, "pin_code": "3638741631"},
        {"enabled": True, "phone_number": "<b>", "pin_code": "3638741631"},
        {"enabled": True, "phone_number": "+33180000000", "pin_code": "12"},
    ],
)
async def test_a_phone_that_can_t_be_called_is_left_out(
    client: VisioClient, visio: VisioDouble, telephony: object
) -> None:
    says(visio, "rooms", 201, room(telephony=telephony, unheard_of=[{}]))

    assert (await client.create(AGENT, AccessLevel.TRUSTED)).phone is None
