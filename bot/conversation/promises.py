"""Sentences that say how guests get in, what their names are worth, and what the end does.

A salon reads them once, with its first invitation, and again where the way has changed; whoever
asks for `aide inviter` reads them too.
"""

from collections.abc import Mapping

from bridge.domain.admission import KNOCK, KNOCK_KEYED, LIVEKIT, REDIRECT, AdmissionMode
from bridge.domain.policy import Policy

_OF_MODE: Mapping[AdmissionMode, tuple[str, ...]] = {
    REDIRECT: ("promise.redirect", "promise.names-typed"),
    KNOCK: ("promise.knock", "promise.names-open"),
    KNOCK_KEYED: ("promise.knock-out",),
    LIVEKIT: ("promise.livekit",),
}
"""How guests get in and what does not put them out; what may become of names that are not kept."""


def promises(policy: Policy, *, proof: bool) -> tuple[str, ...]:
    """Return the keys of what is promised; `proof`: guests are asked for more than their link."""
    found = _OF_MODE[policy.mode]
    return (*found, "promise.walk-in") if policy.walk_in and proof else found
