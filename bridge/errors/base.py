"""The root of all errors that a person must be told."""

import re
from typing import ClassVar

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class ParvisError(Exception):
    """An error that a person must be told.

    `code` is the class's name in lower case with hyphens. It names the translation, the metric's
    label and the `type` of problem+json, so a class is renamed only together with all of these.
    """

    code: ClassVar[str]

    def __init_subclass__(cls) -> None:
        """Give the class its code."""
        super().__init_subclass__()
        cls.code = _WORD.sub("-", cls.__name__).lower()

    def __init__(self, detail: str = "", /, **parameters: object) -> None:
        """Keep `detail` for the log (no secret, no personal data), and what fills the sentence."""
        super().__init__(detail or self.code)
        self.parameters = parameters


class Refused(ParvisError):
    """The request can't be fulfilled."""
