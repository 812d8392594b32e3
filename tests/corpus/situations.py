"""Sets up the situations in which lines are typed; the README says what each one holds.

A situation is made once and kept as an image of its database; each line is typed in a copy.
"""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, create_engine

from bot.conversation.context import Context, Runner
from bot.conversation.talk import Talk
from bot.language.command import Command
from bot.matrix.events import SalonState
from bridge.domain.admission import LIVEKIT
from bridge.domain.salon import Salon
from bridge.i18n import Language
from bridge.ids import EventId, SalonId, UserId
from bridge.services.invitations.invitations import Guest, Terms
from bridge.services.meetings.lifecycle import MeetingRequest
from bridge.store.work import Store, open_store
from tests.contract.store_samples import vault
from tests.corpus.reader import Line
from tests.defaults import default_policy
from tests.doubles.account import FakeAccount, Sent
from tests.doubles.clocks import SetClock
from tests.doubles.ports import FakeIdentities
from tests.services.house import SALON, House, said
from tests.unit.bot.office import Office
from tests.wiring import minter

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 12, 1, 10, 0, tzinfo=PARIS)
MADE = NOW - timedelta(days=1)
"""When the meetings of a situation were asked for: no limit of an hour counts them any more."""
PARVIS = UserId("@parvis:parvis.test")
ALICE = UserId("@alice:parvis.test")
BOB = UserId("@bob:parvis.test")
SHOWN = {ALICE: "Alice Martin", BOB: "Bob Durand", PARVIS: "Parvis"}
DIRECT = SalonId("!direct-alice:parvis.test")
JEAN = Guest("Jean Dupont", "jean@partenaire.example")
EVA = Guest("Eva Klein", "eva@partenaire.example")
REPLIED = "Revue"
"""The meeting to whose card one replies."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A meeting that is there before the line is typed."""

    title: str
    day: int
    """Of December."""
    starts: str
    ends: str
    guests: tuple[Guest, ...]

    def at(self, hour: str) -> datetime:
        """Return an hour of its day."""
        return datetime.fromisoformat(f"2026-12-{self.day:02} {hour}").replace(tzinfo=PARIS)


_BOTH = (JEAN, EVA)
_ONE_PLANNED = (Planned("Revue", 2, "14:00", "15:00", _BOTH),)
_ONE_LIVE = (Planned("Point budget", 1, "09:45", "10:45", _BOTH),)
_TWO_PLANNED = (
    Planned("Revue", 2, "14:00", "15:00", (JEAN,)),
    Planned("Comité", 3, "10:00", "11:00", (EVA,)),
)
_TWO_LIVE = (
    Planned("Point budget", 1, "09:45", "10:45", (JEAN,)),
    Planned("Atelier", 1, "09:50", "10:50", (EVA,)),
)
SITUATIONS: dict[str, tuple[Planned, ...]] = {
    "salon-empty": (),
    "salon-one-planned": _ONE_PLANNED,
    "salon-one-live": _ONE_LIVE,
    "salon-two-planned": _TWO_PLANNED,
    "salon-two-live": _TWO_LIVE,
    "reply-to-card": _TWO_PLANNED,
    "door-waiting": _ONE_LIVE,
    "direct-message": (),
    "mention": _ONE_PLANNED,
}
"""The meetings that are there."""
DOOR = "door-waiting"


@dataclass(repr=False)
class Heard(Office):
    """An office that notes which commands its lines were read as."""

    commanded: list[Command] = field(default_factory=list)

    def talk(self) -> Talk:
        """Return all that the bot understands; each command notes that it was run."""
        whole = super().talk()
        noting = {kind: self._noting(run) for kind, run in whole.commands.items()}
        return replace(whole, commands=noting)

    def _noting(self, run: Runner) -> Runner:
        async def noted(ctx: Context, asked: Command) -> None:
            self.commanded.append(asked)
            await run(ctx, asked)

        return noted


@dataclass(slots=True)
class Scene:
    """A situation that is set up: who serves its salon, and its database in each language."""

    office: Heard
    images: dict[str, sqlite3.Connection]
    sent: Sequence[Sent]
    card: EventId | None
    """Of the meeting to whose card a line replies."""

    def begin(self) -> None:
        """Forget what was said and done since the situation was set up."""
        self.office.commanded.clear()
        self.office.account.sent[:] = self.sent


@dataclass(slots=True)
class Stage:
    """One database, in which every situation is set up in turn."""

    store: Store
    clock: SetClock
    file: sqlite3.Connection
    empty: sqlite3.Connection
    looking: Engine
    """Reads the database in one step, for tests to compare."""
    scenes: dict[str, Scene] = field(default_factory=dict)

    async def scene(self, row: Line) -> Scene:
        """Return the situation of a row, as if nothing else had been typed in it."""
        if row.situation not in self.scenes:
            self.scenes[row.situation] = await self._set_up(row.situation)
        scene = self.scenes[row.situation]
        scene.images[row.lang].backup(self.file)
        scene.begin()
        self.clock.at = NOW
        return scene

    async def _set_up(self, situation: str) -> Scene:
        self.empty.backup(self.file)
        self.clock.at = MADE
        office = _office(self.store, self.clock, situation)
        for planned in SITUATIONS[situation]:
            await _make(office, planned)
        if situation == DOOR:
            await _arrive(office)
        await office.house.run_until(NOW)
        await office.flush()
        card = await _card(office) if situation == "reply-to-card" else None
        images = {language.value: await self._image(language) for language in Language}
        return Scene(office, images, list(office.account.sent), card)

    def close(self) -> None:
        """Let go of the images."""
        self.looking.dispose()
        for scene in self.scenes.values():
            for image in scene.images.values():
                image.close()

    async def _image(self, language: Language) -> sqlite3.Connection:
        async with self.store() as work:
            for salon in (SALON, DIRECT):
                await work.salons.save(Salon(id=salon, language=language, zone=PARIS.key))
        image = sqlite3.connect(":memory:")
        self.file.backup(image)
        return image


@asynccontextmanager
async def staged(migrated: Path, folder: Path) -> AsyncIterator[Stage]:
    """Open a stage in `folder`; `migrated` is an SQLite file with our schema."""
    path = folder / "corpus.db"
    shutil.copy(migrated, path)
    clock = SetClock(NOW)
    async with open_store(f"sqlite:///{path}", vault=vault(), clock=clock) as store:
        with closing(sqlite3.connect(path)) as file, closing(sqlite3.connect(":memory:")) as empty:
            file.execute("PRAGMA synchronous = OFF").close()
            file.backup(empty)
            stage = Stage(store, clock, file, empty, create_engine(f"sqlite:///{path}"))
            try:
                yield stage
            finally:
                stage.close()


def _salons() -> dict[SalonId, SalonState]:
    names = frozenset(SHOWN.values())
    return {
        SALON: SalonState(
            salon=SALON, members=frozenset(SHOWN), names=names, shown=SHOWN, levels={ALICE: 100}
        ),
        DIRECT: SalonState(salon=DIRECT, members=frozenset({PARVIS, ALICE}), direct=True),
    }


def _office(store: Store, clock: SetClock, situation: str) -> Heard:
    account = FakeAccount(user=PARVIS, salons=_salons(), names=dict(SHOWN))
    known = FakeIdentities({ALICE: "alice@beta.gouv.fr", BOB: "bob@beta.gouv.fr"})
    policy = default_policy(mode=LIVEKIT) if situation == DOOR else default_policy()
    house = House(store, clock, identities=known, policy=policy)
    return Heard(house, account, burst=100, servers=("parvis.test",))


async def _make(office: Office, planned: Planned) -> None:
    """Have Alice ask for a meeting and invite its guests."""
    house, origin = office.house, said(f"line-{planned.title}", by=ALICE)
    wanted = MeetingRequest(
        title=planned.title, start=planned.at(planned.starts), end=planned.at(planned.ends)
    )
    async with house.store() as work:
        about = await house.meetings.ask(work, origin, wanted)
        assert about is not None
        invite = said(f"invite-{planned.title}", by=ALICE)
        await house.invitations.invite(work, invite, about, planned.guests, Terms())
    await house.run_due()
    await office.flush()


async def _arrive(office: Office) -> None:
    """Have Jean wait at the door since a minute."""
    house = office.house
    await house.run_until(NOW - timedelta(minutes=1))
    async with house.store.reading() as work:
        ((_, occurrence),) = await work.meetings.of_salon(SALON, ending_after=house.clock.now())
        invited = await work.invitations.of_occurrence(occurrence.id)
    (jean,) = [one for one in invited if one.email == JEAN.email]
    code = minter().code(jean.id, jean.number, jean.key)
    entered = await house.admissions.enter(code, name=JEAN.name, language="fr")
    assert entered is not None
    await house.admissions.arrive(entered.visit, entered.secret)
    house.pages.add(entered.visit)
    await office.flush()


async def _card(office: Office) -> EventId:
    async with office.house.store.reading() as work:
        pairs = await work.meetings.of_salon(SALON, ending_after=NOW)
    (card,) = [occurrence.card for meeting, occurrence in pairs if meeting.title == REPLIED]
    assert card is not None
    return card
