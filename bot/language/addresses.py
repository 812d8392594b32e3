"""E-mail addresses as people type them, and the likely address behind a mistyped one."""

import re
import unicodedata

from bot.language.text import fold
from bridge.domain.addresses import read_address
from bridge.domain.names import is_mark

FRAMES = "<>()[],.:;\"'"
"""Characters around an address in a line."""
_DOMAIN = r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+"
_AT = (
    r"\s*[(\[{]\s*(?:at|a|arobase|@)\s*[)\]}]\s*"
    r"|\s+(?:at|AT|arobase|chez|à)\s+|\s*@\s+|\s+@\s*|@@+"
)
APART = re.compile(rf"(?<![\w.@+-])(?P<local>[\w.+'’-]{{1,64}}?)(?:{_AT})(?P<domain>{_DOMAIN})")
"""An address with its `@` in words, in brackets or between blanks."""
_DOTTED = re.compile(r"[\w'’+-]+(?:\.[\w'’+-]+)+")
_SHORT = 4
"""The longest of labels such as `gouv` in `gouv.fr`, `co` in `co.uk`: not a registered name."""


def likely(typed: str) -> str | None:
    """Return the address most likely meant; only for examples, which people read first."""
    text = unicodedata.normalize("NFKC", typed).strip(" <>()[]{}.:,;!?'\"*")
    apart = APART.fullmatch(text)
    if apart is not None:
        text = f"{apart['local']}@{apart['domain']}"
    elif "@" not in text:
        text = _split(text)
    local, at, domain = text.rpartition("@")
    bare = "".join(char for char in fold(local) if not is_mark(char))
    return read_address(f"{bare}{at}{domain}") if at else None


def is_dotted(word: str) -> bool:
    """Tell whether a word is more likely an address without its `@` than part of a name.

    `J.-P.`, `M.Martin` and `St.Denis` are parts of names.
    """
    labels = word.split(".")
    if not _DOTTED.fullmatch(word) or any(len(label) < len("fr") for label in labels):
        return False
    return len(labels) > len(("St", "Denis")) or any(label[0].islower() for label in labels)


def _split(word: str) -> str:
    """Return a dotted word with an `@` before its likely domain."""
    labels = word.split(".")
    size = 2
    if len(labels) > size + 1 and len(labels[-2]) <= _SHORT and len(labels[-1]) == size:
        size += 1
    if not is_dotted(word) or len(labels) <= size:
        return word
    return f"{'.'.join(labels[:-size])}@{'.'.join(labels[-size:])}"
