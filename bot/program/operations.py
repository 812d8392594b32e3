"""Operators' commands on the database, which the bot may be using meanwhile."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr

from bot.matrix.takeback import TakeBack
from bot.program.access import StoredCredentials, StoredSeeds
from bot.program.auditing import noted
from bot.program.existing import as_it_is, open_existing
from bot.program.folders import kept_in
from bot.program.keyring import key_set
from bot.program.seedfile import close, open_closed
from bot.program.values import account_settings
from bot.program.wiring import build, reached, sole_bot
from bridge.agenda.after_commit import after_commit
from bridge.domain.cause import OPERATOR
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Occurrence
from bridge.ids import InvitationId, OccurrenceId, UserId
from bridge.ports import UnitOfWork
from bridge.services.auditing import note_operator
from bridge.services.scopes import date_of
from bridge.services.tools import Tools
from bridge.store import Store, migrate, schema_version
from bridge.store.engine import file_of
from bridge.store.schema import has_records
from config.settings import Settings


class FileRefused(Exception):
    """A file that was named on the command line can't be made."""


KEYS = ("links", "rows", "audit")
"""The keys for commands that come before the first start; the bot makes its device's own."""


async def migrated(settings: Settings) -> tuple[str | None, str | None]:
    """Bring the database to this program's schema; return the revisions before and after.

    An empty database gets its keys too, if they may be made, so that the commands work before the
    first start.
    """
    url = settings.store.url.get_secret_value()
    if file := file_of(url):
        await asyncio.to_thread(kept_in, "store.url", file.parent)
    with reached():
        before = await schema_version(url)
        await migrate(url)
        after = await schema_version(url)
    if before is None and settings.keys.create:
        for use in KEYS:
            await asyncio.to_thread(key_set, settings.keys.folder, use, create=True)
    elif before != after:
        if settings.audit.enabled and settings.keys.create and not await has_records(url):
            await asyncio.to_thread(key_set, settings.keys.folder, "audit", create=True)
        await noted(settings, "migrate")
    return before, after


async def revoked(
    settings: Settings, names: Sequence[str], *, ejects: bool = True
) -> list[tuple[str, str]]:
    """Withdraw invitations, and eject their guests; return the result for each.

    The result is: done, already or unknown. Without `ejects`, if the media server's secret is
    missing, the running service ejects them: it polls each second.
    """
    outcomes: list[tuple[str, str]] = []
    async with (
        build(await as_it_is(settings)) as core,
        after_commit(core.store, core.work.urgent if ejects else {}),
    ):
        for name in names:
            async with core.store.reading() as work:
                place = await _place(work, name, core.tools)
            async with core.store() as work:
                found = None if place is None else await _locked(work, *place)
                if found is None:
                    outcomes.append((name, "unknown"))
                    continue
                invitation, occurrence = found
                ended = await core.invitations.revoke(
                    work, occurrence, [invitation], by=OPERATOR.name
                )
                outcome = "done" if ended else "already"
                await note_operator(work, "invitations.revoke", outcome, about=invitation.id)
                outcomes.append((name, outcome))
    return outcomes


async def _place(
    work: UnitOfWork, name: str, tools: Tools
) -> tuple[InvitationId, OccurrenceId] | None:
    try:
        identity = InvitationId(UUID(name))
    except ValueError:
        return None
    invitation = await work.invitations.get(identity)
    if invitation is None:
        return None
    date = await date_of(work, invitation, tools.policy, tools.now())
    return None if date is None else (identity, date)


async def _locked(
    work: UnitOfWork, identity: InvitationId, of: OccurrenceId
) -> tuple[Invitation, Occurrence] | None:
    occurrence = await work.meetings.occurrence(of)
    invitation = await work.invitations.get(identity)
    return None if occurrence is None or invitation is None else (invitation, occurrence)


async def resealed(settings: Settings) -> int:
    """Encrypt all rows under the newest key; return the number of those under another.

    Raises AlreadyRunning beside a bot: a bot that started before this key existed could not read
    rows sealed with it, and would give them up.
    """
    async with open_existing(settings, alone=True) as store, sole_bot(store, settings):
        await _note(store, "keys.reseal", "begun")
        count = await store.reseal()
        await _note(store, "keys.reseal")
        return count


async def _note(store: Store, command: str, outcome: str = "done") -> None:
    async with store() as work:
        await note_operator(work, command, outcome)


async def exported(settings: Settings, target: Path, passphrase: str) -> bool:
    """Write the bot's seeds to a new file, encrypted; `False` if it has none yet."""
    async with open_existing(settings) as store:
        seeds = await StoredSeeds(store.secrets, UserId(settings.matrix.user)).load()
        if seeds is None:
            return False
        # Before the file is there: nobody may have it without a record.
        await _note(store, "keys.export-seeds", "begun")
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise FileRefused(str(target)) from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(close(seeds, passphrase) + "\n")
    return True


async def reset(settings: Settings, *, anew: bool) -> bool | None:
    """Replace the account's identity by one of the bot's own, even beside a running bot.

    Returns whether its device is signed with it already, `None` if it never signed in. Raises
    IdentityRefused, LoggedOut and other MatrixTrouble.
    """
    async with _taking_back(settings) as back:
        if back is None:
            return None
        await noted(settings, "keys.reset-identity", "begun")
        signed = await back.reset(anew=anew)
        await noted(settings, "keys.reset-identity")
        return signed


async def recovered(settings: Settings, words: str) -> bool | None:
    """Adopt the identity that another client of the account made, with its recovery key.

    Returns as `reset` does. Raises RecoveryRefused, LoggedOut and other MatrixTrouble.
    """
    async with _taking_back(settings) as back:
        if back is None:
            return None
        await noted(settings, "keys.recover-identity", "begun")
        signed = await back.recover(words)
        await noted(settings, "keys.recover-identity")
        return signed


@asynccontextmanager
async def _taking_back(settings: Settings) -> AsyncIterator[TakeBack | None]:
    me = UserId(settings.matrix.user)
    async with open_existing(settings) as store:
        access = await StoredCredentials(store.secrets, me).load()
        account = account_settings(settings, SecretStr(""))
        seeds = StoredSeeds(store.secrets, me)
        yield None if access is None else TakeBack(account, seeds, access)


async def imported(settings: Settings, closed: str, passphrase: str, *, replace: bool) -> bool:
    """Store the seeds of a file's text; `False` if the bot has others and may not lose them."""
    seeds = open_closed(closed, passphrase)
    async with open_existing(settings) as store:
        kept = StoredSeeds(store.secrets, UserId(settings.matrix.user))
        present = await kept.load()
        if present is not None and dict(present) != seeds and not replace:
            await _note(store, "keys.import-seeds", "refused")
            return False
        await _note(store, "keys.import-seeds", "begun")
        await kept.save(seeds)
        await _note(store, "keys.import-seeds")
    return True
