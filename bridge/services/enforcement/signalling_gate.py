"""The gate: answers the proxy in front of the media server, which asks about each connection.

The media server renews the tokens of connected participants and revokes none, so a guest whose time
is over still holds a token that it would accept (docs/interop/livekit.md).
"""

from dataclasses import dataclass, field

from bridge.domain.invitation import Standing
from bridge.domain.seat import ONE_OF_OURS, bearer, perhaps
from bridge.services.tools import Tools
from bridge.services.visits.snapshot import admission_of


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder that a token names; the media server checks whether the token is genuine."""

    identity: str = field(repr=False)
    room: str


@dataclass(frozen=True, slots=True)
class Signalling:
    """Use case of the gate in front of the media server."""

    tools: Tools

    async def lets_in(self, caller: Caller, *, twice: bool = False) -> bool:
        """Tell whether a caller may connect now: a guest to the room of their seat, others anyway.

        The identity counts, never the signing key: the server renews tokens with any of its keys.
        `twice` asks for an additional connection as `id#x`, which no guest may have. Where we
        knock, a guest's identity looks like that of anybody whom Visio let in.
        """
        identity = caller.identity
        if bearer(identity) is not None:
            if twice or not ONE_OF_OURS.fullmatch(identity):
                return False
            return await self._seated(identity, caller.room) is True
        whose = perhaps(identity) if self.tools.policy.mode.knocks else None
        if whose is None:
            return True
        seated = await self._seated(whose, caller.room)
        return seated is None or (seated and not twice and whose == identity)

    async def _seated(self, identity: str, room: str) -> bool | None:
        """Tell whether a guest has a seat there now; `None`: no guest of ours has this identity."""
        async with self.tools.works.reading() as work:
            seat = await work.seats.by_identity(identity)
            if seat is None:
                return None
            if seat.room != room:
                return False
            admission = await admission_of(work, seat.visit, self.tools.policy)
        if admission is None or admission.seat != seat:
            return False
        # As for a pass: we read the window now, whether or not the agenda has run.
        return admission.standing(self.tools.now()) is Standing.ADMITTED
