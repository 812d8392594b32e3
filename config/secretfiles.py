"""Secrets in files: reads `x_file` into `x`, and refuses files that other accounts can read."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.errors import Complaint, unreadable
from config.files import handed_out
from config.places import credential, is_path
from config.tree import SECRETS, table_at

_PLACEHOLDER = "unread, and complained about"


def twice(layer: dict[str, Any]) -> list[Complaint]:
    """Find secrets that one layer gives both in place and as a file."""
    found = []
    for *parents, name in SECRETS:
        table = table_at(layer, parents)
        if name in table and f"{name}_file" in table:
            other = ".".join([*parents, f"{name}_file"])
            found.append(Complaint(".".join([*parents, name]), "both", {"other": other}))
    return found


def open_files(merged: dict[str, Any], unread: list[Complaint] | None = None) -> list[Complaint]:
    """Put the contents of `x_file` in `x`; report unreadable files in `unread`, if given."""
    found: list[Complaint] = []
    for *parents, name in SECRETS:
        table = table_at(merged, parents)
        given = table.pop(f"{name}_file", None)
        if given is None:
            continue
        where = ".".join([*parents, f"{name}_file"])
        if not is_path(given):
            found.append(Complaint(where, "path_type"))
            table[name] = _PLACEHOLDER
            continue
        path = credential(Path(str(given)), os.environ)
        table[name] = _PLACEHOLDER
        try:
            text = path.read_text(encoding="utf-8-sig").strip("\r\n")
            open_to_others = handed_out(path)
        except (OSError, UnicodeDecodeError) as error:
            (found if unread is None else unread).append(unreadable(where, path, error))
            _stand_in(table, name)
            continue
        if not text:
            found.append(Complaint(where, "empty_file", {"file": path}))
            continue
        table[name] = text
        if open_to_others:
            found.append(Complaint(where, "open_file", {"file": path}))
    return found


def _stand_in(table: dict[str, Any], name: str) -> None:
    """Put in a secret's place a random value that passes for one."""
    if name == "proxy":
        del table[name]
    elif name == "url":
        table[name] = "postgresql://unread/unread"
    else:
        table[name] = secrets.token_hex(32)


def opened_to_others(path: Path | None, given: dict[str, Any], profile: str) -> list[Complaint]:
    """Refuse a settings file that holds secrets and that others can read, on a real Tchap."""
    if path is None or not profile.startswith("tchap-") or not any(map(_shown, _secrets(given))):
        return []
    return [Complaint(str(path), "open_file", {"file": path})] if handed_out(path) else []


def _secrets(given: dict[str, Any]) -> Iterator[str]:
    for *parents, name in SECRETS:
        yield str(table_at(given, parents).get(name) or "")


def _shown(value: str) -> bool:
    """Tell whether a value is secret; an address is only if it holds somebody's password."""
    return bool(value) and ("://" not in value or "@" in value)
