"""Withdraws the links of a replaced key file at the start, before anything is served.

The database knows a link by its digest, so a new file alone changes nothing there: the next start
notices that a key is another one, or gone, and withdraws the links that derive from it. The
operator's guide promises this after a leak, and after a restored backup.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from bot.program.keyring import KeyFiles, KeysMissing, key_file
from bridge.clock import Clock
from bridge.domain.cause import OPERATOR
from bridge.domain.codes import Minter
from bridge.services.invitations.invitations import Invitations
from bridge.store import Store
from bridge.store.links import LinkKeys

log = structlog.get_logger()

_SEEN = "links.keys"
"""The secret that holds the marks of the keys of the last start."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Watch:
    """Compares the keys of links with those of the last start."""

    store: Store
    invitations: Invitations
    clock: Clock
    folder: Path
    """The folder of the key files, to name in errors."""

    @property
    def _links(self) -> LinkKeys:
        return LinkKeys(self.store.begin)

    async def look(self, present: KeyFiles) -> int:
        """Withdraw the links of keys that were replaced or removed; return their number.

        Raises KeysMissing in a process that only lacks a newer key.
        """
        marks = {name: _mark(key) for name, key in present.keys.items()}
        seen = await self._seen()
        if seen is None:
            dead = await self._unknown(present)
        else:
            self._refuse_older(marks, seen)
            dead = {name for name, mark in seen.items() if marks.get(name) != mark}
        count = await self._withdraw(dead) if dead else 0
        if marks != seen:
            await self.store.secrets.put(_SEEN, json.dumps(marks).encode())
        return count

    async def _seen(self) -> Mapping[str, str] | None:
        kept = await self.store.secrets.get(_SEEN)
        return None if kept is None else json.loads(kept)

    async def _unknown(self, present: KeyFiles) -> set[str]:
        """Return the keys in use that are not present, for a database without recorded marks."""
        minter = Minter(present.keys, present.current)
        dead = set()
        for name in await self._links.in_use():
            one = await self._links.sample(name)
            made = one and name in present.keys and minter.digest(one.invitation, one.number, name)
            if name not in present.keys or (one and made != one.digest):
                dead.add(name)
        return dead

    def _refuse_older(self, marks: Mapping[str, str], seen: Mapping[str, str]) -> None:
        """Refuse to start if other processes have a newer key than those here."""
        newest = max(seen)
        if newest > max(marks) and all(seen.get(name) == mark for name, mark in marks.items()):
            raise KeysMissing(key_file(self.folder, "links", newest))

    async def _withdraw(self, dead: set[str]) -> int:
        now, count = self.clock.now(), 0
        for of in await self._links.open_with(dead, now - _DAY):
            # One by one, as a command would: refresh cards, and eject guests who are inside.
            async with self.store() as work:
                occurrence = await work.meetings.occurrence(of)
                if occurrence is None:
                    continue
                known = await work.invitations.of_occurrence(of)
                whom = [one for one in known if one.key in dead]
                count += len(
                    await self.invitations.revoke(work, occurrence, whom, by=OPERATOR.name)
                )
        count += await self._links.withdraw(dead, now)
        log.warning("links.withdrawn", keys=sorted(dead), count=count)
        return count


def _mark(key: bytes) -> str:
    """Return a mark that identifies a key and reveals nothing about it."""
    return hmac.digest(key, b"which key of links this is", "sha256")[:16].hex()
