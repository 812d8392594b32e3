"""The people in a line: addresses, names, Matrix ids and mentions, as they are typed or pasted.

`Jean Dupont <jean@x.example>, paul@y.example; "Martin, Anne" <anne@z.example>` and one per line
are all read. An address typed here says whom to invite, never who is typing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from email_validator import EmailNotValidError, validate_email

from bot.language.line import Kind, Word, without_organisation
from bot.language.markup import user_of
from bot.language.refusals import Here, Reason, misunderstood
from bot.language.text import fold, plain, quoted
from bot.language.timelike import MISPLACED
from bridge.domain.names import LONGEST_NAME, clean_name
from bridge.ids import UserId

MOST_PEOPLE = 50
"""In one line."""

_LONGEST_ADDRESS = 254
_AND = {"et", "and", "&"}
_EDGES = "<>()[]{}.:!?'’\"*"
PREPOSITIONS = frozenset({"à", "to", "for", "pour"})
"""Before the people, and no part of a name: exactly so, for `A. Martin` is somebody."""
_OPTION = re.compile(
    r"jusqu|until|till|demain|tomorrow|today|tonight|aujourd|midi|noon|minuit|midnight"
)
_HANDLE = re.compile(r"@[^\W\d]|.[^@]*@")
_ODD = re.compile(r"[0-9@/_]")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to invite: by `email`, else by the Matrix id of a mention, else by name alone."""

    name: str = ""
    email: str = field(default="", repr=False)
    user: UserId | None = None

    @property
    def typed(self) -> str:
        """The person as one types them."""
        address = f"<{self.email}>" if self.name and self.email else self.email or self.user or ""
        return f"{_quoted(self.name)} {address}".strip()


def _quoted(name: str) -> str:
    odd = any(
        word in PREPOSITIONS or fold(word) in _AND or _OPTION.match(fold(word))
        for word in name.split()
    )
    return quoted(name) if name and (odd or not plain(name)) else name


def read_address(typed: str) -> str | None:
    """Return an e-mail address with its domain in ASCII and lower case, or `None`.

    The local part must be ASCII too: few servers take others yet (RFC 6531). No DNS is asked.
    """
    if len(typed) > _LONGEST_ADDRESS:
        return None
    try:
        found = validate_email(
            typed, check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    return found.ascii_email


def looks_like_people(words: Iterable[Word]) -> bool:
    """Tell whether an address or a mention is among the words."""
    return any(
        word.kind is Kind.MENTION
        or (word.kind is Kind.BARE and (_HANDLE.match(word.text) or user_of(word.text)))
        for word in words
    )


def read_people(words: Sequence[Word], here: Here) -> tuple[Person, ...]:
    """Return everybody in a list, each once, in order. Raises Misunderstood."""
    found: dict[str, Person] = {}
    name: list[Word] = []
    for word in (*words, Word("", 0, 0, Kind.PAUSE)):
        person = _addressed(word, name, here)
        if person is None and not _parts(word):
            name.append(word)
            continue
        if person is None and name:
            person = Person(_name(name, here))
        name = []
        if person is not None:
            _add(found, person)
    if not found:
        raise misunderstood(Reason.PEOPLE_MISSING, here)
    if len(found) > MOST_PEOPLE:
        raise misunderstood(Reason.PEOPLE_TOO_MANY, here, str(len(found)), limit=str(MOST_PEOPLE))
    return tuple(found.values())


def _parts(word: Word) -> bool:
    return word.kind is Kind.PAUSE or (word.kind is Kind.BARE and fold(word.text) in _AND)


def _add(found: dict[str, Person], person: Person) -> None:
    key = person.email.casefold() or person.user or person.name.casefold()
    known = found.get(key)
    if known is None:
        found[key] = person
    elif not known.name:
        found[key] = replace(known, name=person.name)


def _addressed(word: Word, name: Sequence[Word], here: Here) -> Person | None:
    """Return whom the word gives an address or an id to; `None` when it is part of a name."""
    if word.kind is Kind.MENTION:
        if name:
            raise misunderstood(Reason.NAME_UNREAD, here, name[0].text)
        return Person(_bare(clean_name(without_organisation(word.text))), user=word.user)
    if word.kind is not Kind.BARE:
        return None
    text = word.text.strip(_EDGES)
    user = user_of(text)
    if user is not None:
        return Person(_name(name, here) if name else "", user=user)
    if "@" not in text:
        return None
    email = read_address(text.removeprefix("mailto:"))
    if email is None:
        raise misunderstood(Reason.ADDRESS_INVALID, here, word.text)
    return Person(_name(name, here) if name else "", email)


def _bare(name: str) -> str:
    return name.strip('"«»“”„: ')


def _name(words: Sequence[Word], here: Here) -> str:
    """Return a name; what is rather a time or a mistyped option is refused, unless quoted."""
    for word in words:
        time = MISPLACED.search(fold(word.text))
        if word.kind is Kind.BARE and (time or _ODD.search(word.text)):
            raise misunderstood(Reason.NAME_UNREAD, here, word.text)
    shown = " ".join(_bare(word.text) for word in words)
    name = clean_name(shown, 2 * LONGEST_NAME)
    if not name or len(name) > LONGEST_NAME:
        raise misunderstood(Reason.NAME_UNREAD, here, shown)
    return name
