"""What operators' commands do to the database, which may be in use by the bot meanwhile."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr

from bot.access import StoredCredentials, StoredSeeds
from bot.core import build, open_database, reached, sole_bot
from bot.matrix.takeback import TakeBack
from bot.seedfile import close, open_closed
from bot.values import account_settings
from bridge.agenda.haste import haste
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.window import Graces
from bridge.i18n import Catalogue
from bridge.ids import InvitationId, SalonId, UserId
from bridge.ports import Work
from bridge.store import migrate, schema_version
from bridge.store.engine import parse
from config.settings import Settings


async def migrated(settings: Settings) -> tuple[str | None, str | None]:
    """Bring the database to this program's schema; return the revisions before and after."""
    url = settings.store.url.get_secret_value()
    if url.startswith("sqlite"):
        folder = Path(parse(url).database or "").parent
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    with reached():
        before = await schema_version(url)
        await migrate(url)
        return before, await schema_version(url)


async def listed(
    settings: Settings, words: Catalogue, *, salon: str | None, organiser: str | None
) -> list[str]:
    """Return a line for each invitation to meetings that are not over, with a guest's address.

    The operator runs the database: nothing is shown here that they could not read there.
    """
    lines: list[str] = []
    async with build(settings) as core, core.store.reading() as work:
        now = core.clock.now()
        for meeting, occurrence in await _meetings(work, now, salon, organiser):
            when = words.when(occurrence.start, occurrence.end, occurrence.zone)
            lines.append(f"{meeting.title or words.text('letter.untitled')}, {when}")
            guests = await work.invitations.of_occurrence(occurrence.id)
            lines += [_line(one, occurrence, core.policy.graces, now, words) for one in guests]
    return lines


async def _meetings(
    work: Work, now: datetime, salon: str | None, organiser: str | None
) -> Sequence[tuple[Meeting, Occurrence]]:
    if salon is not None:
        return await work.meetings.of_salon(SalonId(salon), ending_after=now)
    return await work.meetings.of_organiser(UserId(organiser or ""), ending_after=now)


def _line(
    one: Invitation, occurrence: Occurrence, graces: Graces, now: datetime, words: Catalogue
) -> str:
    window = one.window(occurrence, graces)
    closes = words.short(window.closes, occurrence.zone, now)
    who = " ".join(part for part in (one.name, one.email and f"<{one.email}>") if part)
    state = one.state(occurrence, graces, now)
    return words.text("cli.invitation", id=one.id, who=who or "–", state=state, closes=closes)


async def revoked(settings: Settings, names: Sequence[str]) -> list[tuple[str, str]]:
    """End invitations, and put out who is in by them; return for each what came of it.

    That is: done, already or unknown.
    """
    outcomes: list[tuple[str, str]] = []
    async with build(settings) as core, haste(core.store, core.urgent()):
        for name in names:
            async with core.store() as work:
                found = await _invitation(work, name)
                if found is None:
                    outcomes.append((name, "unknown"))
                    continue
                invitation, occurrence = found
                ended = await core.invitations.revoke(work, occurrence, [invitation])
                outcomes.append((name, "done" if ended else "already"))
    return outcomes


async def _invitation(work: Work, name: str) -> tuple[Invitation, Occurrence] | None:
    try:
        identity = InvitationId(UUID(name))
    except ValueError:
        return None
    of = await work.invitations.occurrence_of(identity)
    occurrence = None if of is None else await work.meetings.occurrence(of)
    invitation = await work.invitations.get(identity)
    return None if occurrence is None or invitation is None else (invitation, occurrence)


async def resealed(settings: Settings) -> int:
    """Encrypt all rows under the newest key; return how many were under another.

    Raises AlreadyRunning beside a bot: one that started before this key was there would give up
    as unreadable what is sealed with it.
    """
    async with open_database(settings, alone=True) as store, sole_bot(store, settings):
        return await store.reseal()


async def exported(settings: Settings, target: Path, passphrase: str) -> bool:
    """Write the bot's seeds to a new file, closed; `False` when it has none yet."""
    async with open_database(settings) as store:
        seeds = await StoredSeeds(store.secrets, UserId(settings.matrix.user)).load()
    if seeds is None:
        return False
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(close(seeds, passphrase) + "\n")
    return True


async def reset(settings: Settings, *, anew: bool) -> bool | None:
    """Put an identity of the bot's own in the place of any other, beside a bot that may run.

    Returns whether its device is signed with it already, `None` where it never signed in. Raises
    IdentityRefused, LoggedOut and other MatrixTrouble.
    """
    async with _taking_back(settings) as back:
        return None if back is None else await back.reset(anew=anew)


async def recovered(settings: Settings, words: str) -> bool | None:
    """Take up the identity that another client of the account made, with its recovery key.

    Returns as `reset` does. Raises RecoveryRefused, LoggedOut and other MatrixTrouble.
    """
    async with _taking_back(settings) as back:
        return None if back is None else await back.recover(words)


@asynccontextmanager
async def _taking_back(settings: Settings) -> AsyncIterator[TakeBack | None]:
    me = UserId(settings.matrix.user)
    async with open_database(settings) as store:
        access = await StoredCredentials(store.secrets, me).load()
        account = account_settings(settings, SecretStr(""))
        seeds = StoredSeeds(store.secrets, me)
        yield None if access is None else TakeBack(account, seeds, access)


async def imported(settings: Settings, closed: str, passphrase: str, *, replace: bool) -> bool:
    """Keep the seeds of a file's text; `False` when the bot has others and may not lose them."""
    seeds = open_closed(closed, passphrase)
    async with open_database(settings) as store:
        kept = StoredSeeds(store.secrets, UserId(settings.matrix.user))
        present = await kept.load()
        if present is not None and dict(present) != seeds and not replace:
            return False
        await kept.save(seeds)
    return True
