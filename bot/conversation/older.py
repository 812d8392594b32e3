"""Messages that an earlier program left in the outbox, brought up to today's sentences.

A sentence that was given another parameter since can't be worded from an older row, and would hold
up its whole salon. What such a row says is known here, and nowhere else. tests/yesterday has a row
of each sentence that there was.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from bridge.domain.message import Fact, Facts, Message, address, span

GONE = frozenset({"direct.unaddressed"})
"""Sentences that are not true any more, and are not said."""
_SOMEBODY = "jean@partenaire.example"
"""Whom the lines of before named that told one how to invite."""
_STALE = timedelta(minutes=10)
"""After what time an old command was asked about, as the sentence said in letters."""


def as_today(message: Message) -> Message | None:
    """Return a message with today's parameters; `None`: what it says is not said any more."""
    if message.template in GONE:
        return None
    return replace(message, facts=_facts(message.template, message.facts))


def _facts(key: str, facts: Facts) -> Facts:
    inner = {name: _fact(value) for name, value in facts.items()}
    change = _CHANGES.get(key)
    return inner if change is None else change(inner)


def _fact(value: Fact) -> Fact:
    match value:
        case {"$phrase": str(key), "facts": dict(inner)}:
            return {"$phrase": key, "facts": dict(_facts(key, inner))}
        case dict(parts):
            return {name: _fact(part) for name, part in parts.items()}
        case list(items):
            return [_fact(item) for item in items]
        case _:
            return value


def _with_somebody(facts: Facts) -> Facts:
    return {"who": _SOMEBODY, **facts}


def _counted(facts: Facts) -> Facts:
    """Say how many there are of what is listed, which chooses singular or plural."""
    rows = facts.get("rows")
    return {"n": len(rows), **facts} if isinstance(rows, list) else facts


def _listed(facts: Facts) -> Facts:
    """Have a list where the names of all who wait stood in one text, and name one to answer."""
    names = facts.get("names")
    if not isinstance(names, str):
        return facts
    several = names.split(", ")
    return {"first": several[0], **facts, "names": list(several)}


def _linked(facts: Facts) -> Facts:
    """Have an address that can be clicked: what is mere text links nowhere by now."""
    url = facts.get("url")
    return {**facts, "url": address(url)} if isinstance(url, str) else facts


_CHANGES: Mapping[str, Callable[[Facts], Facts]] = {
    "command.stale": lambda facts: {"span": span(_STALE), **facts},
    "error.guest-ambiguous.waiting": _listed,
    **{
        f"error.invitation-refused.{reason}": _with_somebody
        for reason in ("code-unmailed", "until-early", "until-far", "until-past")
    },
    # Of a guest whose address was shown to be theirs only its domain was told.
    "guest.verified": lambda facts: {"email": facts.get("organisation"), **facts},
    "invite.done": _counted,
    "meeting.link": _linked,
}
