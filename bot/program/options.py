"""The common part of the command line's modules: groups, `--config`, and the settings it names."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.program.console import words
from bot.program.usage import LocalisedGroup
from config.errors import Complaint, SettingsError
from config.load import load
from config.logs import configure

if TYPE_CHECKING:
    from config.settings import Settings


def text(key: str, /, **parameters: object) -> str:
    """Return a sentence in the operator's language."""
    return words().text(key, **parameters)


group = partial(typer.Typer, cls=LocalisedGroup, no_args_is_help=True, rich_markup_mode=None)

# "readable": click would ask whether a file can be read, and say less about one that can not.
File = Annotated[
    Path | None, typer.Option("--config", "-c", readable=False, help=text("cli.help.config"))
]


def settings_of(file: Path | None, *, level: str | None = None) -> "Settings":
    """Read the settings and begin to log, from `level` on if one is given."""
    settings = load(file)
    configure(level=level or settings.logs.level, form=settings.logs.format)
    return settings


def settings_for_now(file: Path | None) -> tuple["Settings", list[Complaint]]:
    """Read the settings for a command that answers at once, and the complaints about secrets.

    People type such commands where the service's credentials do not exist. Logs only faults, unless
    the settings log everything.
    """
    unread: list[Complaint] = []
    settings = load(file, unread=unread)
    level = "debug" if settings.logs.level == "debug" else "critical"
    configure(level=level, form=settings.logs.format)
    return settings, unread


def at_hand(file: Path | None) -> tuple["Settings", list[Complaint]]:
    """Return the same if the database's address could be read. Raises SettingsError."""
    settings, unread = settings_for_now(file)
    if lacking := [one for one in unread if one.where == "store.url_file"]:
        raise SettingsError(lacking)
    return settings, unread
