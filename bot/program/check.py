"""`parvis check`: finds what does not work, and how to fix it.

Each check is a small function that takes its inputs, asks once, and returns findings; faults of
outside services are findings too. All run concurrently, each with a timeout.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import TypeAlias

from bot.program.checks import (
    calendars,
    door,
    inbox,
    machine,
    mail,
    matrix,
    media,
    partners,
    profile,
    running,
    visio,
)
from bot.program.checks.findings import Finding, Severity, fail
from bot.program.checks.parts import CheckedParts, open_parts
from bot.program.checks.unread import findings, left_out, without
from bridge.i18n import Catalogue
from bridge.ids import UserId
from config.settings import Settings

__all__ = ["Finding", "Severity", "as_json", "as_text", "run"]

TIMEOUT = 20.0
"""Seconds for one check; Visio alone may take 10."""

Check: TypeAlias = Callable[[], Awaitable[Sequence[Finding]]]


async def run(
    settings: Settings, *, agent: str | None = None, unread: Mapping[str, str] | None = None
) -> list[Finding]:
    """Return the findings of all checks, in the order in which to fix them.

    `unread` has the complaint about each secret that could not be read; checks that need it are
    left out, and reported.
    """
    unread = unread or {}
    settings, untried = without(settings, unread), left_out(unread)
    async with AsyncExitStack() as stack:
        opening = open_parts(
            settings, stored="database" not in untried, keyed="media.secret_file" not in unread
        )
        parts = await stack.enter_async_context(opening)
        every = checks(settings, parts, agent)
        found = await gathered({name: one for name, one in every.items() if name not in untried})
    return [*findings(unread), *found]


def checks(settings: Settings, parts: CheckedParts, agent: str | None) -> dict[str, Check]:
    """Return the checks by name, wired to this deployment."""
    agent = agent or next(iter(settings.identity.map.values()), None)
    clock, homeserver = parts.clock, settings.matrix.client_url
    return {
        "profile": partial(profile.check, settings),
        "machine": partial(machine.check, settings),
        "opens": partial(machine.opens, settings),
        "database": partial(machine.database, settings.store.url.get_secret_value()),
        "running": partial(running.check, parts.web, settings.admin),
        "homeserver": partial(matrix.homeserver, parts.matrix, homeserver, clock=clock),
        "account": partial(
            matrix.account,
            parts.matrix,
            homeserver,
            access=parts.access,
            user=UserId(settings.matrix.user),
            known=parts.known,
            may_sign_in=settings.matrix.password is not None or settings.matrix.token is not None,
            master=parts.master,
        ),
        "expiry": partial(matrix.expiry, settings.matrix, clock=clock),
        "visio": partial(visio.check, parts.visio, agent),
        "knock": partial(visio.lobby, parts.lobby, settings.visio.url),
        "media": partial(media.check, parts.media, parts.web, settings.media, clock=clock),
        "hooks": partial(
            media.hooks, parts.told, settings.media, settings.door.public_url, clock=clock
        ),
        "mail": partial(
            mail.check, parts.mail, settings.mail, reads=settings.inbox.host is not None
        ),
        "calendars": partial(calendars.check, parts.hosts, clock=clock),
        "inbox": partial(inbox.check, parts.box, settings.inbox, settings.identity),
        "door": partial(door.check, parts.web, settings.door.public_url),
        "proxies": partial(door.proxies, parts.web, settings.door, settings.admin),
        "partners": partial(partners.check, settings, clock=clock),
        "way": partial(media.way, settings.media),
        "names": partial(media.names, settings.media),
        "proof": partial(media.proof, settings.media, settings.guests),
    }


async def gathered(every: dict[str, Check], timeout: float = TIMEOUT) -> list[Finding]:  # noqa: ASYNC109
    """Run the checks concurrently; one that takes too long or raises is a finding itself."""

    async def one(name: str, check: Check) -> Sequence[Finding]:
        try:
            async with asyncio.timeout(timeout):
                return await check()
        except TimeoutError:
            return [fail(name, "timeout", seconds=round(timeout))]
        except Exception as error:  # noqa: BLE001 - the other checks still count
            return [fail(name, "broken", error=type(error).__name__)]

    found = await asyncio.gather(*(one(name, check) for name, check in every.items()))
    return [finding for findings in found for finding in findings]


def as_text(findings: Sequence[Finding], words: Catalogue) -> str:
    """Return a line for each finding, and below it how to fix it."""
    lines = []
    for finding in findings:
        mark = words.text(f"check.{finding.outcome}")
        lines.append(f"{mark:<10} {finding.sentence(words)}")
        if remedy := finding.remedy(words):
            lines.append(f"{'':<10} → {remedy}")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding], words: Catalogue) -> str:
    """Return the same for machines: `check` and `found` are stable, the sentences are not."""
    rows = [
        {
            "check": finding.check,
            "outcome": finding.outcome,
            "found": finding.found,
            "facts": finding.parameters,
            "message": finding.sentence(words),
            "remedy": finding.remedy(words),
        }
        for finding in findings
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)
