"""What people are told of what was refused."""

from bot.language.refusals import Reason
from bridge.domain.message import Fact, Facts
from bridge.errors import ParvisError


def refusal(error: ParvisError, *, alone: bool = False) -> tuple[str, Facts]:
    """Return the sentence for an error and what fills it; `alone`, in a direct message."""
    facts = dict(error.facts)
    reason = facts.pop("reason", None)
    if alone and reason == Reason.TITLE_UNMARKED:
        return "direct.unaddressed", {}
    key = f"error.{error.code}.{reason}" if reason else f"error.{error.code}"
    return key, {name: _fact(value) for name, value in facts.items()}


def _fact(value: object) -> Fact:
    return value if isinstance(value, str | int | float | list | dict) else str(value)
