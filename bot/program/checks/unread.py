"""Secrets that could not be read here, and what is not asked without them."""

from collections.abc import Collection, Mapping

from bot.program.checks.findings import Finding, fail, warn
from config.settings import Settings

IN_SERVICE = "/run/credentials/"
"""There only while the service runs, and for it alone (systemd's LoadCredential=)."""
LEFT_OUT = {
    "store.url_file": ("database", "account", "hooks"),
    "matrix.token_file": ("account",),
    "matrix.proxy_file": ("homeserver", "account"),
    "visio.secret_file": ("visio",),
    "visio.proxy_file": ("visio", "knock"),
}
"""The checks that would ask with a secret. The others do without it, or ask less."""
ASKED_LESS = {
    "matrix.password_file": ("sign-in",),
    "mail.password_file": ("sign-in",),
    "media.secret_file": ("media",),
}
"""What is not tried of checks that are made all the same."""


def left_out(unread: Collection[str]) -> set[str]:
    """Return the checks that can't be made without these secrets."""
    return {name for where in unread for name in LEFT_OUT.get(where, ())}


def without(settings: Settings, unread: Collection[str]) -> Settings:
    """Return settings that sign in nowhere with what only stands for a secret."""
    if "mail.password_file" not in unread:
        return settings
    mail = settings.mail.model_copy(update={"user": None, "password": None})
    return settings.model_copy(update={"mail": mail})


def findings(unread: Mapping[str, str]) -> list[Finding]:
    """Tell of each secret that could not be read; `unread` has the complaint by its key.

    Elsewhere than in systemd's place a service would not find it either.
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
