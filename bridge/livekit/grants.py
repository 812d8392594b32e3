"""The rights in a token: a guest's in one meeting, or those of one of our own calls."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from bridge.domain.rights import Source
from bridge.livekit.access import LiveKitAccess
from bridge.ports import SeatPass

GUEST_LIFE = timedelta(seconds=120)
"""Long enough to connect. It limits nobody's stay: the server renews it for connected
participants."""

VideoGrant = Mapping[str, object]
"""The claim `video`. A right left out of it is given or not, by the server's own defaults."""

LIST_ROOMS: VideoGrant = {"roomList": True}
DELETE_ROOMS: VideoGrant = {"roomCreate": True}
"""The right to create rooms includes deleting them: there is no finer one."""


def rule(room: str) -> VideoGrant:
    """Return the right to see, silence and remove people in that one room."""
    return {"roomAdmin": True, "room": room}


class LiveKitPasses:
    """Makes guests' tokens; implements the port `Passes`."""

    def __init__(self, access: LiveKitAccess) -> None:
        self._access = access

    def issue(self, seat: SeatPass, now: datetime) -> SecretStr:
        """Return a token for one guest, one room and the next two minutes."""
        claims = {
            "sub": seat.identity,
            "name": seat.name,
            "video": _guest(seat.room, seat.sources),
            "attributes": _attributes(seat),
        }
        return self._access.token(claims, now=now, life=GUEST_LIFE)


def permission(sources: Sequence[Source]) -> Mapping[str, object]:
    """Return a pass's rights as `UpdateParticipant` has them, whose sources are in capitals."""
    return {
        "can_publish": bool(sources),
        "can_subscribe": True,
        "can_publish_data": True,
        "can_publish_sources": [one.value.upper() for one in sources],
        "can_update_metadata": False,
    }


def _guest(room: str, sources: Sequence[Source]) -> VideoGrant:
    """Name everything: without the room the token opens any; a right left out is given.

    An empty `canPublishSources` would allow all. `canUpdateOwnMetadata` keeps LiveKit's client from
    changing the name and the attributes; Visio's API still does (docs/interop/livekit.md).
    """
    return {
        "room": room,
        "roomJoin": True,
        "roomAdmin": False,
        "canPublish": bool(sources),
        "canSubscribe": True,
        "canPublishData": True,
        "canPublishSources": [one.value for one in sources],
        "canUpdateOwnMetadata": False,
    }


def _attributes(seat: SeatPass) -> dict[str, str]:
    """Return the attributes that Visio's own page reads (the first three), and our page's own."""
    until = seat.until.astimezone(UTC).replace(microsecond=0)
    return {
        **seat.attributes,
        "guest_org": seat.organisation,
        "guest_assurance": seat.assurance,
        "guest_until": until.isoformat().replace("+00:00", "Z"),
    }
