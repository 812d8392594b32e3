"""What people type as a name, made safe to show to other people."""

import unicodedata

LONGEST_NAME = 64
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BREAKS = "\t\n\r\u2028\u2029"
_STACKED = 3


def clean_name(typed: str, longest: int = LONGEST_NAME) -> str:
    """Return a person's name as `clean_words` does, without brackets.

    `(externe – …)` after a name is ours to add.
    """
    return clean_words("".join(char for char in typed if char not in "()<>"), longest)


def clean_words(typed: str, longest: int) -> str:
    """Return `typed` in NFC without control, bidi, zero-width and stacked characters, one line.

    See Unicode TR36 and docs/security.md. The result may be empty; nothing that is typed raises.
    """
    shown = "".join(
        " " if char in _BREAKS else char
        for char in typed[: longest * 16]
        if char in _BREAKS or (unicodedata.category(char) not in _HIDDEN)
    )
    kept: list[str] = []
    marks = 0
    # Only now: a hidden character between two marks would part what is shown as one.
    for char in unicodedata.normalize("NFC", shown):
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if marks < _STACKED:
            kept.append(char)
    words = "".join(kept).split()
    return " ".join(words)[:longest].strip()
