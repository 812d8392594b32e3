"""Making a direct message only once, although the answer to the request may be lost.

The request carries nothing by which the homeserver would recognise it. So it is recorded before it
is sent, and while its answer is missing we look for the salon before we ask for another. A kill
between the answer and `m.direct` counts as a lost answer too.
"""

import json
import secrets
from collections.abc import Collection

import structlog

from bot.matrix.errors import Busy, Refusal, Unanswered, Unreachable, Unsent
from bot.matrix.raw import Json, route, table, tables, text
from bot.matrix.state import Rooms
from bot.matrix.store import CryptoStore, Making
from bot.matrix.wire import MatrixWire
from bridge.clock import Clock
from bridge.ids import SalonId, UserId

log = structlog.get_logger()

LOOK_SECONDS = 90.0
"""Seconds for reading all our salons, however many."""
SOON = 5.0
"""Seconds before the first search; then each pause equals the time it has been missing."""
PATIENCE, LONGEST_PATIENCE = 120.0, 600.0
"""Seconds after which a homeserver has made a salon or never will, even if its proxy gave up;
longer with each lost answer."""
NOT_PASSED_ON = (502, 503)
"""A proxy's statuses when its homeserver is away: once it answers us again, all that it began is
done."""


class MakingDirects:
    """Makes direct messages, or finds those that were made without our knowledge."""

    def __init__(self, wire: MatrixWire, rooms: Rooms, store: CryptoStore, clock: Clock) -> None:
        self._wire = wire
        self._rooms = rooms
        self._store = store
        self._clock = clock

    async def make(self, user: UserId, us: UserId, *, but: Collection[str]) -> SalonId:
        """Return a direct message with `user` that is none of `but`.

        Until `made` is called it may be forgotten. Raises MatrixTrouble: Unanswered if it is to be
        looked for again.
        """
        asked = self._store.making(user)
        if asked is not None:
            found = await self._find(user, us, but)
            if found is not None:
                log.info("matrix.direct_found", salon=found)
                return found
            elapsed = self._clock.now().timestamp() - asked.asked_at
            if 0 <= elapsed < asked.patience:
                raise Unanswered(min(max(SOON, elapsed), asked.patience - elapsed + SOON))
        return await self._ask(user, asked)

    def made(self, user: UserId) -> None:
        """Note that it is recorded elsewhere."""
        self._store.made(user)

    async def _ask(self, user: UserId, before: Making | None) -> SalonId:
        now = self._clock.now().timestamp()
        patience = PATIENCE if before is None else max(PATIENCE, 2 * before.patience)
        making = Making(user, now, min(patience, LONGEST_PATIENCE))
        self._store.begin_making(making)
        try:
            answer = await self._wire.post(route("createRoom"), _body(user))
        except (Unsent, Busy):
            self._nothing_new(user, before)
            raise
        except Refusal as refusal:
            if refusal.status in NOT_PASSED_ON:
                self._store.begin_making(Making(user, now, 0))
            elif refusal.passing:
                raise Unanswered(SOON) from refusal
            else:
                self._nothing_new(user, before)
            raise
        except Unreachable as lost:
            raise Unanswered(SOON) from lost
        salon = SalonId(text(answer, "room_id"))
        self._rooms.dirty(salon)  # a sync may have read it while nobody was invited yet
        self._rooms.remember_encrypted(salon)
        log.info("matrix.direct_made", salon=salon)
        return salon

    def _nothing_new(self, user: UserId, before: Making | None) -> None:
        """Forget a request without a result; an earlier request's may still appear."""
        if before is None:
            self._store.made(user)
        else:
            self._store.begin_making(before)

    async def _find(self, user: UserId, us: UserId, but: Collection[str]) -> SalonId | None:
        """Return the salon that we made for `user` alone, if the homeserver has one."""
        for salon, info in table(await self._look(), "rooms", "join").items():
            if salon in but or not isinstance(info, dict) or not _is_ours(info, us):
                continue
            room = await self._rooms.fresh(SalonId(salon))
            if room.confidant(us) == user:
                return SalonId(salon)
        return None

    async def _look(self) -> Json:
        """Return the maker of each of our salons: one request, which moves no position."""
        nothing: dict[str, list[str]] = {"types": []}
        wanted = {
            # Synapse repeats its answer to an equal first request for two minutes.
            "presence": {"types": [secrets.token_hex(8)]},
            "account_data": nothing,
            "room": {
                "account_data": nothing,
                "ephemeral": nothing,
                "state": {"types": ["m.room.create"]},
                "timeline": {"limit": 1},
            },
        }
        query = {"timeout": "0", "set_presence": "offline", "filter": json.dumps(wanted)}
        return await self._wire.call("GET", route("sync"), query=query, timeout=LOOK_SECONDS)


def _body(user: UserId) -> dict[str, object]:
    content = {"algorithm": "m.megolm.v1.aes-sha2"}
    return {
        "preset": "trusted_private_chat",
        "is_direct": True,
        "invite": [user],
        "initial_state": [{"type": "m.room.encryption", "state_key": "", "content": content}],
    }


def _is_ours(info: Json, us: UserId) -> bool:
    """Tell whether we made a salon, by its first event."""
    events = [*tables(table(info, "state"), "events"), *tables(table(info, "timeline"), "events")]
    first = (text(event, "sender") for event in events if text(event, "type") == "m.room.create")
    return next(first, "") == us
