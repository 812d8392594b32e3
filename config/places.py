"""The folders at which relative paths of the settings start: never the working directory.

The paths of stored data (the database's file, the keys, the device) start at systemd's state
directory if there is one; all others, and these if there is none, at the folder of the settings
file. A path that starts nowhere is refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard, get_args

from config.errors import Complaint
from config.tree import SECRETS, fields, table_at

STATE_DIRECTORY = "STATE_DIRECTORY"
"""systemd names there the folders that `StateDirectory=` made, separated by colons."""
CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
"""systemd names there the folder with the files that `LoadCredential=` loaded."""
_CREDENTIALS = Path("/run/credentials")
_STATE = {("keys", "folder"), ("matrix", "store")}
_SQLITE = "sqlite"

_PATHS = {
    path: field.default
    for path, field in fields()
    if field.annotation is Path or Path in get_args(field.annotation)
}
_DATABASE = ("store", "url")
_SECRET_FILES = [(*path[:-1], f"{path[-1]}_file") for path in SECRETS]


@dataclass(frozen=True, slots=True)
class BaseFolders:
    """The folders at which relative paths start; `None`: there is no such folder."""

    settings: Path | None
    state: Path | None

    @classmethod
    def of(cls, file: Path | None, environ: Mapping[str, str]) -> "BaseFolders":
        """Return the folders that a settings file and systemd give."""
        beside = None if file is None else file.absolute().parent
        named = environ.get(STATE_DIRECTORY, "").partition(":")[0]
        return cls(beside, Path(named) if named.startswith("/") else beside)


def settle(given: dict[str, Any], places: BaseFolders) -> list[Complaint]:
    """Make every path of the settings absolute, in place; return complaints about the others."""
    found = list(_not_whole(given))
    for path, table, value in _relative(given):
        base = places.state if path in {*_STATE, _DATABASE} else places.settings
        if base is None:
            found.append(Complaint(".".join(path), "relative"))
        elif path == _DATABASE:
            scheme, _, file = value.partition(":///")
            folder = "/" if file.endswith("/") else ""
            table[path[-1]] = f"{scheme}:///{base / file}{folder}"
        else:
            table[path[-1]] = str(base / value)
    return found


def is_path(value: object) -> TypeGuard[str]:
    """Tell whether a value can be a path, before any use."""
    return isinstance(value, str) and bool(value.strip())


def _not_whole(given: dict[str, Any]) -> Iterator[Complaint]:
    """Find paths that a shell would have to expand, and blank ones; pydantic finds other faults."""
    for path in [*_PATHS, *_SECRET_FILES]:
        value = table_at(given, path[:-1]).get(path[-1])
        if isinstance(value, str) and not is_path(value):
            yield Complaint(".".join(path), "path_type")
        elif isinstance(value, str) and value.startswith(("~", "$")):
            yield Complaint(".".join(path), "unexpanded")


def _relative(given: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], dict[str, Any], str]]:
    """Yield each relative path with its section; a default of ours counts as given."""
    defaults: dict[tuple[str, ...], Any] = {**_PATHS, **dict.fromkeys(_SECRET_FILES)}
    for path, default in defaults.items():
        table = given.setdefault(path[0], {})
        if not isinstance(table, dict):
            continue
        value = table.get(path[-1], default)
        value = str(value) if isinstance(value, Path) else value
        if is_path(value) and not Path(value).is_absolute():
            yield path, table, value
    store = given.setdefault("store", {})
    if isinstance(store, dict) and "url_file" not in store:
        url = store.get("url", _default_url())
        if isinstance(url, str) and _is_relative(url):
            yield _DATABASE, store, url


def _default_url() -> str:
    field = dict(fields())[_DATABASE]
    return str(field.default.get_secret_value())


def _is_relative(url: str) -> bool:
    """Tell whether a database's address is a file with a relative path."""
    scheme, slashes, file = url.partition(":///")
    return bool(scheme.startswith(_SQLITE) and slashes and file) and not file.startswith(("/", ":"))


def credential(path: Path, environ: Mapping[str, str]) -> Path:
    """Return the path of a secret's file in this process.

    systemd keeps a unit's credentials in a folder named after the unit. A command that gets the
    same ones from `systemd-run` has them in a folder of another name.
    """
    ours = environ.get(CREDENTIALS_DIRECTORY)
    return Path(ours) / path.name if ours and path.is_relative_to(_CREDENTIALS) else path
