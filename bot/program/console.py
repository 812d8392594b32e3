"""Commands' output for the operator: in their language, one line a fault, never a traceback."""

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog
import typer

from bot.program.checks.reasons import unreached
from bridge.errors import ParvisError
from bridge.french import spaced
from bridge.i18n import Catalogue, Language, catalogues
from config.errors import SettingsError, reason_of
from config.redaction import clean

log = structlog.get_logger()

FAILED = 1
WRONG_SETTINGS = 2
"""A person must act before a start can succeed: the guide's unit does not restart after it."""
INTERRUPTED = 130


def language(environ: Mapping[str, str] | None = None) -> Language:
    """Return French if the terminal is French, otherwise English (POSIX.1 §8.2)."""
    given = os.environ if environ is None else environ
    names = (given.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next((name for name in names if name), "")
    return Language.FR if chosen.lower().startswith("fr") else Language.EN


def words() -> Catalogue:
    """Return the operator's sentences."""
    return catalogues()[language()]


def say(line: str) -> None:
    """Write a line of the command's result."""
    typer.echo(line)


def complain(line: str) -> None:
    """Write a line about a fault."""
    typer.echo(f"parvis: {line}", err=True)


@contextmanager
def loading() -> Iterator[None]:
    """Import a command's modules without garbage collection, which takes a quarter of the time.

    What they made is left out of later collections too: looking through it would hold the event
    loop for some tenths of a second each time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def reported() -> Iterator[None]:
    """Turn errors of the block into lines and an exit code."""
    try:
        yield
    except typer.Exit:
        raise
    except SettingsError as error:
        for line in error.lines(language()):
            complain(spaced(line) if language() is Language.FR else line)
        raise typer.Exit(WRONG_SETTINGS) from None
    except (KeyboardInterrupt, typer.Abort):
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        raise  # the reader of our output is gone
    except Exception as error:  # noqa: BLE001 - the process ends here
        for cause in causes(error):
            complain(told(cause))
        raise typer.Exit(exit_code(error)) from None


def exit_code(error: BaseException) -> int:
    """Return the exit code: a restart helps only if the fault may pass by itself."""
    needing = all(_NEED_A_PERSON.intersection(_names(cause)) for cause in causes(error))
    return WRONG_SETTINGS if needing else FAILED


def causes(error: BaseException) -> list[BaseException]:
    """Return the errors of a group's tasks, or the error itself if it is no group."""
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    found = [cause for inner in error.exceptions for cause in causes(inner)]
    return list({told(cause): cause for cause in found}.values())


def told(error: BaseException) -> str:
    """Return a sentence about a fault, with the remedy if we know one."""
    text = words().text
    detail = clean(str(error)).strip().partition("\n")[0]
    match [name for name in _names(error) if name in _SENTENCES]:
        case [name, *_]:
            if name in _OUTSIDE:
                detail = _outside(error) or detail
            key, parameters = _SENTENCES[name], getattr(error, "parameters", {})
            if name == "KeysUnusable" and "why" in parameters:
                key = f"{key}.{parameters['why']}"
            path = parameters.get("path", "")
            return text(key, detail=detail, reason=_reason(error), path=path)
    if isinstance(error, ParvisError):
        return text("cli.refused", code=error.code, detail=detail)
    log.error("command.failed", exc_info=error)
    return text("cli.unexpected", kind=type(error).__name__, detail=detail)


def _outside(error: BaseException) -> str:
    """Return why another machine or a file gives no answer, in words of ours where there are."""
    parameters = unreached(error)
    code, why = parameters.get("errno"), parameters.get("why")
    if isinstance(code, int):
        return reason_of(code, language())
    return words().text(f"check.why.{why}", **parameters) if why else ""


def _reason(error: BaseException) -> str:
    """Return the system's words, for an error of the system or one caused by it."""
    for one in (error, error.__cause__):
        if isinstance(one, OSError) and one.errno:
            # Errors about unknown host names have numbers of their own, below zero.
            known = reason_of(one.errno, language()) if one.errno > 0 else one.strerror or ""
            return f"{known}, {one.filename}" if one is error and one.filename else known
    return clean(str(error.__cause__ or error)).strip().partition("\n")[0]


def _names(error: BaseException) -> list[str]:
    """Return the names of an error's classes, nearest first.

    By name, so that reporting an old schema does not load a database or Matrix library.
    """
    return [kind.__name__ for kind in type(error).__mro__]


_OUTSIDE = frozenset({"Unreachable", "Busy", "DatabaseAway", "SQLAlchemyError"})
"""Faults of other machines, about which libraries' own words say little."""

_NEED_A_PERSON = frozenset(
    {
        "AccountUnusable",
        "DatabaseDamaged",
        "DatabaseLost",
        "KeyBroken",
        "KeyForeign",
        "KeyOpen",
        "KeyWeak",
        "KeysMissing",
        "SchemaNewer",
        "UnknownDatabase",
    }
)

_SENTENCES = {
    "SchemaNewer": "cli.schema-newer",
    "SchemaOutdated": "cli.schema-outdated",
    "NotSetUp": "cli.not-set-up",
    "AuditOff": "cli.audit.off",
    "HeadsMissing": "cli.audit.heads-missing",
    "MomentRefused": "cli.audit.moment-refused",
    "FolderRefused": "cli.folder-refused",
    "PortReserved": "cli.port-reserved",
    "PortRefused": "cli.port-refused",
    "FileUnreadable": "cli.file-unreadable",
    "FileRefused": "cli.file-refused",
    "SpanRefused": "cli.span-refused",
    "NoPassphrase": "cli.no-passphrase",
    "AlreadyRunning": "cli.already-running",
    "UnknownDatabase": "cli.unknown-database",
    "SealBroken": "cli.seal-broken",
    "KeysLost": "cli.keys-lost",
    "KeysMissing": "cli.keys-missing",
    "KeysUnusable": "cli.keys-unusable",
    "KeyOpen": "cli.key-open",
    "KeyUnreadable": "cli.key-unreadable",
    "KeyForeign": "cli.key-foreign",
    "KeyBroken": "cli.key-broken",
    "KeyWeak": "cli.key-weak",
    "SeedsUnreadable": "cli.seeds-unreadable",
    "WrongPassphrase": "cli.wrong-passphrase",
    "SessionEnded": "cli.session-ended",
    "LoggedOut": "cli.logged-out",
    "LoginRefused": "cli.login-refused",
    "AccountExpired": "cli.account-expired",
    "StoreLost": "cli.store-lost",
    "StoreLocked": "cli.store-locked",
    "StoreBusy": "cli.store-busy",
    "IdentityRefused": "cli.identity-refused",
    "RecoveryRefused": "cli.recovery-refused",
    "Refusal": "cli.matrix-refused",
    "Unreachable": "cli.homeserver-away",
    "Busy": "cli.homeserver-away",
    "DatabaseDamaged": "cli.database-damaged",
    "DatabaseLost": "cli.database-lost",
    "DatabaseAway": "cli.database",
    "SQLAlchemyError": "cli.database",
    "OSError": "cli.system",
}
