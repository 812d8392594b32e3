"""`parvis audit`: checks the audit, shows it, exports it; and what our own commands add to it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.program.existing import NotSetUp, open_existing
from bot.program.keyring import KeysMissing
from bot.program.passphrase import read
from bot.program.phrases import moment_of
from bot.program.wiring import DatabaseAway
from bridge.domain.audit import AuditRecord, Head, head_of, pseudonym
from bridge.domain.audit_check import AuditCheck, AuditVerdict, as_json
from bridge.errors import ParvisError
from bridge.i18n import Catalogue
from bridge.services.auditing import note_operator
from bridge.store import DATABASE_ERRORS
from bridge.store.audit import AuditLedger
from config.settings import Settings


class AuditOff(Exception):
    """The audit is off: set audit.enabled = true."""


class HeadsMissing(Exception):
    """The file holds no head of the audit's chain: name the one of audit.head_file, or a log."""


class MomentRefused(Exception):
    """The text is no moment: write 2026-12-01 or 2026-12-01T09:00."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """A choice of records; empty fields match everything."""

    meeting: str = ""
    """The beginning of an occurrence's id."""
    since: datetime | None = None
    kind: str = ""
    """The beginning of a kind: `guest` means all of guests."""
    names: frozenset[str] = frozenset()
    """The pseudonyms of a person in the months that still have a salt."""
    person: bool = False
    """Whether a person is looked for."""

    def meets(self, record: AuditRecord) -> bool:
        """Tell whether a record matches."""
        said = record.said
        return (
            str(said.get("meeting", "")).startswith(self.meeting)
            and record.kind.startswith(self.kind)
            and (self.since is None or record.at >= self.since)
            and (
                not self.person or not self.names.isdisjoint((said.get("by"), said.get("subject")))
            )
        )


@asynccontextmanager
async def _ledger(settings: Settings) -> AsyncIterator[AuditLedger]:
    async with open_existing(settings) as store:
        if store.audit is None:
            raise AuditOff
        yield store.audit


def heads_in(file: Path) -> Sequence[Head]:
    """Return the heads that a file holds. Raises FileUnreadable, HeadsMissing."""
    found = [head for line in read(file).splitlines() if (head := head_of(line)) is not None]
    if not found:
        raise HeadsMissing(str(file))
    return found


async def verified(settings: Settings, file: Path | None = None) -> AuditVerdict:
    """Check the whole audit, also against the heads of a file. Raises AuditOff, HeadsMissing."""
    heads = () if file is None else await asyncio.to_thread(heads_in, file)
    async with _ledger(settings) as ledger:
        checking = AuditCheck(ledger.keys, heads)
        async for record in _linked(ledger):
            checking.take(record)
        return checking.end(await ledger.waiting())


async def _linked(ledger: AuditLedger) -> AsyncIterator[AuditRecord]:
    after = 0
    while some := await ledger.linked(after):
        for record in some:
            yield record
        after = some[-1].position or 0


async def shown(
    settings: Settings,
    *,
    meeting: str = "",
    since: str = "",
    kind: str = "",
    person: str = "",
    limit: int = 100,
) -> tuple[Sequence[AuditRecord], int]:
    """Return the last matching records, oldest first, and how many match in all."""
    async with _ledger(settings) as ledger:
        salts = await ledger.salts() if person else {}
        query = AuditQuery(
            meeting=meeting.casefold(),
            since=_moment(since, settings.meetings.zone) if since else None,
            kind=kind,
            names=frozenset(pseudonym(salt, person) for salt in salts.values()),
            person=bool(person),
        )
        found = [one async for one in _linked(ledger) if query.meets(one)]
        found += [one for one in await ledger.waiting() if query.meets(one)]
    return found[-limit:], len(found)


async def exported_audit(settings: Settings) -> Sequence[str]:
    """Return every record as a line of JSON, with its MAC and link."""
    async with _ledger(settings) as ledger:
        lines = [as_json(one) async for one in _linked(ledger)]
        return lines + [as_json(one) for one in await ledger.waiting()]


def line_of(record: AuditRecord) -> str:
    """Return a record for the operator to read: our own words, the same in each language."""
    said = " ".join(f"{name}={value}" for name, value in record.said.items())
    at = record.at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"{record.position or '-':>7}  {at}  {record.kind:<20} {said}".rstrip()


def sentences(verdict: AuditVerdict, words: Catalogue, *, compared: bool) -> Sequence[str]:
    """Return the findings of a check in the operator's language."""
    flaws = [
        words.text(f"cli.audit.flaw.{one.flaw}", position=one.position or "-", what=one.what)
        for one in verdict.flaws
    ]
    key = "cli.audit.sound" if verdict.sound else "cli.audit.unsound"
    lines = [
        *flaws,
        words.text(
            key,
            n=len(verdict.flaws),
            checked=verdict.checked,
            first=verdict.first or 0,
            last=verdict.last,
            waiting=verdict.waiting,
        ),
    ]
    if compared:
        return [*lines, words.text("cli.audit.heads", n=verdict.heads)]
    return [*lines, words.text("cli.audit.no-heads")]


async def noted(settings: Settings, command: str, outcome: str = "done") -> bool:
    """Note a command that changes files, not the database; `False`: there is no audit to note it.

    A command must not fail since the database is away: its key may be compromised.
    """
    try:
        async with open_existing(settings) as store:
            if store.audit is None:
                return True
            async with store() as work:
                await note_operator(work, command, outcome)
    except (NotSetUp, DatabaseAway, KeysMissing, ParvisError, *DATABASE_ERRORS):
        return False
    return True


def _moment(typed: str, zone: str) -> datetime:
    try:
        return moment_of(typed, zone)
    except ValueError as error:
        raise MomentRefused(typed) from error
