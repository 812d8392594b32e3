"""The claims of a guest's token, and claims that it must never have."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import SecretStr

from bridge.domain.rights import Source
from bridge.livekit import LiveKitAccess, LiveKitPasses
from bridge.ports import SeatPass
from bridge.tokens import Claims, Expectation, KeySet, SigningKey, verify

NOW = datetime(2026, 11, 30, 13, 0, 0, 700_000, tzinfo=UTC)
SECRET = SecretStr("of-thirty-two-bytes-or-more-of-it")
ACCESS = LiveKitAccess("https://livekit.example", "parvis", SECRET)
SEAT = SeatPass(
    room="5c0f7f0e-1c54-4a57-9d63-0d7a4f7a3a10",
    identity="guest-2f5c0c61-3b4f-4a39-8d0b-4d9f6c7a1a11",
    name="ext. Jean Dupont (partenaire.example)",
    organisation="partenaire.example",
    assurance="email",
    until=datetime(2026, 11, 30, 16, 15, 30, 5, tzinfo=timezone(timedelta(hours=1))),
    sources=(Source.CAMERA, Source.MICROPHONE),
    attributes={"color": "hsl(267, 55%, 21%)", "is_authenticated": "false", "room_role": ""},
)


def claims(seat: SeatPass = SEAT, *, now: datetime = NOW) -> Claims:
    key = SigningKey.shared("parvis", SECRET).verifier
    expect = Expectation(
        typ="JWT", issuer="parvis", audience=None, max_lifetime=timedelta(seconds=120)
    )
    token = LiveKitPasses(ACCESS).issue(seat, now).get_secret_value()
    return verify(token, KeySet.sole(key), expect=expect, now=now)


def test_all_that_it_says() -> None:
    second = int(NOW.timestamp())
    assert claims() == {
        "iss": "parvis",
        "sub": SEAT.identity,
        "name": SEAT.name,
        "nbf": second,
        "exp": second + 120,
        "video": {
            "room": SEAT.room,
            "roomJoin": True,
            "roomAdmin": False,
            "canPublish": True,
            "canSubscribe": True,
            "canPublishData": True,
            "canPublishSources": ["camera", "microphone"],
            "canUpdateOwnMetadata": False,
        },
        "attributes": {
            "color": "hsl(267, 55%, 21%)",
            "is_authenticated": "false",
            "room_role": "",
            "guest_org": "partenaire.example",
            "guest_assurance": "email",
            "guest_until": "2026-11-30T15:15:30Z",
        },
    }


def test_who_may_send_nothing_is_not_let_by_an_empty_list() -> None:
    video = claims(replace(SEAT, sources=()))["video"]
    assert isinstance(video, dict)
    assert (video["canPublish"], video["canPublishSources"]) == (False, [])


@pytest.mark.parametrize(
    ("address", "key", "secret", "wrong"),
    [
        ("wss://livekit.example", "parvis", SECRET, "api_url"),
        ("https://livekit.example", "", SECRET, "key"),
        ("https://livekit.example", "parvis", SecretStr("secret"), "secret"),
    ],
)
def test_what_can_t_be_a_key_is_refused_at_once(
    address: str, key: str, secret: SecretStr, wrong: str
) -> None:
    with pytest.raises(ValueError, match=rf"^{wrong}:") as caught:
        LiveKitAccess(address, key, secret)
    assert secret.get_secret_value() not in str(caught.value).removeprefix("secret:")


def test_nothing_shows_the_secret_the_token_or_the_guest() -> None:
    shown = f"{ACCESS!r} {ACCESS} {LiveKitPasses(ACCESS).issue(SEAT, NOW)!r} {SEAT!r}"
    for hidden in (SECRET.get_secret_value(), "eyJ", "Dupont", "partenaire.example"):
        assert hidden not in shown
