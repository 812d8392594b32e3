"""The `parvis` command. Heavy imports are inside the commands, so that help appears at once."""

import asyncio
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.program.console import (
    FAILED,
    WRONG_SETTINGS,
    complain,
    language,
    loading,
    reported,
    say,
    words,
)
from bot.program.options import File, at_hand, group, settings_for_now, settings_of, text
from bot.program.partner_commands import partners
from bot.program.passphrase import passphrase_of, read
from bot.program.usage import LocalisedCommand
from bridge.i18n import Language, catalogues
from config.logs import configure

if TYPE_CHECKING:
    from config.settings import Settings

ROLES = ("bot", "door", "worker", "federation")
"""The names of `bot.program.app.ProcessRole`, which is heavy to import."""


app = group(help=text("cli.help"), add_completion=False, pretty_exceptions_enable=False)
invitations = group(help=text("cli.help.invitations"))
keys = group(help=text("cli.help.keys"))
app.add_typer(invitations, name="invitations")
app.add_typer(keys, name="keys")
app.add_typer(partners, name="partners")


def main() -> None:
    """Run the command line."""
    app()


def _version(wanted: bool) -> None:
    if wanted:
        say(f"parvis {version('parvis')}")
        raise typer.Exit


@app.callback()
def _common(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help=text("cli.help.version")),
    ] = False,
) -> None:
    configure(level="critical", form="console")  # until we have read the settings


@app.command(cls=LocalisedCommand, help=text("cli.help.run"))
def run(
    role: Annotated[list[str] | None, typer.Option(help=text("cli.help.role"))] = None,
    from_now: Annotated[bool, typer.Option("--from-now", help=text("cli.help.from-now"))] = False,
    config: File = None,
) -> None:
    """Run Parvis until it is stopped."""
    with reported():
        settings = settings_of(config)
        roles = _roles(role or [], settings)
        with loading():
            from bot.program import app as program  # noqa: PLC0415

        chosen = frozenset(map(program.ProcessRole, roles))
        asyncio.run(program.run(settings, chosen, from_now=from_now))


def _roles(names: list[str], settings: "Settings") -> frozenset[str]:
    """Return the roles asked for, or all of them; refuse settings that would not work."""
    if unknown := next((name for name in names if name not in ROLES), None):
        complain(text("cli.role-unknown", role=unknown, known=", ".join(ROLES)))
        raise typer.Exit(WRONG_SETTINGS)
    if names and "federation" in names and settings.federation.issuer is None:
        complain(text("cli.role-federation"))
        raise typer.Exit(WRONG_SETTINGS)
    roles = frozenset(names or ROLES)
    needed = set(ROLES) - ({"federation"} if settings.federation.issuer is None else set())
    if not roles >= needed and settings.store.url.get_secret_value().startswith("sqlite"):
        complain(text("cli.role-sqlite"))
        raise typer.Exit(WRONG_SETTINGS)
    return roles


@app.command(cls=LocalisedCommand, help=text("cli.help.check"))
def check(
    config: File = None,
    agent: Annotated[str | None, typer.Option(help=text("cli.help.check-agent"))] = None,
    json: Annotated[bool, typer.Option("--json", help=text("cli.help.json"))] = False,
) -> None:
    """Report what works, and how to fix what does not."""
    with reported():
        settings, unread = settings_for_now(config)
        with loading():
            from bot.program import check as checking  # noqa: PLC0415

        lines = {one.where: one.line(language()) for one in unread}
        findings = asyncio.run(checking.run(settings, agent=agent, unread=lines))
        shown = checking.as_json if json else checking.as_text
        say(shown(findings, words()))
        if any(finding.outcome is checking.Severity.FAIL for finding in findings):
            raise typer.Exit(FAILED)


@app.command(cls=LocalisedCommand, help=text("cli.help.migrate"))
def migrate(config: File = None) -> None:
    """Bring the database to this program's schema."""
    with reported():
        settings, _ = at_hand(config)
        from bot.program.operations import migrated  # noqa: PLC0415

        before, after = asyncio.run(migrated(settings))
        say(text("cli.migrated", before=before or text("cli.empty"), after=after))


@app.command(cls=LocalisedCommand, help=text("cli.help.simulate"))
def simulate(
    start: Annotated[str, typer.Option("--from", metavar="MOMENT", help=text("cli.help.from"))],
    end: Annotated[str, typer.Option("--to", metavar="MOMENT", help=text("cli.help.to"))],
    json: Annotated[bool, typer.Option("--json", help=text("cli.help.json"))] = False,
    config: File = None,
) -> None:
    """Show the events to come."""
    with reported():
        settings, _ = at_hand(config)
        with loading():
            from bot.program import simulate as ahead  # noqa: PLC0415

        found = asyncio.run(ahead.foreseen(settings, start, end))
        say((ahead.as_json if json else ahead.as_text)(found, words()))


@app.command(cls=LocalisedCommand, help=text("cli.help.dates"))
def dates(  # noqa: PLR0917 - Typer's options
    phrase: Annotated[str | None, typer.Argument(help=text("cli.help.phrase"))] = None,
    at: Annotated[str | None, typer.Option(help=text("cli.help.at"))] = None,
    zone: Annotated[str, typer.Option(help=text("cli.help.zone"))] = "Europe/Paris",
    spoken: Annotated[str | None, typer.Option("--language", help=text("cli.help.spoken"))] = None,
    file: Annotated[
        Path | None, typer.Option(readable=False, help=text("cli.help.phrases"))
    ] = None,
    alsace: Annotated[bool, typer.Option("--alsace-moselle", help=text("cli.help.alsace"))] = False,
    json: Annotated[bool, typer.Option("--json", help=text("cli.help.json"))] = False,
) -> None:
    """Show how a phrase about a time is read."""
    with reported():
        from bot.program import phrases  # noqa: PLC0415

        if (phrase is None) == (file is None) or not phrases.known_zone(zone):
            key = "cli.dates.zone-unknown" if phrase or file else "cli.dates.missing"
            complain(text(key, zone=zone))
            raise typer.Exit(WRONG_SETTINGS)
        try:
            now = phrases.moment_of(at, zone)
            said = language() if spoken is None else Language(spoken)
        except ValueError:
            complain(text("cli.dates.unread", at=at or "", language=spoken or ""))
            raise typer.Exit(WRONG_SETTINGS) from None
        those = phrases.phrases_of(phrase, file)
        for one in phrases.read_all(those, now=now, zone=zone, language=said, alsace=alsace):
            worded = partial(
                phrases.as_text, words=catalogues()[said], now=now, zone=zone, language=said
            )
            say(phrases.as_json(one) if json else worded(one))


@invitations.command("list", cls=LocalisedCommand, help=text("cli.help.invitations-list"))
def list_invitations(
    guest: Annotated[str, typer.Option(help=text("cli.help.guest"))] = "",
    salon: Annotated[str, typer.Option(help=text("cli.help.salon"))] = "",
    organiser: Annotated[str, typer.Option(help=text("cli.help.organiser"))] = "",
    limit: Annotated[int, typer.Option(min=1, metavar="N", help=text("cli.help.limit"))] = 100,
    config: File = None,
) -> None:
    """Show the invitations to meetings that are not over."""
    with reported():
        settings, _ = at_hand(config)
        from bot.program.register import RegisterQuery, listed  # noqa: PLC0415

        wanted = RegisterQuery(guest=guest, salon=salon, organiser=organiser, limit=limit)
        for line in asyncio.run(listed(settings, words(), wanted)):
            say(line)


@invitations.command("revoke", cls=LocalisedCommand, help=text("cli.help.invitations-revoke"))
def revoke_invitations(
    invitation: Annotated[list[str], typer.Argument(help=text("cli.help.invitation"))],
    config: File = None,
) -> None:
    """Withdraw invitations now."""
    with reported():
        settings, unread = at_hand(config)
        from bot.program.operations import revoked  # noqa: PLC0415

        ejects = all(one.where != "media.secret_file" for one in unread)
        outcomes = asyncio.run(revoked(settings, invitation, ejects=ejects))
        for name, outcome in outcomes:
            say(text(f"cli.revoke.{outcome}", invitation=name))
        if any(outcome == "unknown" for _, outcome in outcomes):
            raise typer.Exit(FAILED)


Passphrase = Annotated[
    Path | None,
    typer.Option("--passphrase-file", readable=False, help=text("cli.help.passphrase")),
]


@keys.command("export-seeds", cls=LocalisedCommand, help=text("cli.help.export-seeds"))
def export_seeds(
    target: Annotated[Path, typer.Argument(readable=False, help=text("cli.help.export-target"))],
    config: File = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Write the bot's identity to a file for a safe."""
    with reported():
        settings, _ = at_hand(config)
        from bot.program.operations import exported  # noqa: PLC0415

        passphrase = passphrase_of(passphrase_file, twice=True)
        if asyncio.run(exported(settings, target, passphrase)):
            say(text("cli.exported", target=str(target)))
        else:
            complain(text("cli.no-seeds"))
            raise typer.Exit(FAILED)


@keys.command("import-seeds", cls=LocalisedCommand, help=text("cli.help.import-seeds"))
def import_seeds(
    source: Annotated[Path, typer.Argument(readable=False, help=text("cli.help.import-source"))],
    config: File = None,
    passphrase_file: Passphrase = None,
    replace: Annotated[bool, typer.Option("--replace", help=text("cli.help.replace"))] = False,
) -> None:
    """Restore the bot's identity from a file."""
    with reported():
        settings, _ = at_hand(config)
        from bot.program.operations import imported  # noqa: PLC0415

        passphrase = passphrase_of(passphrase_file, twice=False)
        closed = read(source)
        if asyncio.run(imported(settings, closed, passphrase, replace=replace)):
            say(text("cli.imported"))
        else:
            complain(text("cli.other-seeds"))
            raise typer.Exit(FAILED)


@keys.command("reset-identity", cls=LocalisedCommand, help=text("cli.help.reset-identity"))
def reset_identity(
    config: File = None,
    anew: Annotated[bool, typer.Option("--new", help=text("cli.help.new-identity"))] = False,
) -> None:
    """Give the bot an identity of its own, in place of one that another client made."""
    with reported():
        settings = settings_of(config, level="error")
        from bot.program.operations import reset  # noqa: PLC0415

        _say_taken(asyncio.run(reset(settings, anew=anew)))


@keys.command("recover-identity", cls=LocalisedCommand, help=text("cli.help.recover-identity"))
def recover_identity(
    config: File = None,
    key_file: Annotated[
        Path | None,
        typer.Option("--recovery-key-file", readable=False, help=text("cli.help.recovery-key")),
    ] = None,
) -> None:
    """Adopt the identity that another client of the account made."""
    with reported():
        settings = settings_of(config, level="error")
        from bot.program.operations import recovered  # noqa: PLC0415

        if key_file is not None:
            words = read(key_file)
        else:
            words = str(typer.prompt(text("cli.recovery-key"), hide_input=True, err=True))
        _say_taken(asyncio.run(recovered(settings, words)))


def _say_taken(signed: bool | None) -> None:
    """Report the result of giving the bot its identity."""
    if signed is None:
        complain(text("cli.identity-no-account"))
        raise typer.Exit(FAILED)
    say(text("cli.identity-signed" if signed else "cli.identity-taken"))


@keys.command("reseal", cls=LocalisedCommand, help=text("cli.help.reseal"))
def reseal(config: File = None) -> None:
    """Encrypt the database's secrets under the newest key, so that older keys can be removed."""
    with reported():
        settings, _ = at_hand(config)
        from bot.program.operations import resealed  # noqa: PLC0415

        say(text("cli.resealed", n=asyncio.run(resealed(settings))))


@keys.command("show", cls=LocalisedCommand, help=text("cli.help.keys-show"))
def show_keys(config: File = None) -> None:
    """Show the federation key's thumbprint, which partners pin, and the ring's keys."""
    with reported():
        settings, _ = at_hand(config)
        from bot.program import app as program  # noqa: PLC0415

        thumbprint, ring = program.shown_keys(settings)
        say(text("cli.keys.pinned", thumbprint=f"sha256:{thumbprint}"))
        say(text("cli.keys.ring", kids=", ".join(ring)))


@keys.command("rotate", cls=LocalisedCommand, help=text("cli.help.rotate"))
def rotate(
    config: File = None,
    compromised: Annotated[
        bool, typer.Option("--compromised", help=text("cli.help.compromised"))
    ] = False,
) -> None:
    """Have the next key sign for partners, and make another one to follow it."""
    with reported():
        settings, _ = at_hand(config)
        from bot.program import app as program  # noqa: PLC0415

        current, following = program.rotate_ring(settings, compromised=compromised)
        say(text("cli.rotated", current=current, next=following))


if __name__ == "__main__":
    main()
