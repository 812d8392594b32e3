"""French texts as tests write them: with the spaces of a keyboard.

What reads texts for tests (a client, a mailbox) gives them as typed, so that a test compares
"État : prévue" with what a person reads there. Whether the no-break spaces are where they belong
is for tests/unit/bridge/test_french.py.
"""

from bridge.french import FIXED, THIN

_TYPED = str.maketrans(dict.fromkeys((FIXED, THIN), " "))


def as_typed(text: str) -> str:
    """Return a text with common spaces for no-break ones."""
    return text.translate(_TYPED)
