"""Our own sync loop: record first, then notify; nothing is ever handled in here.

nio's `sync_forever` saves its position before it handles, asks other servers in between, and asks a
failing homeserver hundreds of times per second.
"""

import asyncio
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog

from bot.matrix.backoff import Backoff
from bot.matrix.devices import Devices
from bot.matrix.errors import AccountUnusable, MatrixTrouble, Unreachable
from bot.matrix.events import Batch, Journal
from bot.matrix.gaps import NO_POSITION
from bot.matrix.identity import OwnIdentity
from bot.matrix.keys import OwnKeys
from bot.matrix.opening import Decryptor
from bot.matrix.raw import route, table, text
from bot.matrix.reading import SyncReader
from bot.matrix.settings import MatrixOptions
from bot.matrix.vault import EventVault
from bot.matrix.wire import MatrixWire
from bridge.clock import Clock

log = structlog.get_logger()

POSITION_EVERY = 10.0
"""Seconds for which the position after answers with nothing for us may be unrecorded: after a kill
they are asked for again, and hold as little then."""
MARGIN = 15.0
"""Seconds that the homeserver may take beyond the time for which it was asked to wait."""
FIRST_TIMEOUT = 300.0
"""Seconds for the first answer after a start: a long absence makes a long answer."""

_NOTHING: dict[str, list[str]] = {"types": []}
_QUIET: dict[str, Any] = {"presence": _NOTHING, "account_data": _NOTHING}
FIRST_FILTER = {
    **_QUIET,
    "room": {
        "account_data": _NOTHING,
        "ephemeral": _NOTHING,
        "state": _NOTHING,
        "timeline": {"limit": 1},
    },
}
"""A first sync only finds the position and the open invitations, however many salons there are."""
_PLACE = re.compile(r"[sm](\d+)")


def is_behind(following: str, position: str) -> bool:
    """Tell whether a homeserver's new position is before the one it had given us.

    Then its database was restored from a backup, and it answers that there is nothing new. Only
    Synapse's positions can be compared; of others nothing is noticed.
    """
    old, new = _PLACE.match(position), _PLACE.match(following)
    return old is not None and new is not None and int(new[1]) < int(old[1])


class Sync:
    """Keeps one account in step with its homeserver."""

    def __init__(
        self,
        wire: MatrixWire,
        journal: Journal,
        reader: SyncReader,
        *,
        decryptor: Decryptor,
        devices: Devices,
        keys: OwnKeys,
        identity: OwnIdentity,
        vault: EventVault,
        settings: MatrixOptions,
        clock: Clock,
    ) -> None:
        self._wire = wire
        self._journal = journal
        self._reader = reader
        self._decryptor = decryptor
        self._devices = devices
        self._keys = keys
        self._identity = identity
        self._vault = vault
        self._settings = settings
        self._clock = clock
        room = {
            "account_data": _NOTHING,
            "ephemeral": _NOTHING,
            "timeline": {"limit": settings.timeline_limit},
        }
        self._filter = {**_QUIET, "room": room}
        # Synapse repeats its answer to an equal first request for two minutes.
        unique = {"presence": {"types": [secrets.token_hex(8)]}}
        self._first_filter = {**FIRST_FILTER, **unique}
        self._whole_filter = {**_QUIET, **unique, "room": {**room, "state": _NOTHING}}
        self.last_at: datetime | None = None
        """For people to read."""
        self.heard_at: float | None = None
        """The same moment by the monotonic clock."""
        self.failures_total = 0
        self.rewound_total = 0
        self._recorded_at: float | None = None
        self.recording = False
        """Whether an answer of the homeserver waits for the database."""

    async def run(self, recorded: Callable[[], None]) -> None:
        """Sync for ever; call `recorded` after each batch. Raises AccountUnusable."""
        position = await self._journal.position()
        backoff = Backoff(self._settings)
        while True:
            try:
                body, since = await self._next(position)
            except AccountUnusable:
                raise
            except MatrixTrouble as trouble:
                self.failures_total += 1
                delay = backoff.delay(trouble)
                level = log.warning if trouble.passing else log.error
                level("matrix.sync_failed", reason=str(trouble), seconds=round(delay, 1))
                await asyncio.sleep(delay)
                continue
            backoff.succeeded()
            await self._take(body, since)
            position = text(body, "next_batch")
            self.last_at, self.heard_at = self._clock.now(), time.monotonic()
            recorded()

    async def _next(self, position: str | None) -> tuple[dict[str, Any], str | None]:
        """Return an answer, and since when it covers the salons' lines."""
        body = await self._fetch(position)
        if position is None or not is_behind(text(body, "next_batch"), position):
            return body, position
        log.warning("matrix.position_ahead", position=position, given=text(body, "next_batch"))
        whole = await self._ask({"filter": json.dumps(self._whole_filter)}, FIRST_TIMEOUT)
        self.rewound_total += 1
        return whole, NO_POSITION

    async def _fetch(self, position: str | None) -> dict[str, Any]:
        # The first answer comes at once, so that a start does not wait for news.
        wait = 0.0 if self.last_at is None else self._settings.sync_timeout
        query = {"timeout": str(int(wait * 1000))}
        if position:
            query |= {"since": position, "filter": json.dumps(self._filter)}
        else:
            query["filter"] = json.dumps(self._first_filter)
        return await self._ask(query, FIRST_TIMEOUT if self.last_at is None else wait + MARGIN)

    async def _ask(self, query: Mapping[str, str], limit: float) -> dict[str, Any]:
        quietly = {**query, "set_presence": "offline"}
        body = await self._wire.call("GET", route("sync"), query=quietly, timeout=limit)
        if not text(body, "next_batch"):
            raise Unreachable("the answer is no sync")
        return body

    @property
    def _listening(self) -> bool:
        """Whether the events of an answer came since the one before, a moment ago."""
        if self.heard_at is None:
            return False
        return time.monotonic() - self.heard_at < self._settings.sync_timeout + MARGIN

    async def _take(self, body: dict[str, Any], since: str | None) -> None:
        """Take the keys first, then the events they open, then record all of it durably at once."""
        if self._decryptor.take_to_device(body):
            self._vault.keys_came()
        self._devices.changed(table(body, "device_lists"))
        self._identity.changed(table(body, "device_lists"))
        self._keys.counted(
            table(body, "device_one_time_keys_count"), body.get("device_unused_fallback_key_types")
        )
        self._reader.note_states(body)
        if self._listening:
            self._reader.learn(body)
        batch = self._reader.read(body, since)
        if batch.incoming or batch.sealed or self._unrecorded():
            await self._record(batch)

    def _unrecorded(self) -> bool:
        """Tell whether the last recorded position is too old."""
        last = self._recorded_at
        return last is None or time.monotonic() - last >= POSITION_EVERY

    async def _record(self, batch: Batch) -> None:
        self.recording = True
        try:
            await self._journal.record(batch)
        finally:
            self.recording = False
        self._recorded_at = time.monotonic()
        self._vault.add(batch.sealed)
