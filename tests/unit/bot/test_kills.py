"""A bot killed at any commit, and started again, has said what an undisturbed one says.

Every transaction counts: of the inbox, of a command, of the agenda, of the outbox. A death after one
of them differs from one before the next only in what happened outside between the two: every third
is looked at.
"""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.matrix.events import Deleted
from bridge.ids import EventId
from bridge.store.tx import Tx
from bridge.store.work import Store, open_store
from tests.contract.store_samples import vault
from tests.doubles.account import FakeAccount
from tests.doubles.clocks import SetClock
from tests.doubles.ports import FakePost, FakeVisio, Killed
from tests.services.house import START, House
from tests.unit.bot.office import ALICE, SALON, Office

pytestmark = pytest.mark.long

LINES = [
    "!visio Budget",
    "!visio inviter lea@partenaire.example, Jean",
    "!visio retirer Jean",
    "!visio inviter Jean",
    "!visio terminer",
]


class MortalStore(Store):
    """A database whose process dies at its n-th commit, just before it or just after."""

    dies_at = 0
    after = False
    commits = 0

    @asynccontextmanager
    async def begin(self, *, writing: bool = True, long: bool = False) -> AsyncIterator[Tx]:
        async with super().begin(writing=writing, long=long) as tx:
            yield tx
            self.commits += writing
            if writing and self.commits == self.dies_at and not self.after:
                raise Killed
        if writing and self.commits == self.dies_at:
            raise Killed


@dataclass
class World:
    """The state that outlives a process."""

    path: Path
    clock: SetClock
    account: FakeAccount
    visio: FakeVisio
    post: FakePost

    @asynccontextmanager
    async def process(self, dies_at: int = 0, *, after: bool = False) -> AsyncIterator[Office]:
        """Start a process, and be rid of it."""
        url = f"sqlite:///{self.path}"
        async with open_store(url, vault=vault(), clock=self.clock, alone=True) as opened:
            store = MortalStore(opened.engines, opened.vault, self.clock, alone=True)
            store.dies_at, store.after = dies_at, after
            house = House(store, self.clock, visio=self.visio, post=self.post)
            office = Office(house, self.account)
            # A letter that may have left is not waited for: its inviter hears of no doubt.
            house.letters = replace(house.letters, again=timedelta(0))
            yield office


def new_world(migrated: Path, folder: Path, name: str) -> World:
    path = folder / f"{name}.db"
    shutil.copy(migrated, path)
    return World(path, SetClock(START), FakeAccount(), FakeVisio(), FakePost())


async def converse(office: Office) -> None:
    """Say all lines; those that a dead process had heard are heard again."""
    for number, line in enumerate(LINES):
        await office.hears(office.line(line, f"line-{number}"))


async def take_back(office: Office) -> None:
    """Invite somebody, and delete the line that asked for the meeting."""
    for number, line in enumerate(LINES[:2]):
        await office.hears(office.line(line, f"line-{number}"))
    gone = Deleted(
        event=EventId("$gone"),
        salon=SALON,
        sender=ALICE,
        sent_at=START,
        target=EventId("$line-0"),
    )
    await office.hears(gone)


async def be_reminded(office: Office) -> None:
    """Set a reminder, read it and the salon's, and put it off once."""
    for number, line in enumerate(("!visio 11h Budget", "!visio rappel 15min")):
        await office.hears(office.line(line, f"line-{number}"))
    await _until(office, 45)
    told = next(one for one in office.account.sent if "Votre rappel" in one.body)
    office.account.enter(told.salon, [ALICE], direct=True)
    await office.reacts(told.event, "💤", salon=told.salon, sender=ALICE)
    await _until(office, 60)


async def _until(office: Office, minutes: int) -> None:
    """Let time go on, and messages leave."""
    moment = START + timedelta(minutes=minutes)
    await office.house.run_until(max(moment, office.house.clock.now()))
    await office.flush()


async def seen(office: Office) -> dict[str, Any]:
    """Return the messages that people saw, and the agenda."""
    return {
        "salon": [_first_room(one.body) for one in of(office)],
        "private": [_first_room(body.partition("/j/")[0]) for body in office.private()],
        "letters": [(one.to, one.plain[:30]) for one in office.house.post.seen()],
        "agenda": sorted((kind, at) for (kind, _), at in (await office.house.planned()).items()),
        "waiting": [one.template for one in await office.house.messages()],
        "guests": [
            (one.name, one.number, one.revoked_at is None)
            for one in await office.house.guests("line-0")
        ],
    }


def _first_room(body: str) -> str:
    """Return a text as if no room had been made in vain before a kill."""
    return body.replace("abc-defg-001", "abc-defg-000")


def of(office: Office) -> list[Any]:
    """Return the salon's messages: the card, then each answer in the order of its question."""
    shown = office.account.seen(SALON)
    return sorted(shown, key=lambda one: str(one.content.get("m.relates_to", "")))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("talk", [converse, take_back, be_reminded])
async def test_killed_at_each_commit(
    migrated: Path, tmp_path: Path, talk: Callable[[Office], Awaitable[None]], after: bool
):
    world = new_world(migrated, tmp_path, "undisturbed")
    async with world.process() as office:
        await talk(office)
        undisturbed = await seen(office)
        store = office.house.store
        assert isinstance(store, MortalStore)
        commits = store.commits
    assert commits > 20
    for number in range(1, commits + 1, 3 if after else 1):
        world = new_world(migrated, tmp_path, f"killed-{number}")
        with pytest.raises(Killed):
            async with world.process(number, after=after) as office:
                await talk(office)
        async with world.process() as office:
            await office.handle()
            await office.house.run_due()
            await office.flush()
            await talk(office)
            assert await seen(office) == undisturbed, f"killed at commit {number} of {commits}"
        world.path.unlink()
