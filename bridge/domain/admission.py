"""Admission modes: one row for each, with all its consequences.

Services ask for a consequence, never for the mode: another mode is another row, and its behaviour
is in `bridge.services.seats.modes`.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionMode:
    """A mode: who admits guests, where they meet, hence what can be promised (docs/security.md)."""

    name: str
    """Its value in `media.way`, and its part of sentences' keys."""
    ours: bool = False
    """Guests wait and meet on a page of ours, with a seat; otherwise on Visio's own."""
    asks_salon: bool = False
    """The salon is asked about each waiting guest, and admits them."""
    knocks: bool = False
    """We knock at Visio's waiting room for a waiting guest, and Visio's host admits them."""
    ejects: bool = False
    """We eject guests who are inside when their time is over: we hold a key of the media server."""
    counts: bool = False
    """We know who is in a meeting, by the same key."""


REDIRECT = AdmissionMode(name="redirect")
KNOCK = AdmissionMode(name="knock", ours=True, knocks=True)
KNOCK_KEYED = replace(KNOCK, ejects=True, counts=True)
LIVEKIT = AdmissionMode(name="livekit", ours=True, asks_salon=True, ejects=True, counts=True)
MODES = (REDIRECT, KNOCK, KNOCK_KEYED, LIVEKIT)
