"""The role `bot`: one Matrix account and its conversation, wired from settings."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from pydantic import SecretStr

from bot.commands.help import AccountStanding
from bot.commands.wire import talk
from bot.conversation.bucket import Bucket
from bot.conversation.host_rights import look_anew
from bot.conversation.journal import DatabaseJournal
from bot.conversation.outbox import OutboxSender
from bot.conversation.router import Router
from bot.conversation.salon import is_agent
from bot.conversation.talk import Talk
from bot.conversation.wording import Wording
from bot.conversation.working import working
from bot.language.line import is_addressed
from bot.matrix.account import MatrixAccount, open_account
from bot.program.access import StoredCredentials, StoredSeeds
from bot.program.federating import home_of
from bot.program.keyring import device_key
from bot.program.upkeep import Still
from bot.program.values import account_settings
from bot.program.wiring import Core, sole_bot
from bridge.i18n import Language, catalogues
from bridge.ids import SalonId, UserId
from bridge.store.sole import Alone, Right

_TCHAP = ".tchap."
_TOTALS = ("forged_total", "rewound_total", "sync_failures_total", "undecryptable_total")
"""Counters that an account has since it connected, and health since the process began."""


@dataclass(slots=True)
class ConnectionHealth:
    """The bot's connection for health (`AccountHealth`), even before it exists.

    It outlives each connection: a bot that ends is restarted.
    """

    account: MatrixAccount | None = None
    still: Still | None = None
    """Why the bot is stopped."""
    connected: bool = False
    """Whether it was ever connected in this process."""
    _heard_at: float | None = None
    _earlier: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def through(self, account: MatrixAccount) -> Iterator[None]:
        """Mark the account as connected for a block."""
        self.account, self.still, self.connected = account, None, True
        try:
            yield
        finally:
            age = self.sync_age
            self._heard_at = None if age is None else time.monotonic() - age.total_seconds()
            for name in _TOTALS:
                self._earlier[name] += getattr(account, name)
            self.account = None

    @property
    def sync_age(self) -> timedelta | None:
        """The time since the homeserver last answered."""
        age = None if self.account is None else self.account.sync_age
        if age is None and self._heard_at is not None:
            return timedelta(seconds=time.monotonic() - self._heard_at)
        return age

    @property
    def signed(self) -> bool:
        """Whether every client trusts the bot's device."""
        return self.account is not None and self.account.signed

    @property
    def unsigned(self) -> bool:
        """Whether we know of clients that do not trust the bot's device."""
        return self.account is not None and not self.account.signed

    @property
    def forged_total(self) -> int:
        """Lines that somebody else than their sender had encrypted."""
        return self._total("forged_total")

    @property
    def sync_failures_total(self) -> int:
        """Syncs that the homeserver did not answer."""
        return self._total("sync_failures_total")

    @property
    def rewound_total(self) -> int:
        """Times that the homeserver was behind the position that it had given us."""
        return self._total("rewound_total")

    @property
    def undecryptable_total(self) -> int:
        """Lines that never got their key."""
        return self._total("undecryptable_total")

    def _total(self, name: str) -> int:
        now = 0 if self.account is None else int(getattr(self.account, name))
        return self._earlier[name] + now


async def speak(core: Core, line: ConnectionHealth, stop: asyncio.Event) -> None:
    """Run the account's conversation until `stop`; `line` is connected meanwhile."""
    async with sole_bot(core.store, core.settings) as right, _account(core, right) as account:
        sender = _sender(core, account)
        with (
            line.through(account),
            working(core.store, _router(core, account), sender, core.steps) as handling,
        ):
            await look_anew(core.store, _journal(core), core.tools.clock)
            async with asyncio.TaskGroup() as group:
                group.create_task(account.introduce(core.settings.matrix.display_name))
                group.create_task(account.run(stop))
                group.create_task(handling.run(stop))
                group.create_task(sender.run(stop))


def _journal(core: Core) -> DatabaseJournal:
    return DatabaseJournal(core.store.inbox, UserId(core.settings.matrix.user), core.tools.clock)


@asynccontextmanager
async def _account(core: Core, right: Right | Alone) -> AsyncIterator[MatrixAccount]:
    matrix = core.settings.matrix
    me = UserId(matrix.user)
    device = device_key(core.settings.keys, matrix.store)
    settings = account_settings(core.settings, SecretStr(device.hex()))

    def may_join(inviter: UserId, _: SalonId) -> bool:
        if matrix.invites == "agents":
            return is_agent(inviter, matrix.agents)
        return matrix.invites == "anyone"

    async with open_account(
        settings,
        _journal(core),
        StoredSeeds(core.store.secrets, me),
        StoredCredentials(core.store.secrets, me),
        clock=core.tools.clock,
        addressed=partial(is_addressed, me=me, my_name=matrix.display_name, prefix=matrix.prefix),
        may_join=may_join,
        outside=lambda user: not is_agent(user, matrix.agents),
        allowed=right.held,
    ) as account:
        yield account


def _router(core: Core, account: MatrixAccount) -> Router:
    settings = core.settings
    return Router(
        tools=core.tools,
        account=account,
        talk=_talk(core, account),
        identities=core.identities,
        servers=settings.matrix.agents,
        language=Language(settings.language),
        prefix=settings.matrix.prefix,
        name=settings.matrix.display_name,
        metrics=core.metrics,
    )


def _talk(core: Core, account: MatrixAccount) -> Talk:
    def standing() -> AccountStanding:
        return AccountStanding(account.last_sync_at, signed=account.signed)

    return talk(
        core.tools,
        account,
        invitations=core.invitations,
        identities=core.identities,
        admitting=core.admitting,
        carrying=core.carrying,
        agents=core.settings.matrix.agents,
        standing=standing,
        calendars=core.world,
        mailed=core.mailed,
        home=home_of(core.settings),
    )


def _sender(core: Core, account: MatrixAccount) -> OutboxSender:
    settings = core.settings
    wording = Wording(
        tools=core.tools,
        account=account,
        catalogues=catalogues(),
        language=Language(settings.language),
        minter=core.minter,
        servers=settings.matrix.agents,
        door=settings.door.public_url,
        prefix=settings.matrix.prefix,
        permalinks=_permalinks(settings.matrix.server),
    )
    bucket = Bucket(settings.matrix.rate, settings.matrix.burst, time.monotonic)
    return OutboxSender(
        outbox=core.store.outbox.of(account.user),
        account=account,
        wording=wording,
        bucket=bucket,
        clock=core.tools.clock,
    )


def _permalinks(server: str) -> str:
    return "https://tchap.gouv.fr/#/user/" if _TCHAP in server else "https://matrix.to/#/"
