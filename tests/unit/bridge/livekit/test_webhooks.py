"""We believe of a media server's webhooks nothing that our key has not signed."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bridge.livekit import LiveKitAccess, LiveKitWebhooks
from bridge.livekit.webhooks import LIFE
from bridge.ports import Hook

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
OURS = LiveKitAccess(
    "https://livekit.example", "parvis", SecretStr("0d1a9c4b7e5f82635c41b7a90e8d2f63")
)
THEIRS = LiveKitAccess(
    "https://livekit.example", "visio", SecretStr("71c3e9a5b8d04f26a7190c5e4b8d3f62")
)
READER = LiveKitWebhooks(OURS)
GUEST = "guest-00000000-0000-4000-8000-000000000000"
LEFT = {
    "event": "participant_left",
    "room": {"sid": "RM_1", "name": "a-room", "turnPassword": "secret"},
    "participant": {"identity": GUEST, "disconnectReason": "PARTICIPANT_REMOVED", "new": [1]},
    "id": "EV_1",
    "createdAt": "1795676128",
}


def signed(
    body: bytes, key: LiveKitAccess = OURS, *, at: datetime = NOW, life: timedelta = LIFE
) -> str:
    """Return the token that a server sends along."""
    digest = b64encode(hashlib.sha256(body).digest()).decode()
    claims = {"sha256": digest, "iat": int(at.timestamp())}
    return key.token(claims, now=at, life=life).get_secret_value()


def read(said: Mapping[str, object], **how: object) -> Hook | None:
    body = json.dumps(said).encode()
    return READER.read(signed(body, **how), body, NOW)  # type: ignore[arg-type]  # as signed takes


def test_a_removal_names_the_participant_who_was_put_out():
    hook = read(LEFT)
    assert hook == Hook(id="EV_1", room="a-room", moves=True, removed=GUEST)
    assert GUEST not in repr(hook)


@pytest.mark.parametrize(
    ("event", "reason", "moves", "removed"),
    [
        ("participant_left", "CLIENT_INITIATED", True, None),
        ("participant_left", "DUPLICATE_IDENTITY", True, None),
        ("participant_left", "ROOM_DELETED", True, None),
        ("participant_left", 4, True, GUEST),
        ("participant_connection_aborted", "PARTICIPANT_REMOVED", True, GUEST),
        ("participant_joined", "PARTICIPANT_REMOVED", True, None),
        ("track_published", "PARTICIPANT_REMOVED", False, None),
        ("something_new", "", False, None),
    ],
)
def test_an_event_tells_whether_somebody_moved_or_was_removed(
    event: str, reason: object, moves: bool, removed: str | None
):
    person = {"identity": GUEST, "disconnectReason": reason}
    hook = read({**LEFT, "event": event, "participant": person})
    assert hook is not None
    assert (hook.moves, hook.removed) == (moves, removed)


def test_a_webhook_about_a_room_names_no_participant():
    assert read({"event": "room_started", "room": {"name": "r"}, "id": "EV_2"}) == Hook(
        id="EV_2", room="r", moves=True
    )


def test_a_webhook_without_our_signature_is_none():
    assert read(LEFT, key=THEIRS) is None
    assert read(LEFT, at=NOW - LIFE - timedelta(minutes=1)) is None
    assert read(LEFT, at=NOW + timedelta(minutes=2)) is None
    assert read(LEFT, life=timedelta(hours=1)) is None
    body = json.dumps(LEFT).encode()
    token = signed(body)
    assert READER.read(token, body, NOW) is not None
    for other in (body + b" ", body.replace(b"a-room", b"b-room"), b""):
        assert READER.read(token, other, NOW) is None
    for bad in ("", "x", f"Bearer {token}", f"{token} ", token[:-2], token.replace(".", "..")):
        assert READER.read(bad, body, NOW) is None
    bare = OURS.token({"video": {"roomJoin": True}}, now=NOW, life=LIFE).get_secret_value()
    assert READER.read(bare, body, NOW) is None, "a guest's pass is no hook"


def test_clocks_may_differ_by_a_minute():
    for off in (-59, 59):
        assert read(LEFT, at=NOW + timedelta(seconds=off)) is not None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@given(st.dictionaries(st.sampled_from(["id", "event", "room", "participant"]), json_values))
def test_whatever_a_genuine_server_says(said: dict[str, object]):
    read(said)


@given(st.binary(max_size=200), st.text(max_size=200))
def test_no_body_and_no_token_raises_an_error(body: bytes, token: str):
    assert READER.read(token, body, NOW) is None
    READER.read(signed(body), body, NOW)
