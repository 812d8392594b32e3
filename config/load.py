"""Reads the settings: profile < TOML file < environment; a secret may be in a file of its own.

A later layer that gives `x` or `x_file` replaces both of an earlier one; one layer that gives both
is refused. `config.places` says where relative paths start.
"""

import os
import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias, get_args

from pydantic import ValidationError

from config.authorities import authorities
from config.errors import Complaint, SettingsError, unreadable
from config.places import BaseFolders, is_path, settle
from config.rules import check
from config.secretfiles import open_files, opened_to_others, twice
from config.settings import Profile, Settings
from config.tree import SECRETS, entry, meant, section, table_at
from config.variables import FILE, GivenVariables, from_environment

PLACES = (Path("parvis.toml"), Path("/etc/parvis/parvis.toml"))
"""The places of the settings file, if nobody names one."""

_NOWHERE = Complaint(str(PLACES[0]), "nowhere", {"other": PLACES[1], "variable": FILE})
"""Stands before the missing keys if no file was read at all."""

Layer: TypeAlias = dict[str, Any]

_MAP_DEPTH = 2
"""The depth of `identity.map`; the rest of a finding's path is an entry of it."""
_AT = re.compile(r"\(at line (\d+), column (\d+)\)$")


@dataclass(frozen=True, slots=True)
class IdentityMapSource:
    """The sources of the entries of `identity.map`, to say which entry is wrong."""

    file: Path | None = None
    entries: tuple[str, ...] = ()
    """The Matrix ids of the file, in its order."""

    def about(self, entry: str, given: Layer) -> tuple[str, str]:
        """Return the key and the entry's position.

        The entry itself is a person's id, not for logs.
        """
        if entry in self.entries:
            return "identity.map_file", f"{self.file}, {self.entries.index(entry) + 1}"
        own = [name for name in given if name not in self.entries]
        return "identity.map", str(own.index(entry) + 1) if entry in own else ""


_SECRET_NAMES = {path[-1] for path in SECRETS}


def load(file: Path | None = None, *, unread: list[Complaint] | None = None) -> Settings:
    """Return the settings. `file`, then $PARVIS_CONFIG, then PLACES; the file is optional.

    If `unread` is given, complaints about secrets' files that can't be read are put there, and
    something random takes the secret's place: a command that needs no secret can go on. Raises
    SettingsError with every problem found.
    """
    complaints: list[Complaint] = []
    path = _place(file)
    layers = [_file(path, complaints), from_environment(complaints)]
    if any(complaint.kind in {"unreadable", "not_text", "not_toml"} for complaint in complaints):
        variables = GivenVariables.of(os.environ)
        raise SettingsError(
            [variables.renamed(one) for one in complaints]
        )  # what else is missing is in that file
    complaints += _one_account(layers[0])
    name = str(layers[1].get("profile") or layers[0].get("profile") or "")
    if name in get_args(Profile):
        layers.insert(0, _profile(name))
        complaints += opened_to_others(path, layers[-2], name)
    merged: Layer = {}
    for layer in layers:
        complaints += twice(layer)
        _lay(merged, layer)
    complaints += settle(merged, BaseFolders.of(path, os.environ))
    complaints += open_files(merged, unread)
    complaints += authorities(merged)
    people = _open_map(merged, complaints)
    return _validated(merged, complaints, people, [] if path else [_NOWHERE])


def _one_account(given: Layer) -> list[Complaint]:
    """Have the only table of `[[accounts]]` be `[matrix]`, in place; return what forbids it."""
    accounts = given.pop("accounts", None)
    if accounts is None:
        return []
    if not isinstance(accounts, list) or not all(isinstance(one, dict) for one in accounts):
        return [Complaint("accounts", "accounts_form")]
    if "matrix" in given:
        return [Complaint("accounts", "accounts_twice")]
    if len(accounts) != 1:
        return [Complaint("accounts", "accounts_number")]
    [given["matrix"]] = accounts
    return []


def _validated(
    merged: Layer, complaints: list[Complaint], people: IdentityMapSource, hint: list[Complaint]
) -> Settings:
    for name, field in Settings.model_fields.items():
        if section(field) is not None:
            merged.setdefault(name, {})  # so that each missing key is told, not the section
    complaints += check(merged)
    settings = None
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        complaints += [_told(one, people, merged) for one in found if not _of_profile(one, merged)]
    if settings is None or complaints:
        variables = GivenVariables.of(os.environ)
        complaints = _once([variables.renamed(one) for one in complaints])
        complaints.sort(key=lambda one: one.kind == "relative")  # less, where nothing was given
        raise SettingsError([*hint, *complaints])
    return settings


def _once(complaints: list[Complaint]) -> list[Complaint]:
    """Return the first complaint about each key: the others may come of the same mistake."""
    return list({one.where: one for one in reversed(complaints)}.values())[::-1]


def _of_profile(error: Any, merged: Layer) -> bool:
    """Tell whether a value is missing only because the profile that has it is misspelt."""
    given = merged.get("profile")
    misspelt = given is not None and given not in get_args(Profile)
    return misspelt and error["type"] == "missing" and error["loc"] == ("matrix", "homeserver")


def _place(file: Path | None) -> Path | None:
    given = file or (Path(named) if (named := os.environ.get(FILE)) else None)
    return given or next((place for place in PLACES if place.exists()), None)


def _file(path: Path | None, complaints: list[Complaint]) -> Layer:
    return {} if path is None else _toml(path, complaints, str(path))


def _toml(path: Path, complaints: list[Complaint], where: str) -> Layer:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        complaints.append(unreadable(where, path, error))
    except tomllib.TOMLDecodeError as error:
        place = _AT.search(str(error))
        line, column = place.groups() if place else ("–", "–")
        parameters: dict[str, object] = {"reason": str(error), "line": line, "column": column}
        complaints.append(Complaint(where, "not_toml", parameters))
    return {}


def _profile(name: str) -> Layer:
    source = resources.files("config") / "profiles" / f"{name}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _lay(lower: Layer, upper: Layer) -> None:
    """Merge `upper` over `lower`, in place."""
    for key, value in upper.items():
        if isinstance(value, dict):
            table = lower.get(key)
            lower[key] = dict(table) if isinstance(table, dict) else {}
            _lay(lower[key], value)
            continue
        lower[key] = value
        name = key.removesuffix("_file")
        if name in _SECRET_NAMES:
            lower.pop(name if key != name else f"{name}_file", None)


def _open_map(merged: Layer, complaints: list[Complaint]) -> IdentityMapSource:
    """Put the table of `identity.map_file` below the one given in place."""
    path, given = (table_at(merged, ["identity"]).get(name) for name in ("map_file", "map"))
    if not is_path(path) or not isinstance(given or {}, dict):
        return IdentityMapSource()
    told: list[Complaint] = []
    entries = _toml(Path(str(path)), told, "identity.map_file")
    complaints += told
    merged["identity"]["map"] = entries | (given or {})
    return IdentityMapSource(Path(str(path)), tuple(entries))


def _told(error: Any, people: IdentityMapSource, given: Layer) -> Complaint:
    """Turn one finding of pydantic into ours, without the value that it is about."""
    path = tuple(str(part) for part in error["loc"])
    where = _place_of(path)
    parameters = {**error.get("ctx", {}), "reason": error["msg"]}
    if path[:2] == ("identity", "map") and len(path) > _MAP_DEPTH:
        where, which = people.about(path[2], table_at(given, ["identity", "map"]))
        where += f" ({which})" if which else ""
    if error["type"] == "model_type" and path[-1].isdecimal():
        return Complaint(where, "entry", {"keys": ", ".join(f'{key} = "…"' for key in entry(path))})
    if error["type"] != "extra_forbidden":
        kind = "secret_short" if path in SECRETS and error["type"] == "too_short" else error["type"]
        return Complaint(where, kind, parameters)
    likely = [key[-1] if key[:-1] == _plain(path[:-1]) else ".".join(key) for key in meant(path)]
    if not likely:
        return Complaint(where, "unknown_key")
    return Complaint(where, "unknown_key", {"suggestion": ", ".join(likely), "suggestions": likely})


def _plain(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return a path without the places in lists."""
    return tuple(part for part in path if not part.isdecimal())


def _place_of(path: tuple[str, ...]) -> str:
    """Write a path as an operator counts: entries of a list from 1 on."""
    numbers = [f"({int(part) + 1})" for part in path if part.isdecimal()]
    return " ".join([".".join(_plain(path)), *numbers])
