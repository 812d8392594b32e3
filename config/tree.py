"""All keys of the settings as paths, and the key that a misspelt one probably meant."""

import difflib
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from config.neighbours import KEYS, SECTIONS
from config.settings import Settings

Path: TypeAlias = tuple[str, ...]


def fields(model: type[BaseModel] = Settings, at: Path = ()) -> Iterator[tuple[Path, FieldInfo]]:
    """Yield every key below a model with its path, sections before their keys."""
    for name, field in model.model_fields.items():
        yield (*at, name), field
        if (inner := section(field)) is not None:
            yield from fields(inner, (*at, name))


def section(field: FieldInfo) -> type[BaseModel] | None:
    """Return the section that a field holds, `None` for a single value."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def is_secret(annotation: Any) -> bool:
    """Tell whether a key's value must never be shown."""
    return annotation is SecretStr or any(is_secret(each) for each in get_args(annotation))


SECRETS = tuple(path for path, field in fields() if is_secret(field.annotation))
"""The keys that may also be given as `…_file`."""

_FILES = [(*path[:-1], f"{path[-1]}_file") for path in SECRETS]
_KEYS = [path for path, _ in fields()] + _FILES
_IN_LISTS = {
    path: list(inner.model_fields)
    for path, field in fields()
    for inner in get_args(field.annotation)
    if isinstance(inner, type) and issubclass(inner, BaseModel)
}
"""The keys of each entry of a list."""


def entry(path: Path) -> list[str]:
    """Return the keys of an entry of a list."""
    return _IN_LISTS.get(path[:-1], [])


def meant(path: Path) -> list[Path]:
    """Return the keys that were probably meant.

    Those are the key that other programs call so, else a similar key of the section, else keys
    of this name elsewhere: all of them for a line without a section, the only one for a line in
    a wrong section.
    """
    path = tuple(part for part in path if not part.isdecimal())
    if (inner := _IN_LISTS.get(path[:-1])) is not None:
        return [(*path[:-1], name) for name in difflib.get_close_matches(path[-1], inner, 1, 0.5)]
    if (ours := _called_otherwise(path)) is not None:
        return [ours]
    sisters = [key for key in _KEYS if key[:-1] == path[:-1]]
    if close := difflib.get_close_matches(path[-1], [key[-1] for key in sisters], 1, 0.7):
        return [(*path[:-1], close[0])]
    return _elsewhere(path)


def _called_otherwise(path: Path) -> Path | None:
    """Return the key whose name others say differently, a secret's file too."""
    if len(path) == 1 and path[0] in SECTIONS:
        return (SECTIONS[path[0]],)
    *parents, name = path
    known = KEYS.get(".".join(parents), {})
    if name in known:
        found = known[name]
        return tuple(found.split(".")) if "." in found else (*parents, found)
    for end in ("_file", "_path"):
        stem = name.removesuffix(end)
        file = (*parents, f"{known.get(stem, stem)}_file")
        if stem != name and file in _FILES:
            return file
    return None


def _elsewhere(path: Path) -> list[Path]:
    close = difflib.get_close_matches(path[-1], [key[-1] for key in _KEYS], 1, 0.8)
    found = [key for key in _KEYS if close and key[-1] == close[0]]
    return found if len(path) == 1 or len(found) == 1 else []


def meant_together(name: str) -> Path | None:
    """Return the key whose parts are written with single underscores between them."""
    together = {"_".join(key): key for key in _KEYS if len(key) > 1}
    if close := difflib.get_close_matches(name, together, n=1, cutoff=0.9):
        return together[close[0]]
    head, _, rest = name.partition("_")
    ours = SECTIONS.get(head)
    return together.get(f"{ours}_{rest}") if ours else None


def table_at(layer: dict[str, Any], parents: Sequence[str]) -> dict[str, Any]:
    """Return a section of what was given, an empty one if it is missing or no section."""
    table: Any = layer
    for parent in parents:
        table = table.get(parent, {}) if isinstance(table, dict) else {}
    return table if isinstance(table, dict) else {}
