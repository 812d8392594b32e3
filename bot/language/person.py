"""A person whom a line names, and how people type them."""

import re
from dataclasses import dataclass, field

from bot.language.contrary import is_contrary
from bot.language.listed import AND
from bot.language.scraps import is_scrap
from bot.language.text import fold, plain, quoted
from bridge.ids import UserId

PREPOSITIONS = frozenset({"à", "to", "for", "pour"})
"""Words before people, no part of a name: exactly so typed, since `A. Martin` is a person."""
_OPTION = re.compile(
    r"jusqu|until|till|demain|tomorrow|today|tonight|aujourd|midi|noon|minuit|midnight"
)


@dataclass(frozen=True, slots=True)
class Person:
    """A person to invite: by `email`, else by the Matrix id of a mention, else by name alone."""

    name: str = ""
    email: str = field(default="", repr=False)
    user: UserId | None = None
    colleague: bool = False
    """The line calls them a colleague: `mon collègue Bob`."""

    @property
    def typed(self) -> str:
        """The person as people type them."""
        address = f"<{self.email}>" if self.name and self.email else self.email or self.user or ""
        return f"{_quoted(self.name)} {address}".strip()


def _quoted(name: str) -> str:
    words = name.split()
    odd = is_scrap(name) or is_contrary(words)
    odd = odd or any(
        word in PREPOSITIONS or fold(word) in AND or _OPTION.match(fold(word)) for word in words
    )
    return quoted(name) if name and (odd or not plain(name)) else name
