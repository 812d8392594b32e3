"""Rules for the settings, among them those that a profile adds.

They read what was given, valid or not, so that all complaints come at once.
"""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from config.errors import Complaint, SettingsError
from config.settings import Profile, Settings
from config.strength import FEWEST, weakness
from config.tree import SECRETS

UNCHOSEN = {"url", "proxy", "token"}
"""Secrets that nobody picks: addresses with a password in them, and the homeserver's token."""
SHORTEST_SECRET = 12
PLACEHOLDERS = ("change", "example", "exemple", "secret", "password", "parvis", "sandbox")
"""Beginnings of values that an operator forgot to replace."""


def check(given: Mapping[str, Any]) -> list[Complaint]:
    """Return complaints about values that every deployment, or the chosen profile, refuses."""
    weak = list(_weak(given))
    profile = given.get("profile")
    if profile not in get_args(Profile) or not str(profile).startswith("tchap-"):
        return weak
    known = {one.where for one in weak}
    found = [*_cleartext(given), *(one for one in _placeholders(given) if one.where not in known)]
    if _get(given, "identity", "rules"):
        found.append(Complaint("identity.rules", "rules"))
    return weak + [Complaint(one.where, one.kind, {"profile": profile}) for one in found]


def _weak(given: Mapping[str, Any]) -> Iterator[Complaint]:
    """Find guessable secrets, among those that a person chose or was given."""
    for path in SECRETS:
        value = _get(given, *path)
        if not isinstance(value, str) or path[-1] in UNCHOSEN:
            continue
        if (found := weakness(value)) is not None:
            yield Complaint(".".join(path), found.value, {"fewest": FEWEST})


def require_account(settings: Settings) -> None:
    """Require what the role `bot` needs to sign in for the first time; raises SettingsError."""
    if settings.matrix.password is None and settings.matrix.token is None:
        raise SettingsError([Complaint("matrix.password", "account")])


def _cleartext(given: Mapping[str, Any]) -> Iterator[Complaint]:
    for path in (
        ("matrix", "homeserver"),
        ("visio", "url"),
        ("visio", "public_url"),
        ("door", "public_url"),
    ):
        if str(_get(given, *path) or "").startswith("http:"):
            yield Complaint(".".join(path), "https")


def _placeholders(given: Mapping[str, Any]) -> Iterator[Complaint]:
    for path in SECRETS:
        value = _get(given, *path)
        if not isinstance(value, str) or path[-1] in {"url", "proxy"}:
            continue
        if len(value) < SHORTEST_SECRET or value.lower().startswith(PLACEHOLDERS):
            yield Complaint(".".join(path), "placeholder")


def _get(given: Mapping[str, Any], *path: str) -> object:
    value: object = given
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
