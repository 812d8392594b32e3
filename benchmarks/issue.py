"""Durable invitations issued per second, by commands of one guest and of ten, with fsync.

The peer executes the same statements with the same values, recorded from ours, on a copy of the
same database, with plain aiosqlite alone.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from benchmarks.bare_post import open_plain
from benchmarks.replay import Statement, recording, replay
from benchmarks.rows import Measure, Options, Subject
from benchmarks.statistics import Pair
from benchmarks.stock import Stock, stocked
from bridge.clock import SystemClock
from bridge.domain.cause import Actor, Cause
from bridge.domain.codes import Minter
from bridge.ids import OccurrenceId, UserId
from bridge.services.invitations.invitations import Guest, Invitations
from bridge.services.tools import Tools
from bridge.store import Store, Vault, open_store
from tests.defaults import default_policy

_ROUNDS, _COMMANDS, _PER_MEETING = 11, 20, 10
_VAULT = Vault({"k1": bytes(32)}, "k1")
_MINTER = Minter({"k1": bytes(32)}, "k1")


@dataclass(slots=True)
class Issuing:
    """Commands that invite `guests` people each, ten guests to a meeting."""

    stock: Stock
    guests: int
    _occurrences: Iterator[UUID] = field(init=False)

    def __post_init__(self) -> None:
        each = _PER_MEETING // self.guests
        self._occurrences = (UUID(one) for one in self.stock.occurrences for _ in range(each))

    async def commands(self, store: Store, count: int) -> None:
        """Run that many commands, a transaction each."""
        for _ in range(count):
            await self._command(store, OccurrenceId(next(self._occurrences)))

    async def _command(self, store: Store, occurrence: OccurrenceId) -> None:
        names = [Guest(email=f"{uuid4().hex}@partenaire.example") for _ in range(self.guests)]
        name = uuid4().hex  # an agent for each command: a single one would soon exceed their quota
        cause = Cause(key=name, actor=Actor(name=UserId(f"@{name}:agent.example")))
        tools = Tools(store, SystemClock(), default_policy())
        async with store() as work:
            found = await work.meetings.occurrence(occurrence)
            assert found is not None
            meeting = await work.meetings.get(found.meeting)
            assert meeting is not None
            await Invitations(_MINTER, tools).invite(work, cause, (meeting, found), names)


async def measure(options: Options) -> Sequence[Measure]:
    """Measure commands of one guest and of ten."""
    rows = []
    for guests in (1, _PER_MEETING):
        ours, plain = (await _rates(guests, options)).medians()
        rows.append(Measure(f"issue.by{guests}", ours, "/s", plain))
    return rows


async def _rates(guests: int, options: Options) -> Pair:
    """Return invitations per second of ours and of the peer, in rounds that alternate."""
    rounds = options.rounds(_ROUNDS)
    meetings = rounds * _COMMANDS * guests // _PER_MEETING + 1
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as name:
        folder = Path(name)
        stock = await stocked(folder / "recorded.db", meetings=meetings)
        for copy in ("ours", "plain"):
            shutil.copy(folder / "recorded.db", folder / f"{copy}.db")
        scripts = await _scripts(folder, Issuing(stock, guests), rounds)
        return await _alternating(folder, Issuing(stock, guests), scripts)


async def _scripts(folder: Path, issuing: Issuing, rounds: int) -> list[list[Statement]]:
    async with open_store(f"sqlite:///{folder}/recorded.db", vault=_VAULT) as store:
        scripts = []
        for _ in range(rounds):
            with recording(store) as script:
                await issuing.commands(store, _COMMANDS)
            scripts.append(script)
        return scripts


async def _alternating(
    folder: Path, issuing: Issuing, scripts: Sequence[Sequence[Statement]]
) -> Pair:
    ours, plain = [], []
    issued = _COMMANDS * issuing.guests
    connection = await open_plain(f"{folder}/plain.db", "FULL")
    url = f"sqlite:///{folder}/ours.db"
    try:
        async with open_store(url, vault=_VAULT, synchronous="FULL") as store:
            for script in scripts:
                begun = time.perf_counter()
                await issuing.commands(store, _COMMANDS)
                between = time.perf_counter()
                await replay(connection, script)
                ours.append(issued / (between - begun))
                plain.append(issued / (time.perf_counter() - between))
    finally:
        await connection.close()
    return Pair(ours, plain)


SUBJECT = Subject("issue", measure)
