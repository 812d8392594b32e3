"""Sentences for refusals."""

from bridge.domain.message import Parameter, Parameters
from bridge.errors import ParvisError


def refusal(error: ParvisError) -> tuple[str, Parameters]:
    """Return the sentence for an error, and its parameters."""
    parameters = dict(error.parameters)
    reason = parameters.pop("reason", None)
    key = f"error.{error.code}.{reason}" if reason else f"error.{error.code}"
    return key, {name: _parameter(value) for name, value in parameters.items()}


def _parameter(value: object) -> Parameter:
    return value if isinstance(value, str | int | float | list | dict) else str(value)
