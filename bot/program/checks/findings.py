"""Findings of checks."""

from dataclasses import dataclass, field
from enum import StrEnum

from bridge.i18n import Catalogue
from config.errors import reason_of


class Severity(StrEnum):
    """The severity of a finding."""

    OK = "ok"
    WARN = "warn"
    """It works, or may work: a person should look."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. Its parameters hold no secret and no agent's name."""

    check: str
    outcome: Severity
    found: str
    """Names the sentence `check.<check>.<found>`."""
    parameters: dict[str, object] = field(default_factory=dict)

    def sentence(self, words: Catalogue) -> str:
        """Return the finding in words."""
        if self.found in _ANY:
            subject = words.text(f"check.{self.check}")
            return words.text(f"check.any.{self.found}", subject=subject, **self.parameters)
        return words.text(f"check.{self.check}.{self.found}", **self._told(words))

    def remedy(self, words: Catalogue) -> str:
        """Return how to fix it; an empty text if all is well."""
        if self.outcome is Severity.OK:
            return ""
        key = "check.any" if self.found in _ANY else f"check.{self.check}"
        return words.text(f"{key}.{self.found}.mend", **self._told(words))

    def _told(self, words: Catalogue) -> dict[str, object]:
        """Return the parameters in the reader's language: system errors, and checks by name."""
        code = self.parameters.get("errno")
        told = dict(self.parameters)
        if isinstance(code, int):
            told["error"] = reason_of(code, words.language)
        if "why" in self.parameters:
            told["error"] = words.text(f"check.why.{self.parameters['why']}", **self.parameters)
        untried = self.parameters.get("untried")
        if isinstance(untried, tuple):
            told["untried"] = ", ".join(words.text(f"check.{name}") for name in untried)
        return told


_ANY = ("timeout", "broken")
"""Findings that any check may have."""


def ok(check: str, found: str = "ok", /, **parameters: object) -> Finding:
    """Return a finding that all is well."""
    return Finding(check, Severity.OK, found, parameters)


def warn(check: str, found: str, /, **parameters: object) -> Finding:
    """Return a finding that a person should look at."""
    return Finding(check, Severity.WARN, found, parameters)


def fail(check: str, found: str, /, **parameters: object) -> Finding:
    """Return a finding that something does not work."""
    return Finding(check, Severity.FAIL, found, parameters)
