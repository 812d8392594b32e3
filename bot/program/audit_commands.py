"""The commands `parvis audit …`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.program.console import FAILED, reported, say, words
from bot.program.options import File, at_hand, group, text
from bot.program.usage import LocalisedCommand

audit = group(help=text("cli.help.audit"))


@audit.command("verify", cls=LocalisedCommand, help=text("cli.help.audit-verify"))
def verify_audit(
    head: Annotated[
        Path | None, typer.Option("--head", readable=False, help=text("cli.help.audit-head"))
    ] = None,
    config: File = None,
) -> None:
    """Check the chain of the audit; exit code 1 if anything is wrong."""
    with reported():
        settings, _ = at_hand(config)
        from bot.program import auditing  # noqa: PLC0415

        verdict = asyncio.run(auditing.verified(settings, head))
        for line in auditing.sentences(verdict, words(), compared=head is not None):
            say(line)
        if not verdict.sound:
            raise typer.Exit(FAILED)


@audit.command("show", cls=LocalisedCommand, help=text("cli.help.audit-show"))
def show_audit(  # noqa: PLR0917 - Typer's options
    meeting: Annotated[str, typer.Option(help=text("cli.help.audit-meeting"))] = "",
    since: Annotated[str, typer.Option(help=text("cli.help.audit-since"))] = "",
    kind: Annotated[str, typer.Option(help=text("cli.help.audit-kind"))] = "",
    person: Annotated[str, typer.Option(help=text("cli.help.audit-person"))] = "",
    limit: Annotated[int, typer.Option(min=1, metavar="N", help=text("cli.help.limit"))] = 100,
    config: File = None,
) -> None:
    """Show records of the audit, the newest last."""
    with reported():
        settings, _ = at_hand(config)
        from bot.program import auditing  # noqa: PLC0415

        found, count = asyncio.run(
            auditing.shown(
                settings, meeting=meeting, since=since, kind=kind, person=person, limit=limit
            )
        )
        for record in found:
            say(auditing.line_of(record))
        if not found:
            say(text("cli.audit.none"))
        elif count > len(found):
            say(text("cli.audit.more", n=len(found), all=count))


@audit.command("export", cls=LocalisedCommand, help=text("cli.help.audit-export"))
def export_audit(config: File = None) -> None:
    """Write all records as lines of JSON."""
    with reported():
        settings, _ = at_hand(config)
        from bot.program import auditing  # noqa: PLC0415

        for line in asyncio.run(auditing.exported_audit(settings)):
            say(line)
