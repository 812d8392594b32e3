"""A guest as others see them in a meeting: the name, and the marks that Visio's page reads."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

MARK = "ext. "
"""It stands in front, where a narrow column can't cut it: Visio's columns hold some 22
characters."""
NAMED = MARK + "{name} ({organisation})"
UNKNOWN = MARK + "{name}"
"""A guest's name as everybody in the meeting reads it: in French for all."""
LONGEST = 256
"""Bytes of a name: the media server refuses to change one to a longer name
(docs/interop/livekit.md)."""
_LONGEST_ORGANISATION = 100
COLOR = "color"
ROLE = "room_role"
AUTHENTICATED = "is_authenticated"
READ = (COLOR, ROLE, AUTHENTICATED)
"""Attributes by which Visio's page distinguishes people. `handRaisedAt` is each person's own."""


@dataclass(frozen=True, slots=True)
class Look:
    """A participant as others see them. In a change, what is left out stays as it is."""

    name: str | None = field(default=None, repr=False)
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)

    def amends(self, seen: "Look") -> "Look | None":
        """Return the change that turns what is `seen` into this; `None`: nothing to change."""
        name = None if self.name in (None, seen.name) else self.name
        wrong = {
            key: value
            for key, value in self.attributes.items()
            if seen.attributes.get(key, "") != value
        }
        return Look(name, wrong) if wrong or name is not None else None


def marked(name: str, organisation: str) -> str:
    """Return a guest's name as everybody in the meeting reads it; only we add the mark.

    If it is too long for the media server, the end of the organisation's domain stays, which says
    whose domain it is.
    """
    kept = _last(organisation, _LONGEST_ORGANISATION)
    form = NAMED if organisation else UNKNOWN
    room = LONGEST - len(form.format(name="", organisation=kept).encode())
    return form.format(name=_first(name, room), organisation=kept)


def color_of(identity: str) -> str:
    """Return one colour per identity, in the only form and range that Visio's page reads.

    Hue 0 to 359, saturation 50 to 79, lightness 20 to 60; the page shows anything else as violet.
    """
    digest = hashlib.sha256(identity.encode()).digest()
    hue, saturation, lightness = (int.from_bytes(digest[at : at + 8]) for at in (0, 8, 16))
    return f"hsl({hue % 360}, {50 + saturation % 30}%, {20 + lightness % 41}%)"


def _first(text: str, most: int) -> str:
    """Return the beginning of a text in at most so many bytes."""
    data = text.encode()
    if len(data) <= most:
        return text
    return data[: most - len("…".encode())].decode(errors="ignore") + "…"


def _last(text: str, most: int) -> str:
    """Return the end of a text in at most so many bytes."""
    data = text.encode()
    if len(data) <= most:
        return text
    return "…" + data[len("…".encode()) - most :].decode(errors="ignore")
