"""Writes `parvis.example.toml` from the model: `python -m config.example`."""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from config.settings import Settings
from config.tree import is_secret, section

TARGET = Path(__file__).with_name("parvis.example.toml")
WIDTH = 96

HEAD = """\
# Settings of Parvis: every key, with its default after "# ". Keys without "#" must be set.
#
# The environment comes before this file: PARVIS_VISIO__CLIENT_ID=… sets visio.client_id, and
# lists are written with commas. A secret x may be in a file of its own, named by x_file or by
# PARVIS_…__X_FILE. Relative paths start at this file's folder; those of the database, the keys
# and matrix.store at $STATE_DIRECTORY, where systemd set it.
"""


def render() -> str:
    """Return the text of the example."""
    return HEAD + "".join(_table(Settings, ()))


def _table(model: type[BaseModel], at: tuple[str, ...]) -> Iterator[str]:
    tables = {
        name: inner for name, field in model.model_fields.items() if (inner := section(field))
    }
    for name, field in model.model_fields.items():
        if name not in tables:
            yield f"\n{_comment(field.description)}{_entry(name, field, at)}"
    for name, inner in tables.items():
        path = (*at, name)
        yield f"\n\n{_comment(inner.__doc__)}[{'.'.join(path)}]\n"
        yield from _table(inner, path)


def _comment(text: str | None) -> str:
    lines = textwrap.wrap(" ".join((text or "").split()), WIDTH)
    return "".join(f"# {line}\n" for line in lines)


def _entry(name: str, field: FieldInfo, at: tuple[str, ...]) -> str:
    mark = "" if field.is_required() else "# "
    value = (field.examples or [""])[0] if field.is_required() else field.default
    if value is None:
        value = (field.examples or [""])[0]
    if is_secret(field.annotation) and not value:
        return f'{mark}{name}_file = "/run/secrets/{"_".join((*at, name))}"\n'
    return f"{mark}{name} = {_toml(value)}\n"


def _toml(value: Any) -> str:
    """Write a default; ours are texts, numbers, and empty lists and tables."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return json.dumps(to_jsonable_python(value), ensure_ascii=False)


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
