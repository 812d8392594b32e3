"""The differences between other homeservers' clocks and ours, learnt from new events.

An event names the moment of its sending by the clock of its sender's homeserver, and Synapse adds
no time of its own to events of others. So we take the shortest lag seen of a homeserver for the
difference of the clocks, and any lag beyond it for time spent on the way.
"""

import time
from datetime import datetime, timedelta

from bot.matrix.raw import Json, moment, table, text
from bridge.clock import Monotonic
from bridge.ids import UserId, server_of

STEP = timedelta(minutes=1)
"""More than a line usually takes."""
APART = 10.0
"""Seconds between two lines of the same lag after which we conclude that their homeserver's clock
was set: delayed lines come all at once."""


class Lags:
    """The lags seen by one process; the clock of our own homeserver, `home`, counts as right."""

    def __init__(self, home: str, *, monotonic: Monotonic = time.monotonic) -> None:
        self._home = home
        self._monotonic = monotonic
        self._least: dict[str, timedelta] = {}
        self._like: dict[str, tuple[timedelta, float]] = {}
        """A lag beyond the least, and since when lines have it."""

    def learn(self, event: Json, now: datetime) -> None:
        """Take an event that came as soon as it could."""
        server, lag = self._of(event, now)
        if server == self._home:
            return
        least = self._least.get(server)
        if least is None or lag <= least + STEP:
            self._least[server] = lag if least is None else min(lag, least)
            self._like.pop(server, None)
            return
        like, since = self._like.get(server, (lag, self._monotonic()))
        if abs(lag - like) > STEP:
            like, since = lag, self._monotonic()
        self._like[server] = like, since
        if self._monotonic() - since >= APART:
            self._least[server] = lag
            del self._like[server]

    def age(self, event: Json, now: datetime) -> timedelta | None:
        """Return how old an event is; None if its homeserver's clock is unknown."""
        server, lag = self._of(event, now)
        least = timedelta(0) if server == self._home else self._least.get(server)
        return None if least is None else max(lag - least, timedelta(0))

    def dated(self, event: Json, now: datetime) -> Json:
        """Return an event with the age that we know of, and no other."""
        unsigned = {**table(event, "unsigned")}
        unsigned.pop("age", None)
        if (old := self.age(event, now)) is not None:
            unsigned["age"] = old // timedelta(milliseconds=1)
        return {**event, "unsigned": unsigned}

    def _of(self, event: Json, now: datetime) -> tuple[str, timedelta]:
        sent_at = moment(event, "origin_server_ts", now)
        return server_of(UserId(text(event, "sender"))), now - sent_at
