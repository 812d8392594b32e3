"""An installation of an earlier program, put back on disk, and today's program started on it.

`recorded/` is described in README.md beside this file.
"""

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select

from bot.conversation.host_rights import look_anew
from bot.conversation.journal import DatabaseJournal
from bot.conversation.outbox import OutboxSender
from bot.conversation.router import Router
from bot.matrix.account import MatrixAccount
from bot.matrix.events import Batch, IncomingMessage, Reaction, SalonState
from bot.program.bot_role import _router, _sender
from bot.program.neighbours import Neighbours
from bot.program.wiring import Core, build
from bridge.domain.agenda import Due, Kind
from bridge.ids import EventId, SalonId, UserId
from bridge.store.agenda import AgendaOutcome, Claimable
from bridge.store.tables import outbox
from config.load import load
from config.settings import Settings
from tests.doubles.account import FakeAccount, Sent
from tests.doubles.clocks import SetClock
from tests.doubles.ports import FakeMedia, FakePost, FakeVisio

RECORDED = Path(__file__).parent / "recorded"
INSTALLATION: Mapping[str, Any] = json.loads((RECORDED / "installation.json").read_text())
AT = datetime.fromisoformat(INSTALLATION["recorded_at"])
"""When the earlier program was stopped."""
LATER = AT + timedelta(minutes=5)
"""When today's is started: what was running then still runs."""
ME = UserId(INSTALLATION["bot"])
DEVICE = "BOUSAHQUEY"
ALICE, BOB = UserId("@alice:parvis.test"), UserId("@bob:parvis.test")
LEASE = timedelta(minutes=1)


def put_back(home: Path) -> Path:
    """Lay the recorded files down as they were; return where the settings are.

    A checkout keeps neither who may read a file nor a database that one can look into.
    """
    shutil.copy(RECORDED / "parvis.toml", home)
    (home / "parvis.toml").chmod(0o600)
    shutil.copytree(RECORDED / "keys", home / "data" / "keys")
    for file in (home / "data" / "keys").rglob("*.*"):
        file.chmod(0o400)
    (home / "data" / "matrix").mkdir(mode=0o700)
    _fill(home / "data" / "parvis.db", "parvis.sql")
    _fill(home / "data" / "matrix" / f"keys-{DEVICE}.db", "device.sql")
    return home / "parvis.toml"


def _fill(database: Path, recorded: str) -> None:
    with closing(sqlite3.connect(database)) as made, made:
        made.executescript((RECORDED / recorded).read_text())
    database.chmod(0o600)


def salon(name: str) -> SalonId:
    """Return a recorded salon."""
    return SalonId(INSTALLATION["salons"][name]["id"])


def card(title: str) -> EventId:
    """Return the event that shows a meeting's card."""
    return EventId(INSTALLATION["cards"][title])


def account() -> FakeAccount:
    """Return the bot's account in the salons in which it was, among the same people."""
    made = FakeAccount(user=ME)
    for one in INSTALLATION["salons"].values():
        members: dict[UserId, str] = one["members"]
        made.names.update(members)
        made.enter(
            SalonId(one["id"]),
            members,
            encrypted=one["encrypted"],
            levels=one["levels"],
            direct=one.get("direct", False),
        )
    return made


@dataclass(slots=True)
class Program:
    """Today's program at work, with Visio, media server, mail server and homeserver in memory."""

    core: Core
    clock: SetClock
    account: FakeAccount
    router: Router
    sender: OutboxSender
    post: FakePost
    visio: FakeVisio
    media: FakeMedia
    failed: list[tuple[Due, Exception]] = field(default_factory=list)

    async def handle(self) -> None:
        """Handle all that was read and is not handled yet."""
        while rows := await self.core.store.inbox.pending(ME, 100):
            for row in rows:
                await self.router.handle(row)

    async def says(self, body: str, **more: Any) -> None:
        """Have Alice write a line in the salon "Budget", and the program do all that it takes."""
        values: dict[str, Any] = {
            "event": EventId(f"${body}"),
            "salon": salon("Budget"),
            "sender": ALICE,
            "sent_at": self.clock.now(),
            "body": body,
        }
        await self.hears(IncomingMessage(**values | more))

    async def reacts(self, target: EventId, key: str, place: SalonId) -> None:
        """Have Alice react to an event."""
        await self.hears(
            Reaction(
                event=EventId(f"${key}"),
                salon=place,
                sender=ALICE,
                sent_at=self.clock.now(),
                target=target,
                key=key,
            )
        )

    async def hears(self, incoming: IncomingMessage | Reaction) -> None:
        """Keep and handle an event, do what is due, and let messages leave."""
        await self.record(Batch(position="later", incoming=(incoming,)))
        await self.handle()
        await self.run_due()
        await self.flush()

    async def record(self, batch: Batch) -> None:
        """Keep what a sync brought."""
        await DatabaseJournal(self.core.store.inbox, ME, self.clock).record(batch)

    async def run_due(self) -> None:
        """Run what is due now; what fails is kept, and is not tried again."""
        while True:
            async with self.core.store() as work:
                claimed = await work.agenda.claim(
                    Claimable(list(Kind)), now=self.clock.now(), limit=1, lease=LEASE
                )
            if not claimed:
                return
            [one] = claimed
            again = None
            try:
                again = await self.core.work.handlers[one.due.kind](one.due)
            except Exception as error:  # noqa: BLE001 - an engine goes on, too
                self.failed.append((one.due, error))
            async with self.core.store() as work:
                await work.agenda.settle([AgendaOutcome(one, at=again)])

    async def run_until(self, moment: datetime) -> None:
        """Let time go on, doing at each due time what is due."""
        await self.run_due()
        while (due := await self._next_due()) is not None and due <= moment:
            self.clock.at = max(due, self.clock.at)
            await self.run_due()
            await self.flush()
        self.clock.at = moment

    async def _next_due(self) -> datetime | None:
        async with self.core.store.reading() as work:
            return await work.agenda.next(Claimable(list(Kind)))

    async def flush(self) -> None:
        """Let leave what may leave now."""
        while rows := await self.sender._due(8):
            for row in rows:
                await self.sender._send(row)

    async def stuck(self) -> Sequence[tuple[str, str | None]]:
        """Return the messages that can't leave, or were given up, with why."""
        tried = outbox.c.done_at.is_(None) | outbox.c.failure.is_not(None)
        async with self.core.store.begin(writing=False) as tx:
            rows = await tx.connection.execute(
                select(outbox.c.template, outbox.c.failure).where(tried).order_by(outbox.c.seq)
            )
        return [(row.template, row.failure) for row in rows]

    def edits(self, event: EventId) -> list[Sent]:
        """Return the edits of an event that have left."""
        return [one for one in self.account.sent if one.edits == event]

    def bodies(self, place: SalonId) -> list[str]:
        """Return the messages to a salon, without edits."""
        return [one.body for one in self.account.seen(place)]

    def state(self, place: SalonId) -> SalonState:
        """Return a salon's state."""
        return self.account.salons[place]


def read(home: Path, *, port: int = 0) -> Settings:
    """Return the recorded settings as today's program reads them."""
    settings = load(home / "parvis.toml")
    door = settings.door.model_copy(update={"port": port or settings.door.port})
    return settings.model_copy(update={"door": door})


@asynccontextmanager
async def started(settings: Settings, *, now: datetime = LATER) -> AsyncIterator[Program]:
    """Start today's program, but for its connections, on what was put back."""
    clock = SetClock(now)
    post, visio, media, known = FakePost(), FakeVisio(), FakeMedia(), account()
    neighbours = Neighbours(
        visio=visio,
        visio_patience=timedelta(),
        post=post,
        post_patience=timedelta(),
        media=media,
    )
    async with build(settings, alone=True, clock=clock, neighbours=neighbours) as core:
        whom = cast("MatrixAccount", known)
        await look_anew(core.store, DatabaseJournal(core.store.inbox, ME, clock), clock)
        yield Program(
            core=core,
            clock=clock,
            account=known,
            router=_router(core, whom),
            sender=_sender(core, whom),
            post=post,
            visio=visio,
            media=media,
        )
