"""Sentences for refusals."""

from bridge.domain.message import Fact, Facts
from bridge.errors import ParvisError


def refusal(error: ParvisError) -> tuple[str, Facts]:
    """Return the sentence for an error, and its parameters."""
    facts = dict(error.facts)
    reason = facts.pop("reason", None)
    key = f"error.{error.code}.{reason}" if reason else f"error.{error.code}"
    return key, {name: _fact(value) for name, value in facts.items()}


def _fact(value: object) -> Fact:
    return value if isinstance(value, str | int | float | list | dict) else str(value)
