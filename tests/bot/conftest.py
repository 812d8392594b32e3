"""One Synapse per worker; accounts, people and salons per test."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from pydantic import SecretStr

from bot.matrix.account import MatrixAccount, open_account
from bot.matrix.events import Addressed, IncomingMessage, MayJoin, Outside, SalonState
from bot.matrix.settings import MatrixOptions
from bridge.clock import Clock, SystemClock
from bridge.domain.admission import LIVEKIT
from bridge.ids import SalonId, UserId
from bridge.store.schema import migrate
from bridge.store.work import open_store
from tests.bot.fakes import MemoryCredentials, MemoryJournal, MemorySeeds
from tests.contract.store_samples import vault
from tests.doubles.clocks import SetClock
from tests.servers.faults import Faults, Rule, faults
from tests.servers.matrix_client import PATIENCE, MatrixUser, matrix_user
from tests.servers.synapse import Person, Synapse, SynapseOptions, running_synapse
from tests.services.house import House

T = TypeVar("T")


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A homeserver shared by all tests of this worker."""
    options = SynapseOptions(federated=True)
    with running_synapse(tmp_path_factory.mktemp("synapse"), options) as homeserver:
        yield homeserver


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A second homeserver, federated; its refreshable access tokens live one second."""
    options = SynapseOptions(federated=True, token_lifetime="1s")
    with running_synapse(tmp_path_factory.mktemp("other"), options) as homeserver:
        yield homeserver


@dataclass
class Bot:
    """A bot's memory, that outlives its runs."""

    settings: MatrixOptions
    clock: Clock = field(default_factory=SystemClock)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    seeds: MemorySeeds = field(default_factory=MemorySeeds)
    credentials: MemoryCredentials = field(default_factory=MemoryCredentials)
    addressed: Addressed = lambda message: message.body.startswith("!visio")
    may_join: MayJoin = lambda _inviter, _salon: True
    outside: Outside = lambda _user: False
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _tasks: set[asyncio.Future[None]] = field(default_factory=set)

    @property
    def user(self) -> UserId:
        """The bot's user id."""
        return self.settings.user

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[MatrixAccount]:
        """Run the account for the length of the block; a failure of the run fails the block."""
        stop = asyncio.Event()
        async with self.opened() as account:
            task = asyncio.create_task(account.run(stop, self._wake))
            try:
                await self.until(lambda: account.last_sync_at is not None, task)
                yield account
            finally:
                stop.set()
                await task

    async def run_to_the_end(self, timeout: float = PATIENCE) -> None:
        """Run until the account gives up, and raise why."""
        async with self.opened() as account:
            await asyncio.wait_for(account.run(asyncio.Event(), self._wake), timeout)

    def opened(self) -> contextlib.AbstractAsyncContextManager[MatrixAccount]:
        """Log in without running."""
        return open_account(
            self.settings,
            self.journal,
            self.seeds,
            self.credentials,
            clock=self.clock,
            addressed=self.addressed,
            may_join=self.may_join,
            outside=self.outside,
        )

    async def until(
        self,
        ready: Callable[[], bool],
        task: asyncio.Task[None] | None = None,
        timeout: float = PATIENCE,
    ) -> None:
        """Return once `ready` is true; it is asked again after each wake."""

        async def wait() -> None:
            async with self.changed:
                await self.changed.wait_for(ready)

        waiting = asyncio.create_task(wait())
        watched = {waiting} if task is None else {waiting, task}
        done, _ = await asyncio.wait(watched, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if waiting in done:
            return
        waiting.cancel()
        for each in done:
            each.result()
        raise TimeoutError(
            f"not in {timeout} s; the journal holds {list(self.journal.events.values())}"
        )

    async def hears(self, body: str, timeout: float = PATIENCE) -> IncomingMessage:
        """Return the line for us with this text, once it is in the journal."""

        def found() -> list[IncomingMessage]:
            return [each for each in self.journal.messages() if each.body == body]

        await self.until(lambda: bool(found()), timeout=timeout)
        return found()[0]

    async def gets(self, kind: type[T], timeout: float = PATIENCE) -> T:
        """Return the first event of a kind, once it is in the journal."""

        def found() -> list[T]:
            return [each for each in self.journal.events.values() if isinstance(each, kind)]

        await self.until(lambda: bool(found()), timeout=timeout)
        return found()[0]

    def _wake(self) -> None:
        self._tasks.add(task := asyncio.ensure_future(self._notify()))
        task.add_done_callback(self._tasks.discard)

    async def _notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()


class MakeBot(Protocol):
    """Makes a bot on the shared homeserver."""

    def __call__(self, *, on: Synapse | None = None, **changes: object) -> Bot: ...


@pytest.fixture
def make_bot(synapse: Synapse, tmp_path: Path) -> MakeBot:
    """Register a user and return a bot that is not running yet."""

    def make(*, on: Synapse | None = None, **changes: object) -> Bot:
        server = on or synapse
        person = server.register()
        settings = MatrixOptions(
            homeserver=server.url,
            user=UserId(person.user),
            store=tmp_path / person.localpart,
            pickle_secret=SecretStr("a secret for the keys"),
            device_name="Parvis",
            password=SecretStr(person.password),
            backoff_first=0.05,
            backoff_longest=0.5,
            timeline_limit=5,
        )
        return Bot(replace(settings, **changes))  # type: ignore[arg-type]  # names of settings

    return make


class MakeUser(Protocol):
    """Logs a new person in."""

    async def __call__(
        self, *, on: Synapse | None = None, person: Person | None = None
    ) -> MatrixUser: ...


@pytest.fixture
async def make_user(synapse: Synapse) -> AsyncIterator[MakeUser]:
    """Log people in; they are logged out of the test at its end."""
    async with AsyncExitStack() as stack:

        async def make(*, on: Synapse | None = None, person: Person | None = None) -> MatrixUser:
            server = on or synapse
            who = person or server.register()
            return await stack.enter_async_context(matrix_user(server.url, who))

        yield make


async def meet(alice: MatrixUser, bot: Bot, **kinds: Any) -> str:
    """Make a salon with a running bot in it, such that both can speak at once."""
    salon = await alice.create_room(invite=[bot.user], **kinds)
    await alice.wait_member(salon, bot.user)
    await bot.until(lambda: any(each.salon == salon for each in bot.journal.events.values()))
    return salon


@pytest.fixture
async def proxy(synapse: Synapse) -> AsyncIterator[Faults]:
    """A proxy before the shared homeserver; give its `url` to a bot."""
    async with faults(synapse.url) as running:
        yield running


def notice(body: str) -> dict[str, object]:
    """Return the content of an answer."""
    return {"msgtype": "m.notice", "body": body}


async def reached(rule: Rule) -> None:
    """Return once a request that the rule is for has come."""
    async with asyncio.timeout(PATIENCE):
        while not rule.hits:
            await asyncio.sleep(0.01)


async def private_with(account: MatrixAccount, user: UserId) -> SalonId:
    """Return where the account would say something to one person alone."""
    return await account._parts.directs.get(user)


def change_timeline(salon: str, change: Any) -> Any:
    """Return a rewrite of sync answers that maps each event of a salon's timeline to others."""

    def rewrite(body: dict[str, Any]) -> dict[str, Any]:
        joined = body.get("rooms", {}).get("join", {}).get(salon)
        if joined:
            events = joined["timeline"]["events"]
            joined["timeline"]["events"] = [new for event in events for new in change(event)]
        return body

    return rewrite


async def state_once(
    account: MatrixAccount, salon: str, ready: Callable[[SalonState], bool]
) -> SalonState:
    """Return the state once the sync has brought what `ready` wants."""
    async with asyncio.timeout(10):
        while not ready(state := await account.salon(SalonId(salon))):
            await asyncio.sleep(0.01)
    return state


def issue(synapse: Synapse, bot: Bot, device: str | None = None) -> Bot:
    """Return the bot with a token that an operator issued instead of its password."""
    assert bot.settings.password
    body: dict[str, object] = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": bot.user},
        "password": bot.settings.password.get_secret_value(),
    }
    if device:
        body["device_id"] = device
    answer = synapse.call("POST", "/_matrix/client/v3/login", body)
    token, name = SecretStr(answer["access_token"]), answer["device_id"]
    settings = replace(bot.settings, password=None, access_token=token, device_id=name)
    return Bot(settings)


@pytest.fixture
async def salon_house(tmp_path: Path) -> AsyncIterator[House]:
    """The services of a mode in which the salon admits, on a database of their own."""
    url = f"sqlite:///{tmp_path / 'parvis.db'}"
    await migrate(url)
    clock = SetClock(SystemClock().now())
    async with open_store(url, vault=vault(), clock=clock) as store:
        made = House(store, clock)
        made.choose(mode=LIVEKIT)
        yield made
