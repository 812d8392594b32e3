"""Reads the settings: profile < TOML file < environment; a secret may be in a file of its own.

A later layer that gives `x` or `x_file` replaces both of an earlier one; one layer that gives
both is refused. Relative paths start at the working directory.
"""

import os
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias, get_args

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource
from pydantic_settings import SettingsError as UnreadableVariable

from config.errors import Complaint, SettingsError
from config.files import handed_out
from config.rules import check
from config.settings import Profile, Settings
from config.tree import SECRETS, meant, section

PREFIX = "PARVIS_"
FILE = f"{PREFIX}CONFIG"
PLACES = (Path("parvis.toml"), Path("/etc/parvis/parvis.toml"))
"""Where the settings file is looked for when nobody says where it is."""

_NOWHERE = Complaint(str(PLACES[0]), "nowhere", {"other": PLACES[1], "variable": FILE})
"""Goes before what is missing where no file was read at all."""

Layer: TypeAlias = dict[str, Any]

_SECRET_NAMES = {path[-1] for path in SECRETS}


def load(file: Path | None = None) -> Settings:
    """Return the settings. `file`, then $PARVIS_CONFIG, then PLACES; the file is optional.

    Raises SettingsError with every problem found.
    """
    complaints: list[Complaint] = []
    path = _place(file)
    layers = [_file(path, complaints), _environment(complaints)]
    if any(complaint.kind in {"unreadable", "not_toml"} for complaint in complaints):
        raise SettingsError(complaints)  # what else is missing is in that file
    name = str(layers[1].get("profile") or layers[0].get("profile"))
    if name in get_args(Profile):
        layers.insert(0, _profile(name))
    complaints += _open_to_others(path, layers[-2], name)
    merged: Layer = {}
    for layer in layers:
        complaints += _twice(layer)
        _lay(merged, layer)
    complaints += _open_files(merged)
    complaints += _open_map(merged)
    return _validated(merged, complaints, [] if path else [_NOWHERE])


def _validated(merged: Layer, complaints: list[Complaint], hint: list[Complaint]) -> Settings:
    for name, field in Settings.model_fields.items():
        if section(field) is not None:
            merged.setdefault(name, {})  # so that each missing key is told, not the section
    settings = None
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        complaints += map(_told, error.errors(include_url=False, include_input=False))
    complaints += check(merged)
    if settings is None or complaints:
        raise SettingsError([*hint, *complaints])
    return settings


def _place(file: Path | None) -> Path | None:
    given = file or (Path(named) if (named := os.environ.get(FILE)) else None)
    return given or next((place for place in PLACES if place.exists()), None)


def _open_to_others(path: Path | None, given: Layer, profile: str) -> list[Complaint]:
    """Refuse a settings file that holds secrets and that others can read, on a real Tchap."""
    if path is None or not profile.startswith("tchap-") or not any(map(_shown, _secrets(given))):
        return []
    return [Complaint(str(path), "open_file", {"file": path})] if handed_out(path) else []


def _secrets(given: Layer) -> Iterator[str]:
    for *parents, name in SECRETS:
        yield str(_table(given, parents).get(name) or "")


def _shown(value: str) -> bool:
    """Tell whether a value is secret; an address is only where it has somebody's password."""
    return bool(value) and ("://" not in value or "@" in value)


def _file(path: Path | None, complaints: list[Complaint]) -> Layer:
    return {} if path is None else _toml(path, complaints, str(path))


def _toml(path: Path, complaints: list[Complaint], where: str) -> Layer:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        complaints.append(_unreadable(where, path, error))
    except tomllib.TOMLDecodeError as error:
        complaints.append(Complaint(where, "not_toml", {"reason": str(error)}))
    return {}


def _profile(name: str) -> Layer:
    source = resources.files("config") / "profiles" / f"{name}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


class _Variables(EnvSettingsSource):
    """PARVIS_SECTION__KEY; a list is written with commas, or as JSON."""

    def decode_complex_value(self, field_name: str, field: Any, value: Any) -> Any:
        if isinstance(value, str) and not value.lstrip().startswith(("[", "{")):
            return [part.strip() for part in value.split(",") if part.strip()]
        return super().decode_complex_value(field_name, field, value)


def _environment(complaints: list[Complaint]) -> Layer:
    for name in os.environ:
        table = name.removeprefix(PREFIX).lower().partition("__")[0]
        if name.startswith(PREFIX) and name != FILE and table not in Settings.model_fields:
            complaints.append(_unknown(name))
    try:
        return _Variables(Settings)()
    except UnreadableVariable:
        complaints.append(Complaint(f"{PREFIX}…", "not_json"))
        return {}


def _unknown(name: str) -> Complaint:
    path = tuple(name.removeprefix(PREFIX).lower().split("__"))
    likely = meant(path[:1]) or meant(path)
    if likely is None:
        return Complaint(name, "unknown_variable")
    rest = path[1:] if likely[0] in Settings.model_fields and len(likely) == 1 else ()
    return Complaint(name, "unknown_variable", {"suggestion": _variable((*likely, *rest))})


def _variable(path: tuple[str, ...]) -> str:
    return PREFIX + "__".join(path).upper()


def _twice(layer: Layer) -> list[Complaint]:
    """Find secrets that one layer gives both in place and as a file."""
    found = []
    for *parents, name in SECRETS:
        table = _table(layer, parents)
        if name in table and f"{name}_file" in table:
            other = ".".join([*parents, f"{name}_file"])
            found.append(Complaint(".".join([*parents, name]), "both", {"other": other}))
    return found


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


def _open_files(merged: Layer) -> list[Complaint]:
    """Put the contents of `x_file` in `x`."""
    found = []
    for *parents, name in SECRETS:
        table = _table(merged, parents)
        path = table.pop(f"{name}_file", None)
        if path is None:
            continue
        where = ".".join([*parents, f"{name}_file"])
        table[name] = "unread, and complained about"
        try:
            text = Path(str(path)).read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            found.append(_unreadable(where, path, error))
            continue
        if not text:
            found.append(Complaint(where, "empty_file", {"file": path}))
            continue
        table[name] = text
        if handed_out(Path(str(path))):
            found.append(Complaint(where, "open_file", {"file": path}))
    return found


def _open_map(merged: Layer) -> list[Complaint]:
    """Put the table of `identity.map_file` below the one given in place."""
    path = _table(merged, ["identity"]).get("map_file")
    if path is None:
        return []
    found: list[Complaint] = []
    identity = merged["identity"]
    identity["map"] = _toml(Path(str(path)), found, "identity.map_file") | identity.get("map", {})
    return found


def _table(layer: Layer, parents: list[str]) -> Layer:
    table: Any = layer
    for parent in parents:
        table = table.get(parent, {}) if isinstance(table, dict) else {}
    return table if isinstance(table, dict) else {}


def _unreadable(where: str, path: object, error: Exception) -> Complaint:
    reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
    return Complaint(where, "unreadable", {"file": path, "reason": reason})


def _told(error: Any) -> Complaint:
    """Turn one finding of pydantic into ours, without the value it is about."""
    path = tuple(str(part) for part in error["loc"])
    where = _variable(path) if _variable(path) in os.environ else ".".join(path)
    facts = {**error.get("ctx", {}), "reason": error["msg"]}
    if error["type"] != "extra_forbidden":
        return Complaint(where, error["type"], facts)
    likely = meant(path)
    if likely is None:
        return Complaint(where, "unknown_key")
    near = likely[-1] if likely[:-1] == path[:-1] else ".".join(likely)
    return Complaint(where, "unknown_key", {"suggestion": near})
