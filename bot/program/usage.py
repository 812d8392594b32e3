"""The command line's own words in the operator's language: help, and lines that can't be read.

Typer writes both in English: we translate its help, and word its refusals ourselves.
"""

import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from bot.program.console import FAILED, INTERRUPTED, WRONG_SETTINGS, complain, words

_HEADING = re.compile(r"^(Usage|Arguments|Options|Commands): ?", re.MULTILINE)
_WORDS = {
    "[required]": "required",
    "[OPTIONS]": "some-options",
    "COMMAND [ARGS]...": "some-command",
    "[default:": "default",
}


def _text(key: str, /, **parameters: object) -> str:
    return words().text(f"cli.usage.{key}", **parameters)


def _translated(help_: str) -> str:
    """Return Typer's help with its own words in the operator's language."""
    for said, key in _WORDS.items():
        help_ = help_.replace(said, _text(key))
    return _HEADING.sub(lambda found: _text(f"heading.{found[1].lower()}"), help_)


class LocalisedCommand(TyperCommand):
    """A command with help in the operator's language."""

    def get_help(self, ctx: Any) -> str:
        """Return the help."""
        return _translated(super().get_help(ctx))

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option that shows it."""
        return _said(super().get_help_option(ctx))


def _said(option: Any) -> Any:
    if option is not None:
        option.help = _text("help")
    return option


class LocalisedGroup(TyperGroup):
    """A group of commands with help and refusals in the operator's language."""

    def get_help(self, ctx: Any) -> str:
        """Return the help."""
        return _translated(super().get_help(ctx))

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option that shows it."""
        return _said(super().get_help_option(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find a command; for an unknown one, suggest the one probably meant."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            likely = get_close_matches(args[0], self.commands, n=1)
            known = likely[0] if likely else ", ".join(self.commands)
            key = "command-meant" if likely else "command-unknown"
            ctx.fail(_text(key, command=args[0], known=known))
        return super().resolve_command(ctx, args)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the line that was typed; end the process with its exit code."""
        try:
            code = super().main(
                args=args,
                prog_name=prog_name,
                complete_var=complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                **extra,
            )
        except TyperException as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                typer.echo(error.format_message(), err=True)
            else:
                complain(refusal(error))
            code = WRONG_SETTINGS
        except (typer.Abort, KeyboardInterrupt):
            code = INTERRUPTED
        except BrokenPipeError:
            sys.stdout = None  # its reader is gone: write nothing more at the end
            code = FAILED
        if standalone_mode:
            sys.exit(code or 0)
        return code


def refusal(error: Any) -> str:
    """Return the fault of a line, and the command for its help."""
    match type(error).__name__:
        case "NoSuchOption":
            likely = ", ".join(sorted(error.possibilities or ()))
            key = "option-meant" if likely else "option-unknown"
            said = _text(key, option=error.option_name, known=likely)
        case "BadOptionUsage":
            takes = "not take" not in error.message
            said = _text("option-value" if takes else "option-alone", option=error.option_name)
        case "MissingParameter":
            said = _text("missing", what=error.param.get_error_hint().strip("'"))
        case "BadParameter":
            number = getattr(error.param, "min", None) is not None
            hint = error.param.get_error_hint().strip("'")
            said = _text("number" if number else "value", option=hint)
        case _ if error.message.startswith("Got unexpected extra"):
            said = _text("extra", what=error.message.partition("(s) ")[2].strip("()"))
        case _:
            said = error.message
    path = error.ctx.command_path if error.ctx else "parvis"
    return f"{said} {_text('see', command=path)}"
