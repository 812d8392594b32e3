"""All keys of the settings as paths, and the key that a misspelt one probably meant."""

import difflib
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

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

_KEYS = [path for path, _ in fields()] + [(*path[:-1], f"{path[-1]}_file") for path in SECRETS]


def meant(path: Path) -> Path | None:
    """Return the key probably meant: one of the same section, else a closer one elsewhere."""
    sisters = [key for key in _KEYS if key[:-1] == path[:-1]]
    return _closest(path[-1], sisters, 0.7) or _closest(path[-1], _KEYS, 0.8)


def meant_together(name: str) -> Path | None:
    """Return the key whose parts are written with single underscores between them."""
    together = {"_".join(key): key for key in _KEYS if len(key) > 1}
    close = difflib.get_close_matches(name, together, n=1, cutoff=0.9)
    return together[close[0]] if close else None


def _closest(name: str, keys: list[Path], cutoff: float) -> Path | None:
    by_name = {key[-1]: key for key in keys}
    close = difflib.get_close_matches(name, by_name, n=1, cutoff=cutoff)
    return by_name[close[0]] if close else None


def table_at(layer: dict[str, Any], parents: Sequence[str]) -> dict[str, Any]:
    """Return a section of what was given, an empty one if it is missing or no section."""
    table: Any = layer
    for parent in parents:
        table = table.get(parent, {}) if isinstance(table, dict) else {}
    return table if isinstance(table, dict) else {}
