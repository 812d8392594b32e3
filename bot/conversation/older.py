"""Messages that an earlier program left in the outbox, adapted to today's sentences.

A sentence whose parameters have changed since can't be worded from an older row, and would delay
its whole salon. Only this module knows the content of such rows. tests/yesterday has a row of each
earlier sentence.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from bridge.domain.message import (
    CalendarPageLink,
    Card,
    CardEdit,
    Edit,
    FeedAddress,
    GuestLink,
    GuestPin,
    HostPageLink,
    JoinLink,
    Message,
    Notice,
    OwnReaction,
    Parameter,
    Parameters,
    Prompt,
    address,
    span,
)

GONE = frozenset({"direct.unaddressed"})
"""Sentences that are not true any more, and are not sent."""
_SOMEBODY = "jean@partenaire.example"
"""The guest in earlier sentences' examples of an invitation."""
_STALE = timedelta(minutes=10)
"""The age of a command that an earlier sentence asked about, then written in words."""


def as_today(message: Message) -> Message | None:
    """Return a message with today's parameters; `None` if it must not be sent any more."""
    match message:
        case Notice() | Prompt() | Edit():
            if message.template in GONE:
                return None
            return replace(message, parameters=_parameters(message.template, message.parameters))
        case (
            Card()
            | CardEdit()
            | OwnReaction()
            | GuestLink()
            | GuestPin()
            | HostPageLink()
            | CalendarPageLink()
            | FeedAddress()
            | JoinLink()
        ):
            return message
        case _:
            assert_never(message)


def _parameters(key: str, parameters: Parameters) -> Parameters:
    inner = {name: _parameter(value) for name, value in parameters.items()}
    change = _CHANGES.get(key)
    return inner if change is None else change(inner)


def _parameter(value: Parameter) -> Parameter:
    match value:
        case {"$phrase": str(key), "facts": dict(inner)}:
            return {"$phrase": key, "facts": dict(_parameters(key, inner))}
        case dict(parts):
            return {name: _parameter(part) for name, part in parts.items()}
        case list(items):
            return [_parameter(item) for item in items]
        case _:
            return value


def _with_somebody(parameters: Parameters) -> Parameters:
    return {"who": _SOMEBODY, **parameters}


def _counted(parameters: Parameters) -> Parameters:
    """Add the number of listed items, which chooses singular or plural."""
    rows = parameters.get("rows")
    return {"n": len(rows), **parameters} if isinstance(rows, list) else parameters


def _listed(parameters: Parameters) -> Parameters:
    """Turn one text with the names of all who wait into a list, and name one to answer."""
    names = parameters.get("names")
    if not isinstance(names, str):
        return parameters
    several = names.split(", ")
    return {"first": several[0], **parameters, "names": list(several)}


def _linked(parameters: Parameters) -> Parameters:
    """Turn an address in text into one that people can click: plain text links nowhere now."""
    url = parameters.get("url")
    return {**parameters, "url": address(url)} if isinstance(url, str) else parameters


_CHANGES: Mapping[str, Callable[[Parameters], Parameters]] = {
    "command.stale": lambda parameters: {"span": span(_STALE), **parameters},
    "error.guest-ambiguous.waiting": _listed,
    **{
        f"error.invitation-refused.{reason}": _with_somebody
        for reason in ("code-unmailed", "until-early", "until-far", "until-past")
    },
    "error.no-meeting.title": lambda parameters: {"rows": [], **parameters},
    # For a guest with a verified address an earlier sentence told only its domain.
    "guest.verified": lambda parameters: {"email": parameters.get("organisation"), **parameters},
    "invite.done": _counted,
    "meeting.link": _linked,
}
