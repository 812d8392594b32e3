"""The passphrase of a file of seeds: from a file, or typed without echo."""

import sys
from pathlib import Path

import typer

from bot.program.console import WRONG_SETTINGS, complain, words


class NoPassphrase(Exception):
    """There is no terminal to ask on: name a file with --passphrase-file."""


class FileUnreadable(Exception):
    """A file that was named on the command line can't be read."""


def passphrase_of(file: Path | None, *, twice: bool) -> str:
    """Return the passphrase; a short one ends the command. Raises NoPassphrase, FileUnreadable."""
    from bot.program.seedfile import SHORTEST_PASSPHRASE  # noqa: PLC0415 - heavy

    given = _asked_for(twice=twice) if file is None else read(file).strip("\r\n")
    if len(given) < SHORTEST_PASSPHRASE:
        complain(words().text("cli.passphrase-short", n=SHORTEST_PASSPHRASE))
        raise typer.Exit(WRONG_SETTINGS)
    return given


def read(file: Path) -> str:
    """Return a file's text. Raises FileUnreadable."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(str(file)) from error


def _asked_for(*, twice: bool) -> str:
    if sys.stdin is None:
        raise NoPassphrase
    text = words().text
    again = text("cli.passphrase-again") if twice else False
    try:
        typed = typer.prompt(
            text("cli.passphrase"), hide_input=True, confirmation_prompt=again, err=True
        )
    except typer.Abort as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise
        raise NoPassphrase from None
    return str(typed)
