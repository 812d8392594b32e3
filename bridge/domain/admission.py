"""How guests are admitted: one row for each mode, with all that follows from it.

The rest of the program asks for what follows, never for the mode: another one is another row, and
what it does is in `bridge.services.seats.modes`.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionMode:
    """Who lets guests in, where they meet, and so what can be promised (docs/security.md)."""

    name: str
    """As `media.way` has it, and as keys of sentences do."""
    ours: bool = False
    """Guests wait and meet on a page of ours, with a seat; else on Visio's own."""
    asks_salon: bool = False
    """The salon is asked about each guest who waits, and lets them in."""
    knocks: bool = False
    """We knock at Visio's waiting room for a guest who waits, and Visio's host lets them in."""
    ejects: bool = False
    """Whoever is inside is out when their time is over: we hold a key of the media server."""
    counts: bool = False
    """We see who is in a meeting, with the same key."""


REDIRECT = AdmissionMode(name="redirect")
KNOCK = AdmissionMode(name="knock", ours=True, knocks=True)
KNOCK_KEYED = replace(KNOCK, ejects=True, counts=True)
LIVEKIT = AdmissionMode(name="livekit", ours=True, asks_salon=True, ejects=True, counts=True)
MODES = (REDIRECT, KNOCK, KNOCK_KEYED, LIVEKIT)
