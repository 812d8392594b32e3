"""Joining and leaving salons: invitations by policy, salons that moved or that all left.

A pending membership is recorded before the sync position is: an invitation comes only once, and a
join over federation may take a minute or a restart. Each homeserver has its share of simultaneous
work: one that hangs delays only its own invitations.

The bot joins a salon that another names as its replacement to look at it, and leaves it at once
unless it names that other as its predecessor: otherwise anybody could bring us into any public
salon.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from bot.matrix.backoff import Backoff
from bot.matrix.direct import Directs
from bot.matrix.errors import Busy, MatrixTrouble
from bot.matrix.events import MayJoin
from bot.matrix.raw import Json, route, table, tables, text
from bot.matrix.settings import MatrixOptions
from bot.matrix.slots import Slots
from bot.matrix.staying import Staying
from bot.matrix.store import CryptoStore, PendingMembership
from bot.matrix.upgrades import Upgrades
from bot.matrix.wire import MatrixWire
from bridge.ids import SalonId, UserId, home_of, server_of

log = structlog.get_logger()

JOIN_SECONDS = 90.0
"""A first join over federation fetches the salon's whole state."""
AT_ONCE = 48
SHARE = 3
"""For one homeserver: sixteen must hang before another one's invitation has to wait."""
LESSER = 6
"""For work that matters less than joining: declining strangers, looking after salons."""
TRIES = 50
REFUSALS = 5
"""An invitation may reach us before the inviter's own homeserver has stored it: then the join is a
403."""


class MembershipActions:
    """Joins and declines for one account."""

    def __init__(
        self,
        wire: MatrixWire,
        store: CryptoStore,
        directs: Directs,
        staying: Staying,
        *,
        upgrades: Upgrades,
        may_join: MayJoin,
        settings: MatrixOptions,
    ) -> None:
        self._wire = wire
        self._store = store
        self._directs = directs
        self._staying = staying
        self._upgrades = upgrades
        self._user = settings.user
        self._settings = settings
        self._may_join = may_join
        self._news = asyncio.Event()
        self._noted = False
        """Whether a pending membership was noted since the last recorded sync."""
        self._acting: set[str] = set()
        self._slots = Slots(AT_ONCE, share=SHARE, lesser=LESSER)
        self._fresh: dict[str, asyncio.Event] = {}
        """Set when a salon has a new pending membership: a pause before its retry then ends."""
        self._given_up: set[str] = set()

    def invited(self, salon: SalonId, stripped: Json) -> None:
        """Decide about an invitation from the sync.

        Only the invitation counts among its events: only the inviter's homeserver vouches for the
        rest.
        """
        invitations = [
            event for event in tables(stripped, "events") if is_invitation(event, self._user)
        ]
        if invitations:
            pending = self._decided(salon, invitations)
            log.info("matrix.invited", salon=salon, what=pending.what)
            self._note(pending)

    def _note(self, pending: PendingMembership) -> None:
        self._store.add_membership(pending)
        self._noted = True
        self._given_up.discard(pending.room)
        if pending.room in self._fresh:
            self._fresh[pending.room].set()

    def _decided(self, salon: SalonId, invitations: Sequence[Json]) -> PendingMembership:
        """Return the decision about an invitation; one that names two senders is declined."""
        inviter = UserId(text(invitations[-1], "sender"))
        one = len({text(event, "sender") for event in invitations}) == 1
        direct = all(table(event, "content").get("is_direct") is True for event in invitations)
        what = "direct" if direct else "join"
        if not one or not self._may_join(inviter, salon):
            what = "decline"
        return PendingMembership(salon, what, server_of(inviter), inviter)

    def moved(self, old: SalonId, replacement: SalonId, by: UserId) -> bool:
        """Follow a salon that goes on elsewhere, unless its closer may not invite us anywhere.

        An earlier pending membership of the replacement comes first: it may be an invitation.
        """
        if not self._may_join(by, replacement):
            log.warning("matrix.not_followed", salon=replacement)
            return False
        known = {pending.room for pending in self._store.memberships() if pending.what != "look"}
        if replacement not in known:
            self._note(PendingMembership(replacement, "follow", server_of(by), old))
        return True

    def changed(self, salon: SalonId, event: str) -> None:
        """Check a salon that people left, or whose levels changed."""
        self._store.add_membership(PendingMembership(salon, "look", event, ""))
        self._noted = True
        self._given_up.discard(salon)

    async def run(self) -> None:
        """Join and decline for ever, each salon at its own pace."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._news.clear()
                for pending in self._store.memberships():
                    if pending.room not in self._acting and pending.room not in self._given_up:
                        self._acting.add(pending.room)
                        group.create_task(self._settle(pending))
                await self._news.wait()

    def poke(self) -> None:
        """Act on the pending memberships that a recorded sync brought."""
        if self._noted:
            self._noted = False
            self._news.set()

    def withdrawn(self, salon: SalonId) -> None:
        """Forget those of a salon that we left, or whose invitation was withdrawn."""
        self._store.drop_memberships(salon)

    async def _settle(self, pending: PendingMembership) -> None:
        backoff = Backoff(self._settings)
        while pending in self._store.memberships():
            self._fresh[pending.room] = asyncio.Event()
            trouble = await self._try(pending)
            if trouble is None or (not trouble.passing and backoff.failures >= REFUSALS):
                self._store.drop_membership(pending)
            elif backoff.failures >= TRIES:
                log.error("matrix.join_given_up", salon=pending.room)
                self._given_up.add(pending.room)  # until there is a new one, or the next start
                break
            else:
                await self._pause(pending, trouble, backoff.delay(trouble))
        self._fresh.pop(pending.room, None)
        self._acting.discard(pending.room)
        self._news.set()  # another one of the salon may have come meanwhile

    async def _pause(
        self, pending: PendingMembership, trouble: MatrixTrouble, seconds: float
    ) -> None:
        """Wait for the retry; a new one of the salon ends the pause, unless a rate limit set it."""
        if isinstance(trouble, Busy):
            await asyncio.sleep(seconds)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._fresh[pending.room].wait()

    async def _try(self, pending: PendingMembership) -> MatrixTrouble | None:
        """Return the trouble that prevents a membership; an unusable account ends the sync too."""
        look = pending.what == "look"
        server = home_of(SalonId(pending.room)) if look else pending.via
        try:
            async with self._slots.one(server, lesser=look or pending.what == "decline"):
                await self._act_on(pending)
        except MatrixTrouble as trouble:
            log.warning("matrix.join_failed", salon=pending.room, reason=str(trouble))
            return trouble
        return None

    async def _act_on(self, pending: PendingMembership) -> None:
        if pending.what == "look":
            await self._staying.look(SalonId(pending.room))
            return
        if pending.what == "decline":
            await self._wire.post(route("rooms", pending.room, "leave"))
            return
        if pending.what == "follow":
            inside = await self._upgrades.is_in(SalonId(pending.room))
            # Recorded before we join: after a crash we must know that nobody invited us.
            if not inside and pending in self._store.memberships():
                self._store.add_membership(replace(pending, what="inspect"))
            return
        await self._join(pending)
        if pending.what == "direct":
            await self._directs.remember(UserId(pending.inviter), SalonId(pending.room))
        elif pending.what == "inspect":
            await self._inspect(pending)

    async def _inspect(self, pending: PendingMembership) -> None:
        """Leave a replacement that does not name the salon that named it."""
        if await self._upgrades.named(SalonId(pending.inviter), SalonId(pending.room)):
            return
        if pending in self._store.memberships():  # otherwise somebody invited us there meanwhile
            log.warning("matrix.not_followed", salon=pending.room)
            await self._wire.post(route("rooms", pending.room, "leave"))

    async def _join(self, pending: PendingMembership) -> None:
        # Since version 12 a room's id names no server: say where to find it.
        query = {"via": pending.via, "server_name": pending.via}
        await self._wire.call(
            "POST", route("join", pending.room), {}, query=query, timeout=JOIN_SECONDS
        )


def is_invitation(event: Json, user: UserId) -> bool:
    """Tell whether an event is the invitation of `user`; its sender is the inviter."""
    return (
        text(event, "type") == "m.room.member"
        and text(event, "state_key") == user
        and text(table(event, "content"), "membership") == "invite"
    )
