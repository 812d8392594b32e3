"""The lines of an iCalendar text (RFC 5545 §3.1), kept as they are, in their order and components.

A library would read them into values and write other lines: what nobody here understands must stay
as another program wrote it. So lines are values only where somebody asks for one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bridge.errors import EventUnreadable

LONGEST_TEXT = 512 * 1024
"""Bytes of an object."""
MOST_EVENTS = 1_000
MOST_ATTENDEES = 5_000
"""In all events of an object together."""
MOST_LINES = 30_000
"""Folded lines; a thousand events with ten attendees each have fewer."""
_DEEPEST = 8
_WIDTH = 75
"""Bytes of a line before it is folded."""
_WITHIN = 0x80
"""The first two bits of a byte that does not begin a letter."""
_BREAK = re.compile(rb"\r\n|\n|\r")
_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Surrogates that stand for no byte."""
_LINE = re.compile(r'([A-Za-z0-9-]++)((?:;(?:"[^"]*+"|[^":])*+)?):(.*)', re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9-]++(?=[;:])")
_PARAMETER = re.compile(r';([A-Za-z0-9-]++)=((?:"[^"]*+"|[^";])*+)')
_CODED = re.compile(r"\^([n^'])")
_CODES = {"n": "\n", "^": "^", "'": '"'}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_PLAIN = re.compile(r'[^\s";:,]+(?: [^\s";:,]+)*')


@dataclass(frozen=True, slots=True)
class ContentLine:
    """A content line, unfolded."""

    text: str
    name: str = field(init=False, compare=False, repr=False)
    """The property's name in capitals; empty for a line that is none."""

    def __post_init__(self) -> None:
        """Find the name once: it is asked for often."""
        found = _NAME.match(self.text)
        object.__setattr__(self, "name", found[0].upper() if found else "")

    @property
    def value(self) -> str:
        """The value as it is written."""
        found = _LINE.match(self.text)
        return found[3] if found else ""

    def parameter(self, name: str) -> str:
        """Return a parameter's value without quotes; empty if it has none."""
        found = _LINE.match(self.text)
        for one in _PARAMETER.finditer(found[2]) if found else ():
            if one[1].upper() == name:
                plain = one[2].replace('"', "")
                return _CODED.sub(lambda code: _CODES[code[1]], plain)
        return ""

    def with_parameter(self, name: str, value: str) -> "ContentLine":
        """Return it with another value of one parameter, and all others as they are."""
        found = _LINE.match(self.text)
        assert found is not None
        set_to = f";{name}={quoted(value)}"
        kept, known = [], False
        for one in _PARAMETER.finditer(found[2]):
            same = one[1].upper() == name
            if not (same and known):
                kept.append(set_to if same else one[0])
            known = known or same
        return ContentLine(f"{found[1]}{''.join(kept)}{'' if known else set_to}:{found[3]}")


@dataclass(slots=True)
class Component:
    """A component with its lines and components, in their order; it is changed in place."""

    name: str
    """In capitals."""
    items: "list[ContentLine | Component]" = field(default_factory=list)

    @property
    def lines(self) -> Iterator[ContentLine]:
        """Its own lines."""
        return (one for one in self.items if isinstance(one, ContentLine))

    def parts(self, name: str) -> "list[Component]":
        """Return the components of one kind that are directly in it."""
        return [one for one in self.items if isinstance(one, Component) and one.name == name]

    def all(self, *names: str) -> list[ContentLine]:
        """Return its lines of these names, in their order."""
        return [one for one in self.lines if one.name in names]

    def first(self, name: str) -> ContentLine | None:
        """Return its first line of a name."""
        return next((one for one in self.lines if one.name == name), None)

    def remove(self, *names: str) -> None:
        """Take all lines of these names out."""
        self.items = [
            one for one in self.items if isinstance(one, Component) or one.name not in names
        ]

    def put(self, name: str, *lines: ContentLine, after: str = "") -> None:
        """Set the lines of a name: where the first is, else after another name or all lines."""
        known = [at for at, one in enumerate(self.items) if _is(one, name)]
        others = [at + 1 for at, one in enumerate(self.items) if isinstance(one, ContentLine)]
        near = [at + 1 for at, one in enumerate(self.items) if after and _is(one, after)]
        at = (known or near[-1:] or others[-1:] or [0])[0]
        self.remove(name)
        self.items[at:at] = lines

    def copy(self) -> "Component":
        """Return another one that says the same."""
        return Component(
            self.name, [one if isinstance(one, ContentLine) else one.copy() for one in self.items]
        )


def _is(one: ContentLine | Component, name: str) -> bool:
    return isinstance(one, ContentLine) and one.name == name


def parsed(text: str) -> list[Component]:
    """Return the calendars of a text. Raises EventUnreadable if it is none, or too large.

    Bytes that are no UTF-8 may be in it as `surrogateescape` leaves them: a letter that a fold cuts
    in two is read.
    """
    root, path = Component(""), list[Component]()
    for line in _unfolded(text):
        inner = path[-1] if path else root
        name, _, value = line.partition(":")
        match name.strip().upper():
            case "BEGIN":
                made = Component(value.strip().upper())
                inner.items.append(made)
                path.append(made)
                if len(path) > _DEEPEST:
                    raise EventUnreadable("deep")
            case "END":
                if not path or path.pop().name != value.strip().upper():
                    raise EventUnreadable("broken")
            case _:
                inner.items.append(ContentLine(line))
    if path:
        raise EventUnreadable("broken")
    return root.parts("VCALENDAR")


def _unfolded(text: str) -> list[str]:
    if len(text) > LONGEST_TEXT:
        raise EventUnreadable("long")
    content = _NO_BYTE.sub("\ufffd", text).encode(errors="surrogateescape")
    if len(content) > LONGEST_TEXT:
        raise EventUnreadable("long")
    folded = _BREAK.split(content.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b""))
    if len(folded) > MOST_LINES:
        raise EventUnreadable("lines")
    lines: list[bytearray] = []
    for one in folded:
        if one[:1] in (b" ", b"\t") and lines:
            lines[-1] += one[1:]
        elif one:
            lines.append(bytearray(one))
    return [one.decode(errors="replace").lstrip() for one in lines]


def serialized(calendars: list[Component]) -> str:
    """Return the text of calendars, its lines folded."""
    return "".join(f"{_folded(line)}\r\n" for one in calendars for line in _written(one))


def _written(part: Component) -> Iterator[str]:
    yield f"BEGIN:{part.name}"
    for one in part.items:
        if isinstance(one, ContentLine):
            yield one.text
        else:
            yield from _written(one)
    yield f"END:{part.name}"


def _folded(line: str) -> str:
    """Fold a line between letters, and not after a backslash: some readers unescape it first."""
    content, rows, at, width = line.encode(), list[bytes](), 0, _WIDTH
    while len(content) - at > width:
        end = at + width
        while content[end] & 0xC0 == _WITHIN:
            end -= 1
        if content[end - 1 : end] == b"\\":
            end -= 1
        rows.append(content[at:end])
        at, width = end, _WIDTH - 1  # after the space
    return b"\r\n ".join([*rows, content[at:]]).decode()


def text_line(name: str, value: str) -> ContentLine:
    """Return a line whose value is a text (§3.3.11)."""
    return ContentLine(f"{name}:{escaped(value)}")


def escaped(value: str) -> str:
    """Return a text as lines write it."""
    return value.replace("\r\n", "\n").replace("\r", "\n").translate(_ESCAPES)


def unescaped(value: str) -> str:
    """Return the text that a line's value says."""
    return _ESCAPED.sub(lambda one: "\n" if one[1] in "nN" else one[1], value)


def quoted(value: str) -> str:
    """Return a parameter's value as lines write it; quotes become apostrophes."""
    plain = " ".join(value.replace('"', "’").replace("^", "^^").split())
    return plain if _PLAIN.fullmatch(plain) else f'"{plain}"'
