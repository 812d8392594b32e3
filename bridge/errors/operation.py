"""Faults that stop the program, or a partner's request."""

from bridge.errors.base import ParvisError


class TokenRefused(ParvisError):
    """Get a new token: this one is malformed, expired, or not for us."""


class KeysUnusable(ParvisError):
    """Look at the folder of the keys: the detail names the file and what is wrong."""


class SchemaOutdated(ParvisError):
    """Run `parvis migrate`: the database is older than this program."""


class SchemaNewer(SchemaOutdated):
    """Install the newer program again, or restore an older backup: there is no way back."""


class AlreadyRunning(ParvisError):
    """Stop the other `parvis run`, or use PostgreSQL and `--role`."""
