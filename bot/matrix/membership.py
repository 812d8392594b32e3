"""Coming into salons: invitations by policy, and following a salon that moved.

A wish is written down before the sync position is: an invitation is told once, and a join over
federation may take a minute or a restart.
"""

import structlog

from bot.matrix.direct import Directs
from bot.matrix.errors import AccountUnusable, MatrixTrouble, Refusal
from bot.matrix.events import MayJoin
from bot.matrix.raw import Json, route, table, tables, text
from bot.matrix.store import CryptoStore, Wish
from bot.matrix.wire import Wire
from bridge.ids import SalonId, UserId, server_of

log = structlog.get_logger()

JOIN_SECONDS = 90.0
"""A first join over federation fetches the salon's whole state."""


class Membership:
    """Joins and declines for one account."""

    def __init__(
        self, wire: Wire, store: CryptoStore, directs: Directs, user: UserId, may_join: MayJoin
    ) -> None:
        self._wire = wire
        self._store = store
        self._directs = directs
        self._user = user
        self._may_join = may_join

    def invited(self, salon: SalonId, stripped: Json) -> None:
        """Decide about an invitation, as the sync tells it."""
        for event in tables(stripped, "events"):
            content = table(event, "content")
            if text(event, "state_key") == self._user and text(content, "membership") == "invite":
                inviter = UserId(text(event, "sender"))
                what = "direct" if content.get("is_direct") is True else "join"
                if not self._may_join(inviter, salon):
                    what = "decline"
                log.info("matrix.invited", salon=salon, wish=what)
                self._store.wish(Wish(salon, what, server_of(inviter), inviter))

    def moved(self, replacement: SalonId, by: UserId) -> None:
        """Follow a salon that goes on elsewhere."""
        self._store.wish(Wish(replacement, "join", server_of(by), by))

    async def act(self) -> bool:
        """Do what is to be done; return whether something must be tried again."""
        again = False
        for wish in self._store.wishes():
            try:
                await self._act_on(wish)
            except AccountUnusable:
                raise
            except Refusal as refusal:
                if refusal.passing:
                    again = True
                    continue
                log.warning("matrix.join_refused", salon=wish.room, errcode=refusal.errcode)
            except MatrixTrouble as trouble:
                log.info("matrix.join_postponed", salon=wish.room, reason=str(trouble))
                again = True
                continue
            self._store.granted(wish.room)
        return again

    async def _act_on(self, wish: Wish) -> None:
        if wish.what == "decline":
            await self._wire.post(route("rooms", wish.room, "leave"))
            return
        # Since version 12 a room's id names no server: say where to find it.
        query = {"via": wish.via, "server_name": wish.via}
        await self._wire.call(
            "POST", route("join", wish.room), {}, query=query, timeout=JOIN_SECONDS
        )
        if wish.what == "direct":
            await self._directs.remember(UserId(wish.inviter), SalonId(wish.room))
