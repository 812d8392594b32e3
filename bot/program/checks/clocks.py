"""The difference between another machine's clock and ours, from the `Date` of its answers."""

from datetime import timedelta
from email.utils import parsedate_to_datetime

from bridge.clock import Clock

SKEW = timedelta(seconds=30)
"""Half of the clock difference that a media server tolerates in a token."""


def skew(date: str, clock: Clock) -> timedelta | None:
    """Return how far the `Date` of a fresh answer is from now; `None` if it is no date."""
    try:
        return abs(clock.now() - parsedate_to_datetime(date))
    except (ValueError, TypeError):
        return None
