"""A key file of links that was replaced takes every link with it, before anything is served.

The database knows a link by its digest, so a file alone changes nothing there: the next start
notices that a key is another one, or gone, and withdraws what derived from it. That is what the
operator's guide promises after a leak, and after a backup was put back.
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
from bridge.domain.codes import Minter
from bridge.services.invitations.invitations import Invitations
from bridge.store import Store
from bridge.store.links import LinkKeys

log = structlog.get_logger()

_SEEN = "links.keys"
"""The secret that holds the marks of the keys that the last start had."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Watch:
    """Compares the keys of links with those of the last start."""

    store: Store
    invitations: Invitations
    clock: Clock
    folder: Path
    """Of the key files, for the operator's eye."""

    @property
    def _links(self) -> LinkKeys:
        return LinkKeys(self.store.begin)

    async def look(self, present: KeyFiles) -> int:
        """Withdraw the links of keys that were replaced or removed; return how many there were.

        Raises KeysMissing in a process that was only not given a newer key.
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
        """Return the keys in use that these are not, for a database that never noted any."""
        minter = Minter(present.keys, present.current)
        dead = set()
        for name in await self._links.in_use():
            one = await self._links.sample(name)
            made = one and name in present.keys and minter.digest(one.invitation, one.number, name)
            if name not in present.keys or (one and made != one.digest):
                dead.add(name)
        return dead

    def _refuse_older(self, marks: Mapping[str, str], seen: Mapping[str, str]) -> None:
        """Refuse to start with some of the keys that others have: the newest is missing here."""
        newest = max(seen)
        if newest > max(marks) and all(seen.get(name) == mark for name, mark in marks.items()):
            raise KeysMissing(key_file(self.folder, "links", newest))

    async def _withdraw(self, dead: set[str]) -> int:
        now, count = self.clock.now(), 0
        for of in await self._links.open_with(dead, now - _DAY):
            # One by one, as a person would: cards are shown again, and who is inside is put out.
            async with self.store() as work:
                occurrence = await work.meetings.occurrence(of)
                if occurrence is None:
                    continue
                known = await work.invitations.of_occurrence(of)
                whom = [one for one in known if one.key in dead]
                count += len(await self.invitations.revoke(work, occurrence, whom))
        count += await self._links.withdraw(dead, now)
        log.warning("links.withdrawn", keys=sorted(dead), count=count)
        return count


def _mark(key: bytes) -> str:
    """Return what tells a key from another and nothing about it."""
    return hmac.digest(key, b"which key of links this is", "sha256")[:16].hex()
