"""Who may connect to the media server: what the proxy in front of it asks about each connection.

The media server renews the token of whoever is connected and takes none back, so a guest whose
time is over still holds one that it would accept (docs/interop/livekit.md).
"""

from dataclasses import dataclass, field

from bridge.domain.invitation import Standing
from bridge.domain.seat import ONE_OF_OURS, bearer, perhaps
from bridge.services.tools import Tools
from bridge.services.visits.snapshot import admission_of


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a token is for; whether it is genuine is for the media server to say."""

    identity: str = field(repr=False)
    room: str


@dataclass(frozen=True, slots=True)
class Signalling:
    """Use case of the gate in front of the media server."""

    tools: Tools

    async def lets_in(self, caller: Caller, *, twice: bool = False) -> bool:
        """Tell whether somebody may connect now: a guest to the room of their seat, others anyway.

        It is the identity that counts, never who signed: the server renews tokens with any of its
        keys. `twice` is the wish to be there as `id#x` besides, which no guest may.
        Where we knock, a guest's looks like anybody's whom Visio let in.
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
        """Tell whether a guest has a seat there now; `None`: nobody of ours is called that."""
        async with self.tools.works.reading() as work:
            seat = await work.seats.by_identity(identity)
            if seat is None:
                return None
            if seat.room != room:
                return False
            admission = await admission_of(work, seat.visit, self.tools.policy)
        if admission is None or admission.seat != seat:
            return False
        # As for a pass: the window is read at use, whether or not the agenda already ran.
        return admission.standing(self.tools.now()) is Standing.ADMITTED
