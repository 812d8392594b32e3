"""Settings from the environment: PARVIS_SECTION__KEY, and complaints by the typed name."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic_settings import EnvSettingsSource
from pydantic_settings import SettingsError as UnreadableVariable

from config.errors import Complaint
from config.settings import Settings
from config.tree import Path, meant, meant_together

PREFIX = "PARVIS_"
FILE = f"{PREFIX}CONFIG"

_BETWEEN = "__"
_AS_VARIABLE = {"tuple_type": "comma_list", "dict_type": "json_table"}
"""Sentences that say how to write a value, in a file and in a variable."""
_OF_PARTS = {"unknown_key", *_AS_VARIABLE}
"""Complaints about a whole of which the environment may have given a part."""
_QUOTES = ("'", '"')


@dataclass(frozen=True, slots=True)
class GivenVariables:
    """The keys that the environment gives, by their typed names."""

    names: Mapping[Path, str]

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "GivenVariables":
        """Return those of an environment; case does not matter, an empty value gives nothing."""
        return cls({_path(name): name for name, value in environ.items() if value and ours(name)})

    def renamed(self, complaint: Complaint) -> Complaint:
        """Return the complaint under its variable's name, if a variable gave the key."""
        key, space, rest = complaint.where.partition(" ")
        path = tuple(key.split("."))
        variable = self._variable(path, part=complaint.kind in _OF_PARTS)
        if variable is None:
            return complaint
        parameters = dict(complaint.parameters)
        if "suggestions" in parameters:
            parameters["suggestion"] = ", ".join(map(variable_of, meant(path)))
        kind = _AS_VARIABLE.get(complaint.kind, complaint.kind)
        return replace(complaint, where=variable + space + rest, kind=kind, parameters=parameters)

    def _variable(self, path: Path, *, part: bool) -> str | None:
        """Return the variable that gave a key or its section; with `part`, also a part of it."""
        for length in range(len(path), 0, -1):
            if (name := self.names.get(path[:length])) is not None:
                return ".".join([name, *path[length:]])
        below = any(given[: len(path)] == path for given in self.names)
        return variable_of(path) if part and below else None


def ours(name: str) -> bool:
    """Tell whether a variable is meant for the settings."""
    return name.upper().startswith(PREFIX) and name != FILE


def variable_of(path: Path) -> str:
    """Return the name under which the environment gives a key."""
    return PREFIX + _BETWEEN.join(path).upper()


def _path(name: str) -> Path:
    return tuple(name[len(PREFIX) :].lower().split(_BETWEEN))


class _Variables(EnvSettingsSource):
    """PARVIS_SECTION__KEY; a list is written with commas, or as JSON."""

    def decode_complex_value(self, field_name: str, field: Any, value: Any) -> Any:
        if isinstance(value, str) and not value.lstrip().startswith(("[", "{")):
            return [part.strip() for part in value.split(",") if part.strip()]
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value  # which is refused where it belongs, by the name of its key


def from_environment(complaints: list[Complaint]) -> dict[str, Any]:
    """Return the settings that the environment gives; report variables that are no setting."""
    complaints += _strays(os.environ)
    try:
        return _Variables(Settings)()
    except UnreadableVariable:
        complaints.append(Complaint(f"{PREFIX}…", "not_json"))
        return {}


def _strays(environ: Mapping[str, str]) -> Iterator[Complaint]:
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name == FILE:
            continue
        if _path(name)[0] not in Settings.model_fields:
            yield _unknown(name)
        elif len(value) > 1 and value[0] in _QUOTES and value[-1] == value[0]:
            yield Complaint(name, "quoted")  # as files of variables are read by some


def _unknown(name: str) -> Complaint:
    likely = _meant(name)
    return Complaint(name, "unknown_variable", {"suggestion": likely} if likely else {})


def _meant(name: str) -> str:
    path = _path(name)
    if (together := meant_together("_".join(path))) is not None:
        return variable_of(together)
    if path[0].startswith("conf"):
        return FILE
    found = meant(path[:1])
    if len(found) == 1 and len(found[0]) == 1 and len(path) > 1:
        return variable_of((*found[0], *path[1:]))
    return ", ".join(map(variable_of, found or meant(path)))
