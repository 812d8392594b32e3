"""How far another machine's clock is from ours, as its answers tell."""

from datetime import timedelta
from email.utils import parsedate_to_datetime

from bridge.clock import Clock

SKEW = timedelta(seconds=30)
"""Half of what a media server forgives a token."""


def skew(date: str, clock: Clock) -> timedelta | None:
    """Return how far the `Date` of an answer that came now is from now; `None`: it is no date."""
    try:
        return abs(clock.now() - parsedate_to_datetime(date))
    except (ValueError, TypeError):
        return None
