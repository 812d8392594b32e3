"""The exchanges recorded on a real instance, and how an answer is compared with one.

Recordings hold placeholders: `{uuid_3}` stands for one value wherever it appears, `{jwt}` for any
token. Colours are drawn by Visio from the participant's id, so a recorded colour also stands for
one value, the same wherever it appears.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "visio-exchanges.json"

SHAPES = {
    "jwt": r"[\w-]+\.[\w-]+\.[\w-]+",
    "uuid": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "slug": r"[a-z]{3}-[a-z]{4}-[a-z]{3}",
    "color": r"hsl\(\d{1,3}, \d{1,2}%, \d{1,2}%\)",
    "livekit_url": r"wss?://[^/]+",
    "epoch seconds": r"\d{10}",
}
PLACEHOLDER = re.compile(r"\{([a-z_ ]+?)(_\d+)?\}|(hsl\([^)]*\))")


def recorded() -> dict[str, Any]:
    """Return the whole recording."""
    data: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return data


@dataclass
class Bindings:
    """The values of the placeholders so far."""

    values: dict[str, str] = field(default_factory=dict)

    def fill(self, template: Any) -> Any:
        """Return `template` with every placeholder replaced; all must be bound."""
        if isinstance(template, dict):
            return {key: self.fill(value) for key, value in template.items()}
        if isinstance(template, list):
            return [self.fill(value) for value in template]
        if isinstance(template, str):
            return PLACEHOLDER.sub(lambda found: self.values[found.group().strip("{}")], template)
        return template

    def match(self, template: Any, actual: Any, where: str = "$") -> None:
        """Assert that `actual` is what was recorded, and bind what it shows for the first time."""
        if isinstance(template, str) and PLACEHOLDER.search(template):
            self._match_text(template, str(actual), where)
            return
        assert type(template) is type(actual), f"{where}: {actual!r} instead of {template!r}"
        if isinstance(template, dict):
            assert template.keys() == actual.keys(), where
            for key, value in template.items():
                self.match(value, actual[key], f"{where}.{key}")
        elif isinstance(template, list):
            assert len(template) == len(actual), where
            for number, value in enumerate(template):
                self.match(value, actual[number], f"{where}[{number}]")
        else:
            assert template == actual, where

    def match_headers(self, template: Mapping[str, str], actual: Mapping[str, str]) -> None:
        """Assert that every recorded header is there, alike."""
        for name, value in template.items():
            assert name in actual, f"no header {name}"
            self.match(value, actual[name], name)

    def _match_text(self, template: str, actual: str, where: str) -> None:
        names: list[str] = []
        pattern, end = "", 0
        for found in PLACEHOLDER.finditer(template):
            name = found.group().strip("{}")
            pattern += re.escape(template[end : found.start()]) + f"({self._shape(found)})"
            names.append(name)
            end = found.end()
        hit = re.fullmatch(pattern + re.escape(template[end:]), actual)
        assert hit, f"{where}: {actual!r} instead of {template!r}"
        for name, value in zip(names, hit.groups(), strict=True):
            if name not in ("jwt", "epoch seconds"):
                assert self.values.setdefault(name, value) == value, where

    def _shape(self, found: re.Match[str]) -> str:
        bound = self.values.get(found.group().strip("{}"))
        if bound is not None and found[1] != "jwt":
            return re.escape(bound)
        return SHAPES[found[1] or "color"]
