"""Errors in the settings: all of them at once, and never with a value."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from config.words import EN, EN_REASONS, FR, FR_REASONS


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing to correct."""

    where: str
    """The key (`door.public_url`) or the variable (`PARVIS_DOOR__PUBLIC_URL`)."""
    kind: str
    """The name of the sentence in `config.words`; a kind that has none there stands for itself in
    `parameters`."""
    parameters: dict[str, object] = field(default_factory=dict)
    """The parameters that fill the sentence; `errno` is written as `reason`, in the reader's
    language."""

    def line(self, language: str = "en") -> str:
        """Return the sentence for the operator."""
        words = FR if language == "fr" else EN
        template = words.get(self.kind) or words["other"]
        text = template.format(**self._told(language))
        if self.where != str(self.parameters.get("file")):
            text = f"{self.where}: {text}"
        if language == "fr":
            text = text.replace("' or '", "' ou '")
        suggestion = self.parameters.get("suggestion")
        return text + words["suggestion"].format(suggestion=suggestion) if suggestion else text

    def _told(self, language: str) -> dict[str, object]:
        code = self.parameters.get("errno")
        reason = reason_of(code, language) if isinstance(code, int) else ""
        return {"reason": reason, **self.parameters}


class SettingsError(Exception):
    """Correct every line of it, then start again."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        """Keep the complaints, in the order in which the file has its keys."""
        self.complaints = tuple(complaints)
        super().__init__("; ".join(self.lines()))

    def lines(self, language: str = "en") -> list[str]:
        """Return one line for each problem."""
        return [complaint.line(language) for complaint in self.complaints]


def unreadable(where: str, path: object, error: Exception) -> Complaint:
    """Return the complaint about a file that can't be read."""
    if isinstance(error, OSError) and error.errno:
        return Complaint(where, "unreadable", {"file": path, "errno": error.errno})
    return Complaint(where, "not_text", {"file": path})


def reason_of(code: int, language: str = "en") -> str:
    """Return the system's error in words of the operator's language."""
    return (FR_REASONS if language == "fr" else EN_REASONS).get(code) or os.strerror(code)
