"""Characters that are invisible alone, and visible in what they join."""

import re

_SIGN = r"[\u2190-\u2bff\U0001f000-\U0001faff]"
_JOINED = re.compile(
    rf"((?:(?<={_SIGN})|(?<={_SIGN}\ufe0f))\u200d(?={_SIGN})"
    r"|(?<=\U0001f3f4)[\U000e0020-\U000e007f]+)"
)
"""The joiner between two signs of one (a woman and a computer), and the region of a flag."""


def parted(text: str) -> list[str]:
    """Return the parts of a text: every second one joins its neighbours."""
    return _JOINED.split(text)
