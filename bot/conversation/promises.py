"""Promises: sentences that say how guests get in, how far to trust their names, what the end does.

A salon reads them once, with its first invitation, and again after a change of the admission mode.
People who ask for `aide inviter` read them too.
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
"""How guests get in, what does not eject them, and how names may change that we can't restore."""


def promises(policy: Policy, *, proof: bool) -> tuple[str, ...]:
    """Return the keys of the promises; `proof`: guests must show more than their link."""
    found = _OF_MODE[policy.mode]
    return (*found, "promise.walk-in") if policy.walk_in and proof else found
