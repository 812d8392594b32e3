"""Sentences that say how guests get in, what their names are worth, and what the end does.

A salon reads them once, with its first invitation, and again where the way has changed; whoever
asks for `aide inviter` reads them too.
"""

from typing import assert_never

from bridge.domain.policy import Policy, Way


def promises(policy: Policy, *, proof: bool) -> tuple[str, ...]:
    """Return the keys of what is promised; `proof`: guests are asked for more than their link."""
    found = [_way(policy), _names(policy)]
    if policy.walk_in and proof:
        found.append("promise.walk-in")
    return tuple(key for key in found if key is not None)


def _way(policy: Policy) -> str:
    """Return the sentence that says how guests get in, and what does not put them out."""
    match policy.way:
        case Way.REDIRECT:
            return "promise.redirect"
        case Way.KNOCK:
            return "promise.knock-out" if policy.ejects else "promise.knock"
        case Way.LIVEKIT:
            return "promise.livekit"
    assert_never(policy.way)


def _names(policy: Policy) -> str | None:
    """Return the sentence that says what may become of guests' names, unless they are kept."""
    match policy.way:
        case Way.REDIRECT:
            return "promise.names-typed"
        case Way.KNOCK:
            return None if policy.ejects else "promise.names-open"
        case Way.LIVEKIT:
            return None
    assert_never(policy.way)
