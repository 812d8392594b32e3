"""Sentences for refusals."""

from bridge.domain.message import Parameter, Parameters
from bridge.errors import LimitReached, ParvisError


def refusal(error: ParvisError) -> tuple[str, Parameters]:
    """Return the sentence for an error, and its parameters."""
    parameters = dict(error.parameters)
    reason = parameters.pop("reason", None)
    key = f"error.{error.code}.{reason}" if reason else f"error.{error.code}"
    return key, {name: _parameter(value) for name, value in parameters.items()}


def refusal_of_no_line(error: ParvisError) -> tuple[str, Parameters]:
    """Return the same where no line was typed, which its author could type again."""
    key, parameters = refusal(error)
    if not isinstance(error, LimitReached):
        return key, parameters
    return ("calendar.limit" if "at" in parameters else "calendar.limit-at-once"), parameters


def _parameter(value: object) -> Parameter:
    return value if isinstance(value, str | int | float | list | dict) else str(value)
