"""LiveKit's webhooks: a POST whose body a signed token vouches for (docs/interop/livekit.md).

One key signs for all addresses to which a server posts; if it is not our key, nothing can be
verified and nothing is believed.
"""

import hashlib
from base64 import b64encode
from datetime import datetime, timedelta
from hmac import compare_digest

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bridge.errors import TokenRefused
from bridge.livekit.access import LiveKitAccess
from bridge.ports import Hook
from bridge.tokens import Expectation, KeySet, verify

LIFE = timedelta(minutes=5)
SKEW = timedelta(minutes=1)
_REMOVED = ("PARTICIPANT_REMOVED", 4)
"""The reason of `livekit_models.proto`, by name or by number."""
_GOINGS = frozenset({"participant_left", "participant_connection_aborted"})
"""Also events of participants who were removed before their media stood."""
_COMINGS = _GOINGS | {"room_started", "room_finished", "participant_joined"}
"""Events after which somebody may have joined or left; the others are about tracks and
recordings."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Room(_Model):
    name: str = ""


class _Person(_Model):
    identity: str = ""
    reason: str | int = Field(default="", alias="disconnectReason")


class _Event(_Model):
    id: str = Field(min_length=1, max_length=100)
    event: str
    room: _Room = _Room()
    participant: _Person = _Person()


class LiveKitWebhooks:
    """Reads webhooks that our key signed; implements the port `Webhooks`."""

    def __init__(self, access: LiveKitAccess) -> None:
        """Take our key of the server."""
        self._keys = KeySet.sole(access.verifier)
        self._expect = Expectation(
            typ="JWT",
            issuer=access.key,
            audience=None,
            max_lifetime=LIFE + SKEW,
            required=frozenset({"sha256"}),
            skew=SKEW,
        )

    def read(self, token: str, body: bytes, now: datetime) -> Hook | None:
        """Return the content of a body, `None` unless our key vouches for these very bytes."""
        try:
            claims = verify(token, self._keys, expect=self._expect, now=now)
        except TokenRefused:
            return None
        digest = b64encode(hashlib.sha256(body).digest())
        if not compare_digest(digest, str(claims["sha256"]).encode()):
            return None
        try:
            said = _Event.model_validate_json(body)
        except ValidationError:
            return None
        removed = said.event in _GOINGS and said.participant.reason in _REMOVED
        return Hook(
            id=said.id,
            room=said.room.name,
            moves=said.event in _COMINGS,
            removed=said.participant.identity if removed else None,
        )
