"""Any answer of Visio gives a room or an error of ours, and leaks no secret."""

import asyncio
import json
import traceback

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bridge.domain.meeting import AccessLevel, VisioRoom
from bridge.errors import VisioError
from bridge.visio import VisioClient
from bridge.visio.answers import is_public_url, room_of, token_of
from tests.doubles.visio import Kind, VisioDouble
from tests.unit.bridge.visio.kit import AGENT

pytestmark = pytest.mark.slow

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
TOKEN: dict[str, object] = {
    "access_token": "eyJ.eyJ.abc",
    "token_type": "Bearer",
    "expires_in": 3600,
    "scope": "rooms:create",
}
ROOM: dict[str, object] = {
    "id": "5e78c1a4-9f0e-4f6b-8a57-0f2a3f9f2c11",
    "slug": "qww-gcqo-ecw",
    "access_level": "trusted",
    "url": "https://visio.test/qww-gcqo-ecw",
    "telephony": {"enabled": True, "phone_number": "+33180000000", "pin_code": "3638741631"},
}


def nearly(right: dict[str, object]) -> st.SearchStrategy[object]:
    """Draw answers that are right but for some fields."""
    changed = st.fixed_dictionaries({}, optional=dict.fromkeys(right, JSON))
    return changed.map(lambda changes: right | changes)


def bodies(right: dict[str, object]) -> st.SearchStrategy[bytes]:
    texts = (JSON | nearly(right)).map(lambda data: json.dumps(data).encode())
    return texts | st.binary(max_size=200)


STATUSES = st.sampled_from([200, 201, 202, 301, 400, 401, 403, 404, 409, 418, 429, 500, 503])
RELAXED = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def outcome(client: VisioClient, agent: str = AGENT) -> VisioRoom | VisioError:
    try:
        return await client.create(agent, AccessLevel.TRUSTED)
    except VisioError as error:
        return error


def says(visio: VisioDouble, on: str, status: int, body: bytes) -> None:
    visio.faults.clear()
    fault = visio.faults.add(Kind.SAYS, on=on)
    fault.status, fault.body = status, body


@RELAXED
@given(status=STATUSES, body=bodies(TOKEN))
@example(status=200, body=b'{"access_token":"a","expires_in":' + b"9" * 5000 + b"}")
@example(status=200, body=b"[" * 200_000)
@example(status=200, body=b'{"access_token":"a","expires_in":1e400}')
async def test_any_answer_of_the_token_endpoint(
    client: VisioClient, visio: VisioDouble, status: int, body: bytes
) -> None:
    says(visio, "token", status, body)

    assert isinstance(await outcome(client), VisioRoom | VisioError)


@RELAXED
@given(status=STATUSES, body=bodies(ROOM))
@example(status=201, body=b"\xff\xfe")
@example(status=400, body=b"[" * 200_000)
@example(status=400, body=b"9" * 5000)
async def test_any_answer_of_the_rooms_endpoint(
    client: VisioClient, visio: VisioDouble, status: int, body: bytes
) -> None:
    says(visio, "rooms", status, body)

    found = await outcome(client)

    if isinstance(found, VisioRoom):
        assert is_public_url(found.url)
    else:
        assert isinstance(found, VisioError)


@given(body=bodies(ROOM) | bodies(TOKEN))
async def test_parsers_never_raise(body: bytes) -> None:
    token, room = token_of(body), room_of(body)
    if token is not None:
        assert 0 < token.lifetime <= 86_400
    if room is not None:
        assert is_public_url(room.room("https://visio.test").url)


@given(url=st.text() | st.from_regex(r"https?://[a-z@:.\[\]0-9]{1,20}/.{0,9}", fullmatch=True))
def test_any_text_is_an_address_or_not(url: str) -> None:
    if is_public_url(url):
        assert url.startswith("http") or url[:4].lower() == "http"


@pytest.mark.parametrize("on", ["token", "rooms"])
@pytest.mark.parametrize("kind", [*Kind])
async def test_errors_keep_secrets(
    client: VisioClient, visio: VisioDouble, on: str, kind: Kind, capsys: pytest.CaptureFixture[str]
) -> None:
    await client.create(AGENT, AccessLevel.TRUSTED)
    (kept,) = client._tokens._tokens.values()
    token = kept.value.get_secret_value()
    fault = visio.faults.add(kind, on=on)
    # As though their page repeated what it was asked.
    fault.status, fault.body = 200, json.dumps(TOKEN | {"access_token": f"<{token}>"}).encode()
    visio.faults.add(Kind.SAYS, on="token").status = 418

    found = [await outcome(client, agent) for agent in (AGENT, "second@beta.gouv.fr")]

    shown = str(capsys.readouterr())
    for error in found:
        if isinstance(error, VisioError):
            shown += "".join(traceback.format_exception(error)) + repr(error.parameters)
    for secret in (token, visio.client_secret, AGENT, "second@beta.gouv.fr"):
        assert secret not in shown


async def test_cancelling_is_not_an_answer(client: VisioClient, visio: VisioDouble) -> None:
    visio.faults.add(Kind.HANG, on="rooms")
    task = asyncio.create_task(client.create(AGENT, AccessLevel.TRUSTED))
    while not visio.tokens_minted:
        await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
