"""Values that leave the program for a while, encrypted: a page's hidden field."""

from typing import Protocol


class Seals(Protocol):
    """Encrypts a value for one use, which the context names, and opens it again."""

    def seal_json(self, value: object, context: str) -> bytes:
        """Encrypt a value that JSON can hold."""
        ...

    def open_json(self, sealed: bytes, context: str) -> object:
        """Return a value that was sealed for this context. Raises ValueError for others."""
        ...
