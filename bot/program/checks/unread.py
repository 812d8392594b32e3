"""Secrets that could not be read here, and the checks that need them."""

from collections.abc import Collection, Mapping

from bot.program.checks.findings import Finding, fail, warn
from config.settings import Settings

IN_SERVICE = "/run/credentials/"
"""Exists only while the service runs, and for it alone (systemd's LoadCredential=)."""
LEFT_OUT = {
    "store.url_file": ("database", "account", "hooks", "calendars"),
    "matrix.token_file": ("account",),
    "matrix.proxy_file": ("homeserver", "account"),
    "visio.secret_file": ("visio",),
    "visio.proxy_file": ("visio", "knock"),
    "inbox.password_file": ("inbox",),
}
"""The checks that need a secret. The others do without it, or ask less."""
ASKED_LESS = {
    "matrix.password_file": ("sign-in",),
    "mail.password_file": ("sign-in",),
    "media.secret_file": ("media",),
}
"""The parts left untried of checks that run all the same."""


def left_out(unread: Collection[str]) -> set[str]:
    """Return the checks that can't be made without these secrets."""
    return {name for where in unread for name in LEFT_OUT.get(where, ())}


def without(settings: Settings, unread: Collection[str]) -> Settings:
    """Return settings that never sign in with a placeholder for a secret."""
    if "mail.password_file" not in unread:
        return settings
    mail = settings.mail.model_copy(update={"user": None, "password": None})
    return settings.model_copy(update={"mail": mail})


def findings(unread: Mapping[str, str]) -> list[Finding]:
    """Report each secret that could not be read; `unread` maps its key to the complaint.

    Outside systemd's folder a service would not find it either, so that is a failure.
    """
    return [
        (warn if IN_SERVICE in said else fail)(
            "secrets",
            "in-service" if IN_SERVICE in said else "unread",
            key=where,
            said=said,
            untried=LEFT_OUT.get(where) or ASKED_LESS.get(where, ()),
        )
        for where, said in unread.items()
    ]
