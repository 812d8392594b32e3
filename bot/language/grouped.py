"""From the parts of a list to its people: assigns names to addresses.

We refuse rather than guess: a word that nothing separates from an address, two names before one
address, and words that are in no name (docs/decisions/0025-lists-of-people.md).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.language.addresses import APART, is_dotted, likely
from bot.language.line import without_organisation
from bot.language.listed import ListPart, ListRole
from bot.language.markup import user_of
from bot.language.person import Person
from bot.language.refusals import Reason
from bot.language.scraps import is_scrap
from bot.language.text import QUOTES, fold
from bot.language.timelike import MISPLACED
from bridge.domain.names import LONGEST_NAME, clean_name

_ODD = re.compile(r"[0-9@/_]")
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_DOMAIN_AFTER_COMMA = re.compile(r",([a-z]{2,}(?:\.[a-z]{2,})*)(?![\w@])")
"""`jean@partenaire,example`"""
_SINGLE = ("'", "‘", "’")
_OWN = {"le", "ma", "mon", "my", "notre", "our", "the"}
_COLLEAGUE = {"collegue", "colleague"}
_TELLING = 4
"""The fewest letters of a name that we recognise inside an address."""


class Unread(Exception):
    """A part of the list is no person; `instead` may stand in its place."""

    def __init__(
        self, reason: Reason, start: int, end: int, instead: str = "", *, since: int | None = None
    ) -> None:
        """Keep the place; `since`: its surroundings begin there, if nothing may replace it."""
        super().__init__(reason.value)
        self.reason = reason
        self.start = start
        self.end = end
        self.instead = instead
        self.since = start if since is None or instead else since


@dataclass(slots=True)
class _Group:
    """Names without a separator between them, and the separator before them."""

    joint: str = ""
    parts: list[ListPart] = field(default_factory=list)

    @property
    def start(self) -> int:
        return self.parts[0].start

    @property
    def end(self) -> int:
        return self.parts[-1].end

    @property
    def quoted(self) -> bool:
        """Whether it stands whole between quotes."""
        names = [part for part in self.parts if part.role is not ListRole.ASIDE]
        return bool(names) and all(part.role is ListRole.QUOTED for part in names)

    @property
    def bare(self) -> str:
        """The unquoted words, which could mean something else than a name."""
        return " ".join(part.text for part in self.parts if part.role is ListRole.NAME)

    @property
    def shown(self) -> str:
        """The name."""
        named = " ".join(part.text for part in self.parts if part.role is not ListRole.ASIDE)
        bare = named.strip(QUOTES + ": ")
        return bare[1:-1] if bare[:1] in _SINGLE and bare[-1:] in _SINGLE else bare


@dataclass(slots=True)
class PeopleReading:
    """The state of reading one list: the people found, and the names before the next address."""

    text: str
    semicolons: bool
    """Semicolons separate people: a comma before an address is part of the name."""
    found: dict[str, Person] = field(default_factory=dict)
    groups: list[_Group] = field(default_factory=lambda: [_Group()])
    tied: bool = False
    """An address came, without a separator after it yet."""

    def people(self, parts: Sequence[ListPart]) -> tuple[Person, ...]:
        """Return everybody in the list."""
        for part in parts:
            match part.role:
                case ListRole.ADDRESS:
                    self._address(part)
                case ListRole.BREAK:
                    self._part_from()
                    self._named()
                case ListRole.COMMA | ListRole.AND:
                    self._part_from()
                    if self.groups[-1].parts:
                        joint = "," if part.role is ListRole.COMMA else f" {part.text}"
                        self.groups.append(_Group(joint))
                case ListRole.ASIDE if self.tied:
                    pass  # it is about the person before
                case _:
                    self._name(part)
        self._part_from()
        self._named()
        return tuple(self.found.values())

    def _name(self, part: ListPart) -> None:
        if part.role is ListRole.NAME and ("@" in part.text or part.text[0] == "<"):
            raise self._invalid(part.start, part.end)
        self.groups[-1].parts.append(part)

    def _invalid(self, start: int, end: int) -> Unread:
        """Return the refusal of an invalid address, with the one likely meant."""
        for apart in APART.finditer(self.text):
            if apart.start() < end and start < apart.end():
                start, end = apart.span()
        start, end = _widened(self.text, start, end)
        comma = _DOMAIN_AFTER_COMMA.match(self.text, end)
        typed = self.text[start:end]
        if comma is not None and "@" in typed and "." not in typed.partition("@")[2]:
            typed, end = f"{typed}.{comma[1]}", comma.end()
        instead = likely(typed) or ""
        before = [group.start for group in self.groups if group.parts]
        since = min([start, *before[-1:]])
        return Unread(Reason.ADDRESS_INVALID, start, end, instead, since=since)

    def _part_from(self) -> None:
        """Refuse words after an address without a separator between them.

        Those in small letters may well be no name: the offered list omits them.
        """
        group = self.groups[-1]
        if self.tied and group.parts:
            self._check(group)
            words = self._slice(group, group)
            parted = "" if words[:1].islower() else f"; {words}"
            raise Unread(Reason.PEOPLE_APART, group.start, group.end, parted)
        self.tied = False

    def _slice(self, first: _Group, last: _Group) -> str:
        return self.text[first.start : last.end]

    # --- people without an address --------------------------------------------------------------

    def _named(self) -> None:
        """Turn the names so far into people without an address."""
        for group in self._joined():
            self._add(self._person(group))
        self.groups = [_Group()]

    def _person(self, group: _Group) -> Person:
        """Return a person with only a name; `mon collègue` before it makes them a colleague."""
        own = fold(group.parts[0].text) in _OWN
        called = group.parts[1 + own :]
        if called and fold(group.parts[own].text) in _COLLEAGUE:
            return Person(self._checked(_Group(group.joint, called)), colleague=True)
        return Person(self._checked(group))

    def _joined(self) -> Sequence[_Group]:
        """Return the groups; if semicolons separate people, groups with a comma are one."""
        groups: list[_Group] = []
        for group in (one for one in self.groups if one.parts):
            if groups and self.semicolons and group.joint == ",":
                before = groups[-1].parts
                comma = replace(before[-1], text=f"{before[-1].text},")
                groups[-1] = _Group(groups[-1].joint, [*before[:-1], comma, *group.parts])
            else:
                groups.append(group)
        return groups

    def _checked(self, group: _Group) -> str:
        self._check(group)
        name = clean_name(group.shown, 2 * LONGEST_NAME)
        if not name or len(name) > LONGEST_NAME:
            raise self._unread(group)
        return name

    def _check(self, group: _Group) -> None:
        """Refuse words that are more likely an address, a time or an option than a name."""
        if APART.search(self._slice(group, group)):
            raise self._invalid(group.start, group.end)
        for part in group.parts:
            if part.role is ListRole.NAME and is_dotted(part.text.strip(".:!?'’\"*")):
                raise self._invalid(part.start, part.end)
            if part.role is ListRole.NAME and _ODD.search(part.text):
                raise Unread(Reason.NAME_UNREAD, part.start, part.end)
        self._check_time(group)
        if is_scrap(group.bare) or any(part.text.endswith(":") for part in group.parts[:-1]):
            raise Unread(Reason.NOBODY, group.start, group.end)

    def _check_time(self, group: _Group) -> None:
        for part in group.parts:
            if part.role is ListRole.NAME and MISPLACED.search(fold(part.text)):
                raise Unread(Reason.NAME_UNREAD, part.start, part.end)
        if MISPLACED.search(fold(group.bare)):
            raise self._unread(group)

    def _unread(self, group: _Group) -> Unread:
        return Unread(Reason.NAME_UNREAD, group.start, group.end)

    # --- people with an address -----------------------------------------------------------------

    def _address(self, part: ListPart) -> None:
        groups = self._joined() if part.framed else [one for one in self.groups if one.parts]
        close = bool(self.groups[-1].parts) or (part.framed and self.semicolons)
        if groups and not close:  # a comma stands right before the address
            self._named()
            groups = []
        if groups and part.mention:
            raise Unread(Reason.NAME_UNREAD, groups[0].start, groups[0].end)
        name = self._name_before(groups, part) if groups else ""
        if part.mention and user_of(part.text) is None:
            name = clean_name(without_organisation(part.text)).strip(QUOTES + ": ")
        self.groups = [_Group()]
        self._add(Person(name, part.email, part.user))
        self.tied = True

    def _name_before(self, groups: Sequence[_Group], part: ListPart) -> str:
        """Return the name before an address. Raises Unread if it could be two people's."""
        if groups[-1].quoted:
            for group in groups[:-1]:
                self._add(Person(self._checked(group)))
            groups = groups[-1:]
        if len(groups) > 1 and not _bears(part.email, groups[:-1]):
            instead = "; ".join(self._slice(one, one) for one in groups)
            raise Unread(Reason.PEOPLE_APART, groups[0].start, groups[-1].end, instead)
        for group in groups:
            self._check_time(group)
            if self.tied or not part.framed:
                self._check(group)
        shown = groups[0].shown + "".join(f"{one.joint} {one.shown}" for one in groups[1:])
        return clean_name(shown, LONGEST_NAME)

    def _add(self, person: Person) -> None:
        key = person.email.casefold() or person.user or person.name.casefold()
        known = self.found.get(key)
        if known is None:
            self.found[key] = person
        elif not known.name:
            self.found[key] = replace(known, name=person.name)


def _bears(email: str, groups: Sequence[_Group]) -> bool:
    """Tell whether an address contains a name of each group: `Dupont` of `Dupont, Jean`."""
    labels = _NOT_LETTERS.split(fold(email))
    whole = "".join(labels)

    def held(word: str) -> bool:
        return word in labels or (len(word) >= _TELLING and word in whole)

    return all(any(held(word) for word in _words(group)) for group in groups)


def _words(group: _Group) -> list[str]:
    return [word for word in _NOT_LETTERS.split(fold(group.shown)) if len(word) > 1]


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a place, extended to the next blanks, commas or semicolons."""
    while start > 0 and text[start - 1] not in " \n,;":
        start -= 1
    while end < len(text) and text[end] not in " \n,;":
        end += 1
    return start, end
